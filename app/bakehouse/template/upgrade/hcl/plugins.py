"""Which plugin a component comes from, if that is one of those that everybody knows."""

from __future__ import annotations

from collections.abc import Iterable

_KNOWN = (
    *("amazon", "ansible", "azure", "docker", "googlecompute"),
    *("qemu", "vagrant", "virtualbox", "vmware", "vsphere"),
)
_VERSION = "~> 1"


def plugin_of(component: str) -> str:
    """The plugin's name, or ""."""
    name = component.partition("-")[0]
    return name if name in _KNOWN else ""


def required(components: Iterable[str]) -> list[str]:
    """The lines of `required_plugins`; none if no plugin is needed."""
    plugins = sorted({plugin for component in components if (plugin := plugin_of(component))})
    if not plugins:
        return []
    lines = ["required_plugins {"]
    for plugin in plugins:
        lines += [f"{plugin} = {{", f'source = "github.com/hashicorp/{plugin}"', f'version = "{_VERSION}"', "}"]
    return [*lines, "}"]
