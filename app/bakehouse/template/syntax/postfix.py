"""What follows a term: `.name`, `[key]`, `.0`, `[*]` and `.*`."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.template.syntax.tokens import between
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


Step = AttributeStep | IndexStep | SplatStep


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
