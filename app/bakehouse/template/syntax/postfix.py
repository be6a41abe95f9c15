"""What follows a term: `.name`, `[key]`, `.0`, `[*]` and `.*`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bakehouse.template.syntax.tokens import Reading, between
from bakehouse.template.syntax.tree import Attribute, Expression, Index, Range, Splat, SplatItem


@dataclass(slots=True)
class AttributeStep:
    """`.name`"""

    range: Range
    name: str


@dataclass(slots=True)
class IndexStep:
    """`[key]` or `.0`"""

    range: Range
    key: Expression


@dataclass(slots=True)
class SplatStep:
    """`[*]` or `.*`, and the steps that were read with it."""

    range: Range
    steps: tuple[Step, ...]
    full: bool
    reading: Reading


Step = AttributeStep | IndexStep | SplatStep


def splat(children: list[Any], full: bool) -> SplatStep:
    """The step of a splat's token and the steps read with it."""
    marker, *steps = children
    last = steps[-1] if steps else marker
    return SplatStep(between(marker.range, last.range), tuple(steps), full, marker.reading)


def apply(object: Expression, step: Step) -> Expression:
    """`object` with one more step; a full splat takes all that follows it inside (spec.md, "Splat Operators")."""
    whole = between(object.range, step.range)
    if isinstance(object, Splat) and object.full:
        return Splat(whole, object.object, apply(object.each, step), True)
    match step:
        case AttributeStep():
            return Attribute(whole, object, step.name)
        case IndexStep():
            return Index(whole, object, step.key)
        case SplatStep():
            each: Expression = SplatItem(step.range)
            for inner in step.steps:
                each = apply(each, inner)
            return Splat(whole, object, each, step.full)


def ends_in_attribute_splat(expression: Expression) -> bool:
    """Whether a `.*` is open at the end of `expression`, so that another one would stand inside it."""
    while isinstance(expression, Splat):
        if not expression.full:
            return True
        expression = expression.each
    return False
