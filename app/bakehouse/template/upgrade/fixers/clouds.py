"""Azure, Proxmox, Scaleway."""

from __future__ import annotations

from typing import Any

from bakehouse.template.upgrade.fixers.walking import Template, builders, rename, rename_type


def scaleway_key(template: Template) -> None:
    """What `access_key` held is the organization's id."""
    for builder in builders(template, "scaleway"):
        rename(builder, "access_key", "organization_id")


def azure_latest(template: Template) -> None:
    """`exlude_from_latest` was a typing mistake."""
    for builder in builders(template, "azure-arm", "azure-chroot"):
        _respell(builder)


def proxmox_type(template: Template) -> None:
    """The builder is called by what it starts from."""
    rename_type(template, "proxmox", "proxmox-iso")


def _respell(value: Any) -> None:
    if isinstance(value, dict):
        for key in [key for key in value if "exlude_from_latest" in key]:
            rename(value, key, key.replace("exlude", "exclude"))
        for item in value.values():
            _respell(item)
    elif isinstance(value, list):
        for item in value:
            _respell(item)
