"""Options of communicators, and of the ports on the host that lead to them."""

from __future__ import annotations

from bakehouse.template.upgrade.fixers.walking import Template, builders, rename

_PORTS = ("host_port_min", "host_port_max")
_VIRTUALBOX = ("virtualbox-iso", "virtualbox-ovf", "virtualbox-vm")


def key_path(template: Template) -> None:
    """`ssh_key_path` is `ssh_private_key_file`."""
    for builder in builders(template):
        rename(builder, "ssh_key_path", "ssh_private_key_file")


def disable_agent(template: Template) -> None:
    """`ssh_disable_agent` says now that it is about forwarding."""
    for builder in builders(template):
        rename(builder, "ssh_disable_agent", "ssh_disable_agent_forwarding")


def wait_timeout(template: Template) -> None:
    """`ssh_wait_timeout` is `ssh_timeout`."""
    for builder in builders(template):
        rename(builder, "ssh_wait_timeout", "ssh_timeout")


def forwarding(template: Template) -> None:
    """Forwarded ports serve every communicator: VirtualBox's options for them lose their `ssh_`."""
    for builder in builders(template, *_VIRTUALBOX):
        for name in (*_PORTS, "skip_nat_mapping"):
            rename(builder, f"ssh_{name}", name)


def qemu_ports(template: Template) -> None:
    """The same for QEMU, which has no mapping that could be skipped."""
    for builder in builders(template, "qemu"):
        for name in _PORTS:
            rename(builder, f"ssh_{name}", name)
