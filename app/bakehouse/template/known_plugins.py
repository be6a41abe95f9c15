"""Which of Packer's plugins a component comes from that is not built in, so that an error can say what to do.

Source: the list of integrations that Packer's documentation names.
"""

from __future__ import annotations

WHAT_TO_DO = (
    "Bakehouse cannot load plugins from elsewhere yet; what it can do is built in (bakehouse plugins installed).\n"
    "Choose builds that do without with -only or -except, or build this template with Packer."
)

_HASHICORP = (
    *("alicloud", "amazon", "ansible", "azure", "chef", "cloudstack", "converge", "digitalocean", "docker"),
    *("googlecompute", "hyperone", "hyperv", "inspec", "jdcloud", "linode", "lxc", "lxd", "ncloud", "oneandone"),
    *("openstack", "oracle", "outscale", "parallels", "profitbricks", "proxmox", "puppet", "qemu", "salt"),
    *("scaleway", "tencentcloud", "triton", "ucloud", "vagrant", "virtualbox", "vmware", "vsphere", "yandex"),
)
_OTHERS = {
    "git": "github.com/ethanmdavidson/git",
    "goss": "github.com/YaleUniversity/goss",
    "hcloud": "github.com/hetznercloud/hcloud",
    "ibmcloud": "github.com/IBM/ibmcloud",
    "libvirt": "github.com/thomasklein94/libvirt",
    "nutanix": "github.com/nutanix-cloud-native/nutanix",
    "podman": "github.com/Polpetta/podman",
    "sshkey": "github.com/ivoronin/sshkey",
    "tart": "github.com/cirruslabs/tart",
    "upcloud": "github.com/UpCloudLtd/upcloud",
    "vultr": "github.com/vultr/vultr",
    "windows-update": "github.com/rgl/windows-update",
}
_SOURCES = {name: f"github.com/hashicorp/{name}" for name in _HASHICORP} | _OTHERS
_CORE = (
    "hcp-packer-version",
    "hcp-packer-artifact",
    "hcp-packer-iteration",
    "hcp-packer-image",
    "hcp-sbom",
    "provenance",
)


def source_of(component: str) -> str:
    """The source of the plugin, "Packer itself" for what needs none, "" for a component that nobody knows."""
    if component in _CORE:
        return "Packer itself"
    found = (name for name in _SOURCES if component == name or component.startswith(f"{name}-"))
    name = max(found, key=len, default="")
    return _SOURCES.get(name, "")
