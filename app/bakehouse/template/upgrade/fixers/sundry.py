"""Components that have one outdated use each, and functions of the template."""

from __future__ import annotations

import re

from bakehouse.template.upgrade.fixers.walking import (
    Template,
    builders,
    post_processors,
    provisioners,
    rename,
    rewrite,
    rewrite_builders,
)

_CLEAN = re.compile(r"\bclean_(?:ami|image)_name\b")
_ESCAPED = re.compile(r"`([$\"'`])")
_PROVIDERS = ("aws", "digitalocean", "virtualbox", "vmware")


def clean_image_name(template: Template) -> None:
    """The functions that clean the name of an image are one for all builders."""
    rewrite_builders(template, lambda text: _CLEAN.sub("clean_resource_name", text))


def qemu_disk_size(template: Template) -> None:
    """A size says its unit, which was megabytes."""
    for builder in builders(template, "qemu"):
        size = builder.get("disk_size")
        if isinstance(size, int | float) and not isinstance(size, bool):
            builder["disk_size"] = f"{int(size)}M"
        elif isinstance(size, str) and re.fullmatch("[0-9]+", size):
            builder["disk_size"] = f"{size}M"


def vagrant_override(template: Template) -> None:
    """What holds for one provider stands under `override`."""
    for block in post_processors(template, "vagrant"):
        moved = {name: block.pop(name) for name in _PROVIDERS if name in block}
        if moved:
            given = block.get("override")
            block["override"] = {**moved, **(given if isinstance(given, dict) else {})}


def manifest_filename(template: Template) -> None:
    """`filename` is `output`, and stands where both are there."""
    for block in post_processors(template, "manifest"):
        if "filename" in block:
            block["output"] = block.pop("filename")


def galaxy_command(template: Template) -> None:
    """`galaxycommand` is two words."""
    for block in provisioners(template, "ansible-local"):
        rename(block, "galaxycommand", "galaxy_command")


def powershell_escapes(template: Template) -> None:
    """Values for PowerShell are escaped by the provisioner: a backtick of one's own would be one too many."""
    for block in provisioners(template, "powershell"):
        for name in ("environment_vars", "elevated_user", "elevated_password"):
            if name in block:
                block[name] = rewrite(block[name], lambda text: _ESCAPED.sub(r"\1", text))
