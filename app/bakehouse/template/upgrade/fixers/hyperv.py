"""Hyper-V."""

from __future__ import annotations

from bakehouse.template.upgrade.fixers.walking import Template, builders, rename

_TYPES = ("hyperv-iso", "hyperv-vmcx")


def temporary_path(template: Template) -> None:
    """The disk is made where it stays."""
    for builder in builders(template, "hyperv-iso"):
        builder.pop("vhd_temp_path", None)


def vmcx(template: Template) -> None:
    """`clone_from_vmxc_path` had two letters the wrong way round."""
    for builder in builders(template, "hyperv-vmcx"):
        rename(builder, "clone_from_vmxc_path", "clone_from_vmcx_path")


def cpu_and_ram(template: Template) -> None:
    """Processors and memory are called as everywhere else."""
    for builder in builders(template, *_TYPES):
        rename(builder, "cpu", "cpus")
        rename(builder, "ram_size", "memory")
