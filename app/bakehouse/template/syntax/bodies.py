"""Bodies and blocks, and what must hold in them."""

from __future__ import annotations

from typing import Any

from bakehouse.template.syntax.literals import normal
from bakehouse.template.syntax.tokens import Token, between, problem
from bakehouse.template.syntax.tree import AttributeDefinition, Block, Body, Expression, Literal

Items = list[AttributeDefinition | Block]


def make_body(items: Items, opener: Token, closer: Token) -> Body:
    """A body between two tokens; a second argument of one name is a problem."""
    attributes: dict[str, AttributeDefinition] = {}
    blocks: list[Block] = []
    for item in items:
        if isinstance(item, Block):
            blocks.append(item)
        elif (first := attributes.get(item.name)) is not None:
            closer.reading.problems.append(_duplicate(item, first))
        else:
            attributes[item.name] = item
    return Body(attributes, tuple(blocks), between(opener.range, closer.range), closer.range)


def _duplicate(item: AttributeDefinition, first: AttributeDefinition) -> Any:
    return problem(
        item.name_range,
        f'Argument "{item.name}" is set twice',
        f"It was set before, on line {first.name_range.line}.",
        "An argument can be set only once in a block: remove one of the two.",
    )


def make_block(children: list[Any]) -> Block:
    """A block from its type, labels, `{`, items, `}`."""
    type, *labels, opener, items, closer = children
    header_end = labels[-1].range if labels else type.range
    return Block(
        normal(type.value),
        tuple(_label(label, type) for label in labels),
        make_body(items, opener, closer),
        between(type.range, header_end),
        type.range,
        tuple(label.range for label in labels),
    )


def _label(label: Token | Expression, type: Token) -> str:
    if isinstance(label, Token):
        return normal(label.value)
    if isinstance(label, Literal) and isinstance(label.value, str):
        return label.value
    type.reading.problems.append(
        problem(
            label.range,
            "Template in a label",
            "The labels of a block are fixed text: ${ } and %{ } cannot stand in them.",
            "Write the text itself; for a literal ${ write $${.",
        )
    )
    return label.range.text
