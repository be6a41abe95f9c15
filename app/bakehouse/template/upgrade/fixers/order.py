"""All fixers, in the order in which they build on one another."""

from __future__ import annotations

import copy
from collections.abc import Callable

from bakehouse.template.upgrade.fixers import (
    amazon,
    clouds,
    connecting,
    docker,
    hyperv,
    iso,
    parallels,
    sundry,
    virtualbox,
    vmware,
)
from bakehouse.template.upgrade.fixers.walking import Template

Fixer = Callable[[Template], None]

FIXERS: dict[str, Fixer] = {
    "iso-md5": iso.iso_md5,
    "createtime": iso.create_time,
    "virtualbox-gaattach": virtualbox.guest_additions_attach,
    "pp-vagrant-override": sundry.vagrant_override,
    "virtualbox-rename": virtualbox.renamed,
    "vmware-rename": vmware.renamed,
    "parallels-headless": parallels.headless,
    "parallels-deprecations": parallels.deprecations,
    "sshkeypath": connecting.key_path,
    "sshdisableagent": connecting.disable_agent,
    "scaleway-access-key": clouds.scaleway_key,
    "manifest-filename": sundry.manifest_filename,
    "amazon-shutdown_behavior": amazon.shutdown_behavior,
    "amazon-enhanced-networking": amazon.enhanced_networking,
    "amazon-private-ip": amazon.private_ip,
    "amazon-temp-sec-cidrs": amazon.source_cidrs,
    "docker-email": docker.login_email,
    "docker-tag-tags": docker.tags,
    "powershell-escapes": sundry.powershell_escapes,
    "vmware-compaction": vmware.compaction,
    "hyperv-deprecations": hyperv.temporary_path,
    "hyperv-vmxc-typo": hyperv.vmcx,
    "hyperv-cpu-and-ram": hyperv.cpu_and_ram,
    "clean-image-name": sundry.clean_image_name,
    "spot-price-auto-product": amazon.spot_product,
    "qemu-disk-size": sundry.qemu_disk_size,
    "galaxy-command": sundry.galaxy_command,
    "comm-config": connecting.forwarding,
    "ssh-wait-timeout": connecting.wait_timeout,
    "vsphere-iso-net-disk": vmware.vsphere_disk_and_network,
    "iso-checksum-type-and-url": iso.checksum_type_and_url,
    "qemu-host-port": connecting.qemu_ports,
    "azure-exclude_from_latest": clouds.azure_latest,
    "proxmox-type": clouds.proxmox_type,
}
"""Packer's names of them, which `validate` shows to those whose template needs one."""


def fix(template: Template) -> Template:
    """A new template, brought up to date; the one that is given stays as it is."""
    fixed = copy.deepcopy(template)
    for fixer in FIXERS.values():
        fixer(fixed)
    return fixed


def fixable(template: Template) -> list[str]:
    """The names of the fixers that `fix` would need for a template, in their order."""
    current, needed = copy.deepcopy(template), []
    for name, fixer in FIXERS.items():
        before = copy.deepcopy(current)
        fixer(current)
        if current != before:
            needed.append(name)
    return needed
