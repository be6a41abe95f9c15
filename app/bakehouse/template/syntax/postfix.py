"""What follows a term: `.name`, `[key]`, `.0`, `[*]` and `.*`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bakehouse.template.syntax.tokens import DEEPEST, Reading, between, problem, too_deep
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
    splats = open_splats(object)
    inner = splats[-1].each if splats else object
    if isinstance(step, SplatStep) and not _splat_allowed(splats, inner, step):
        return object
    result = _stepped(inner, step)
    for outer in reversed(splats):
        result = Splat(between(outer.range, step.range), outer.object, result, True)
    return result


def open_splats(expression: Expression) -> list[Splat]:
    """The full splats, outermost first, that a further step would go into."""
    splats: list[Splat] = []
    while isinstance(expression, Splat) and expression.full:
        splats.append(expression)
        expression = expression.each
    return splats


def _splat_allowed(splats: list[Splat], inner: Expression, step: SplatStep) -> bool:
    """Note a problem if this splat cannot stand here."""
    if not step.full and isinstance(inner, Splat):
        detail, help = "`.*` cannot follow another `.*`.", "Write [*] for the first one, or for both."
        step.reading.problems.append(problem(step.range, "Splat inside a splat", detail, help))
        return False
    if len(splats) >= DEEPEST:
        step.reading.problems.append(too_deep(step.range, DEEPEST))
        return False
    return True


def _stepped(object: Expression, step: Step) -> Expression:
    whole = between(object.range, step.range)
    match step:
        case AttributeStep():
            return Attribute(whole, object, step.name)
        case IndexStep():
            return Index(whole, object, step.key)
        case SplatStep():
            each: Expression = SplatItem(step.range)
            for inner in step.steps:
                each = _stepped(each, inner)
            return Splat(whole, object, each, step.full)
