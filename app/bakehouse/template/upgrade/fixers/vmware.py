"""VMware and vSphere."""

from __future__ import annotations

from typing import Any

from bakehouse.template.upgrade.fixers.walking import Block, Template, builders, rename_type

_INCOMPRESSIBLE = ("zeroedthick", "eagerzeroedthick")
"""Types of disk on a remote ESXi that cannot be compacted; the first is the one that it makes by itself."""
_DISK = {
    "disk_size": "disk_size",
    "disk_thin_provisioned": "disk_thin_provisioned",
    "disk_eagerly_scrub": "disk_eagerly_scrub",
}
_NETWORK = {"network": "network", "networkCard": "network_card", "network_card": "network_card"}


def renamed(template: Template) -> None:
    """The builder is called by what it starts from."""
    rename_type(template, "vmware", "vmware-iso")


def compaction(template: Template) -> None:
    """Disks on a remote ESXi that cannot be compacted: say that they are not to be."""
    for builder in builders(template, "vmware-iso"):
        if builder.get("remote_type") == "esx5":
            builder.setdefault("disk_type_id", _INCOMPRESSIBLE[0])
            if builder["disk_type_id"] in _INCOMPRESSIBLE:
                builder["skip_compaction"] = True


def vsphere_disk_and_network(template: Template) -> None:
    """Disks and network adapters are lists, for there can be several."""
    for builder in builders(template, "vsphere-iso"):
        _gather(builder, _NETWORK, "network_adapters")
        _gather(builder, _DISK, "storage")


def _gather(builder: Block, names: dict[str, str], into: str) -> None:
    """Move options into one more entry of a list, in front of those that are there."""
    entry: dict[str, Any] = {new: builder.pop(old) for old, new in names.items() if old in builder}
    if entry:
        listed = builder.get(into)
        builder[into] = [entry, *(listed if isinstance(listed, list) else [])]
