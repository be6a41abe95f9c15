"""VirtualBox."""

from __future__ import annotations

from bakehouse.template.upgrade.fixers.walking import Template, builders, rename_type


def guest_additions_attach(template: Template) -> None:
    """`guest_additions_attach` is one of the values of `guest_additions_mode`; false is what that has by itself."""
    for builder in builders(template, "virtualbox", "virtualbox-iso"):
        if "guest_additions_attach" in builder and builder.pop("guest_additions_attach") in (True, "true"):
            builder["guest_additions_mode"] = "attach"


def renamed(template: Template) -> None:
    """The builder is called by what it starts from."""
    rename_type(template, "virtualbox", "virtualbox-iso")
