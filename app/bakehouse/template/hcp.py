"""`hcp_packer_registry`: read and checked as Packer does, at both of its places; nothing is reported to HCP Packer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bakehouse.sdk.decode import nearest
from bakehouse.template.dynamic import Placed
from bakehouse.template.kinds import STRING, ListType, MapType, Type
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.syntax.tree import AttributeDefinition, Block

BUCKET = re.compile(r"[A-Za-z0-9-]{3,36}")
LONGEST_DESCRIPTION = 255
_TYPES: dict[str, Type] = {
    "bucket_name": STRING,
    "description": STRING,
    "bucket_labels": MapType(STRING),
    "labels": MapType(STRING),
    "build_labels": MapType(STRING),
    "channels": ListType(STRING),
}


def check_top_level(blocks: Iterable[Block], around: Surroundings, problems: Problems) -> None:
    """Check the blocks outside of build blocks: there can be one."""
    first: Block | None = None
    for block in blocks:
        if first is not None:
            where = f"{first.range.location.file}:{first.range.line}"
            problems.error(block.range, "There is a second hcp_packer_registry", f"The first one is in {where}.")
        first = first or block
        check(Placed(block), around, problems)


def check(placed: Placed, around: Surroundings, problems: Problems) -> None:
    """Check one block, and say that it does nothing here."""
    here = around.adding(placed.bindings)
    attributes = placed.body.attributes
    for attribute in attributes.values():
        with problems.collect():
            _check_attribute(attribute, here, problems)
    if "labels" in attributes and "bucket_labels" in attributes:
        text = "labels is the older name of bucket_labels."
        problems.error(attributes["labels"].range, '"labels" and "bucket_labels" exclude each other', text)
    problems.warning(placed.block.range, "hcp_packer_registry is ignored", "Bakehouse does not report to HCP Packer.")


def _check_attribute(attribute: AttributeDefinition, around: Surroundings, problems: Problems) -> None:
    """Packer passes over an option that it does not know; so a warning must do."""
    name, place = attribute.name, attribute.expression.range
    if name not in _TYPES:
        text = "hcp_packer_registry has none of this name."
        problems.warning(attribute.name_range, f'Unknown option "{name}"', text, nearest(name, list(_TYPES)))
        return
    value = around.typed(attribute.expression, _TYPES[name], name).payload
    if not isinstance(value, str):
        return
    if name == "bucket_name" and value and not BUCKET.fullmatch(value):
        text = "It has 3 to 36 letters, digits and hyphens."
        raise mistake(place, f'"{value}" is not the name of a bucket', text)
    if name == "description" and len(value) > LONGEST_DESCRIPTION:
        text = f"It has {len(value)} characters; {LONGEST_DESCRIPTION} are allowed."
        raise mistake(place, "The description is too long", text)
