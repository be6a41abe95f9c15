"""Options to arguments and blocks.

JSON has objects for both maps and blocks; which is which only the component could say, and it need not be installed.
The rule, which is Packer's: an object of nothing but simple values is a map, any other a block; a list of objects is
that block several times. Names that are known to be blocks are blocks whatever is in them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from bakehouse.template.syntax.lexical import continues_name as is_identifier
from bakehouse.template.upgrade.hcl.calls import Calls
from bakehouse.template.upgrade.hcl.text import Expression

Lines = list[str]
BLOCKS = frozenset(
    (
        # Amazon
        *(
            "assume_role",
            "aws_polling",
            "imds_support_filter",
            "metadata_options",
            "placement",
            "security_group_filter",
        ),
        *("source_ami_filter", "subnet_filter", "vault_aws_engine", "vpc_filter"),
        # Azure, vSphere
        *("plan_info", "shared_image_gallery", "shared_image_gallery_destination", "spot"),
        *("content_library_destination", "customize", "export", "linux_options", "network_interface"),
        # Proxmox
        *("boot_iso", "efi_config", "rng0", "tpm_config", "vga"),
    )
)
"""Options of well-known plugins that are blocks, though they may hold nothing but simple values."""


def body(options: dict[str, Any], calls: Calls) -> Lines:
    """The lines of a block's body, options in order of their names."""
    lines: Lines = []
    for name in sorted(options):
        value = options[name]
        if not is_identifier(name):
            calls.notes.append(f"An option cannot be called {name!r} in HCL; it is left out.")
        elif isinstance(value, dict) and _is_block(name, value):
            lines += block(name, value, calls)
        elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            lines += [line for item in value for line in block(name, item, calls)]
        elif value != []:
            lines.append(f"{name} = {literal(value, calls)}")
    return lines


def block(header: str, options: dict[str, Any], calls: Calls, before: Lines | None = None) -> Lines:
    """A block. header: what stands before the brace. before: lines in front of its options."""
    return [f"{header} {{", *(before or []), *body(options, calls), "}"]


def literal(value: Any, calls: Calls) -> str:
    """A value as an expression; objects of more than one line."""
    if isinstance(value, Expression):
        return f'"${{{value}}}"'
    if isinstance(value, str):
        return calls.quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(literal(item, calls) for item in value)}]"
    if isinstance(value, dict):
        items = [f"{key(name, calls)} = {literal(value[name], calls)}" for name in sorted(value)]
        return "\n".join(("{", *items, "}")) if items else "{}"
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else number(value)


def key(name: str, calls: Calls) -> str:
    """The key of a map."""
    return name if is_identifier(name) else calls.quoted(name)


def number(value: int | float | Decimal) -> str:
    """A number without an exponent."""
    shown = format(Decimal(repr(value) if isinstance(value, float) else value), "f")
    return (shown.rstrip("0").rstrip(".") or "0") if "." in shown else shown


def _is_block(name: str, value: dict[str, Any]) -> bool:
    return name in BLOCKS or any(isinstance(item, dict | list) for item in value.values())
