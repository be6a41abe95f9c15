"""Parallels."""

from __future__ import annotations

from bakehouse.template.upgrade.fixers.walking import Template, builders, rename

_TYPES = ("parallels-iso", "parallels-pvm")


def headless(template: Template) -> None:
    """There is no window any more that could be left out."""
    for builder in builders(template, *_TYPES):
        builder.pop("headless", None)


def deprecations(template: Template) -> None:
    """The kind of the guest says its distribution, and where the tools are is known."""
    for builder in builders(template, *_TYPES):
        builder.pop("parallels_tools_host_path", None)
        rename(builder, "guest_os_distribution", "guest_os_type")
