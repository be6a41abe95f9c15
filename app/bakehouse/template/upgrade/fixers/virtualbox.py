"""VirtualBox."""

from __future__ import annotations

from bakehouse.template.upgrade.fixers.walking import Template, builders, rename_type


def guest_additions_attach(template: Template) -> None:
    """`guest_additions_attach` is one of the values of `guest_additions_mode`."""
    for builder in builders(template, "virtualbox", "virtualbox-iso"):
        if isinstance(builder.get("guest_additions_attach"), bool):
            attach = builder.pop("guest_additions_attach")
            builder["guest_additions_mode"] = "attach" if attach else "upload"


def renamed(template: Template) -> None:
    """The builder is called by what it starts from."""
    rename_type(template, "virtualbox", "virtualbox-iso")
