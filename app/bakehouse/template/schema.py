"""The top level of a template: its blocks by kind, with the labels each kind must have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bakehouse.sdk.decode import nearest
from bakehouse.template.problems import Problems
from bakehouse.template.syntax.tree import Block, Body

_LABELS: dict[str, tuple[str, ...]] = {
    "packer": (),
    "variable": ("name",),
    "variables": (),
    "local": ("name",),
    "locals": (),
    "source": ("type", "name"),
    "data": ("type", "name"),
    "build": (),
    "hcp_packer_registry": (),
    "communicator": ("type", "name"),
}


@dataclass(slots=True)
class Module:
    """All files of a template as one. blocks: by type, in the order of the files and within them."""

    blocks: dict[str, list[Block]] = field(default_factory=dict)

    def of(self, *types: str) -> list[Block]:
        """The blocks of these types."""
        return [block for type in types for block in self.blocks.get(type, ())]


def _instead(name: str) -> str:
    if name not in _LABELS:
        return f"To name a value, write locals {{ {name} = … }}."
    labels = "".join(f' "{label.upper()}"' for label in _LABELS[name])
    return f"A block has no =: write {name}{labels} {{ … }}."


def gather(bodies: Iterable[Body], problems: Problems) -> Module:
    """Sort the blocks of all files, and refuse what cannot stand at the top."""
    module = Module()
    for body in bodies:
        for attribute in body.attributes.values():
            problems.error(
                attribute.name_range,
                f'"{attribute.name}" cannot stand outside a block',
                "The top level of a template holds blocks only.",
                _instead(attribute.name),
            )
        for block in body.blocks:
            labels = _LABELS.get(block.type)
            if labels is None:
                known = sorted(_LABELS)
                help = nearest(block.type, known) or f"There are {', '.join(known)}."
                problems.error(
                    block.type_range, f'Unknown block "{block.type}"', "A template has no block of this type.", help
                )
            elif check_labels(block, labels, problems):
                module.blocks.setdefault(block.type, []).append(block)
    return module


def check_labels(block: Block, labels: tuple[str, ...], problems: Problems) -> bool:
    """Whether the block has the labels it must have; if not, that is noted."""
    if len(block.labels) < len(labels):
        missing = labels[len(block.labels)]
        form = " ".join(f'"{label.upper()}"' for label in labels)
        problems.error(
            block.range, f"The {block.type} block has no {missing}", "", f"Write {block.type} {form} {{ … }}."
        )
        return False
    if len(block.labels) > len(labels):
        surplus = block.label_ranges[len(labels)]
        allowed = f"at most {len(labels)}" if labels else "no"
        problems.error(surplus, f"The {block.type} block has a label too many", f"It takes {allowed} label.")
        return False
    return True


def check_content(body: Body, what: str, attributes: Iterable[str], blocks: Iterable[str], problems: Problems) -> None:
    """Refuse attributes and blocks that `what` ("a build block") does not have."""
    allowed, allowed_blocks = sorted(attributes), sorted(blocks)
    for attribute in body.attributes.values():
        if attribute.name not in allowed:
            help = nearest(attribute.name, [*allowed, *allowed_blocks])
            problems.error(
                attribute.name_range,
                f'Unknown option "{attribute.name}"',
                f"There is none of this name in {what}.",
                help,
            )
    for block in body.blocks:
        if block.type not in allowed_blocks:
            if block.type in allowed:
                problems.error(
                    block.range, f'"{block.type}" is not a block', "", f"Write it with an equals sign: {block.type} = …"
                )
                continue
            help = nearest(block.type, [*allowed_blocks, *allowed])
            problems.error(block.range, f'Unknown block "{block.type}"', f"There is none of this type in {what}.", help)
