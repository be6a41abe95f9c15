"""Amazon."""

from __future__ import annotations

from bakehouse.template.upgrade.fixers.walking import Block, Template, builders, rename

_YES = (True, "true", "True", "TRUE", "t", "T", "1", 1)
_NO = (False, "false", "False", "FALSE", "f", "F", "0", 0)


def shutdown_behavior(template: Template) -> None:
    """`shutdown_behaviour` is spelt as Amazon spells it."""
    for builder in _amazon(template):
        rename(builder, "shutdown_behaviour", "shutdown_behavior")


def enhanced_networking(template: Template) -> None:
    """`enhanced_networking` is called by the one of its kinds that it switches on."""
    for builder in _amazon(template):
        rename(builder, "enhanced_networking", "ena_support")


def private_ip(template: Template) -> None:
    """`ssh_private_ip` is one of the values of `ssh_interface`."""
    for builder in _amazon(template):
        given = builder.get("ssh_private_ip")
        if isinstance(given, bool | str | int) and given in (*_YES, *_NO):
            del builder["ssh_private_ip"]
            builder["ssh_interface"] = "private_ip" if given in _YES else "public_ip"


def source_cidrs(template: Template) -> None:
    """There can be several networks that may come in."""
    for builder in _amazon(template):
        given = builder.pop("temporary_security_group_source_cidr", None)
        if given is not None:
            listed = given if isinstance(given, list) else [given]
            builder.setdefault("temporary_security_group_source_cidrs", listed)


def spot_product(template: Template) -> None:
    """The price of a spot instance is found without the product."""
    for builder in _amazon(template):
        builder.pop("spot_price_auto_product", None)


def _amazon(template: Template) -> list[Block]:
    return [builder for builder in builders(template) if str(builder.get("type")).startswith("amazon-")]
