"""Chains of operators, indexes and directives: the scanner counts brackets, but these make a tree deep without any."""

from __future__ import annotations

from collections.abc import Iterable

from bakehouse.errors import Diagnostic
from bakehouse.template.syntax.tokens import problem
from bakehouse.template.syntax.tree import Body, Expression, Node, Range

DEEPEST_TREE = 500  # nodes inside one another in one expression; an evaluator that recurses stands twice as many


def too_deep_trees(root: Body | Expression) -> list[Diagnostic]:
    """A diagnostic for each expression of a tree that is too deep to be evaluated."""
    return [
        problem(
            place,
            "Expression too long",
            f"More than {DEEPEST_TREE} operators, indexes or directives are strung together here.",
            "Make locals of its parts.",
        )
        for place in map(_too_deep, _expressions(root))
        if place is not None
    ]


def _expressions(root: Body | Expression) -> Iterable[Expression]:
    if isinstance(root, Expression):
        yield root
        return
    bodies = [root]
    while bodies:
        body = bodies.pop()
        yield from (attribute.expression for attribute in body.attributes.values())
        bodies.extend(block.body for block in body.blocks)


def _too_deep(expression: Expression) -> Range | None:
    level: list[Expression] = [expression]
    for _ in range(DEEPEST_TREE):
        level = [child for node in level for child in _children(node)]
        if not level:
            return None
    return expression.range


def _children(node: Node) -> Iterable[Expression]:
    fields = [getattr(node, name) for name in node.__struct_fields__]
    while fields:
        value = fields.pop()
        if isinstance(value, Expression):
            yield value
        elif isinstance(value, tuple):
            fields.extend(value)
