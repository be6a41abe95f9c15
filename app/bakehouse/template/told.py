"""The values of what an expression names, as a message about it tells them: `var.size is "5"`."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from bakehouse.template import numbers
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import DYNAMIC
from bakehouse.template.printing import HIDDEN, quote
from bakehouse.template.references import Reference, references
from bakehouse.template.scope import Scope
from bakehouse.template.syntax.tree import Expression
from bakehouse.template.traversal import attribute, index
from bakehouse.template.values import Value, number, string

LONGEST = 60
"""Characters of a value that are told."""
MOST = 4
"""Names whose values are told in one message."""
SPACES = frozenset(("var", "local", "data", "path", "packer", "source", "build", "each"))
"""Roots that are no values themselves."""


def told(expression: Expression, scope: Scope) -> tuple[str, ...]:
    """A line for each value that the expression names, as far as there is one: sensitive ones as `<sensitive>`."""
    lines = dict.fromkeys(filter(None, (_told(reference, scope) for reference in references(expression))))
    return tuple(lines)[:MOST]


def _told(reference: Reference, scope: Scope) -> str:
    """The line for the longest part of a traversal that has a value."""
    value = scope.lookup(reference[0])
    if value is None:
        return ""
    depth = 1
    for name in reference[1:]:
        try:
            value = _inside(value, name)
        except Fault:
            break
        depth += 1
    bound = reference[0] in scope.names
    if not bound and reference[0] in SPACES and depth < (4 if reference[0] == "data" else 2):
        return ""
    if not value.is_known and value.type == DYNAMIC:
        return ""  # it may stand for one that is wrong itself
    return f"{'.'.join(reference[:depth])} is {brief(value)}"


def _inside(value: Value, name: str) -> Value:
    if name.isdigit() and isinstance(value.payload, tuple):
        return index(value, number(int(name)))
    return attribute(value, name) if not name.isdigit() else index(value, string(name))


def brief(value: Value) -> str:
    """A value on one line, at most LONGEST characters of it."""
    text = _written(value, LONGEST)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3].rstrip()}..."


def _written(value: Value, room: int) -> str:
    """As people write it in a template; not much more than `room` characters of it are made."""
    if value.marks:
        return HIDDEN
    if not value.is_known:
        return "not known yet"
    match value.payload:
        case None:
            return "null"
        case bool():
            return "true" if value.payload else "false"
        case str():
            return quote(value.payload[: room + 1])
        case int() | Decimal():
            return numbers.shown(value.payload)
        case dict():
            parts = ((f"{name} = ", item) for name, item in sorted(value.payload.items()))
            return "{ " + _listed(parts, room) + " }" if value.payload else "{}"
        case _:
            return "[" + _listed((("", item) for item in value.payload), room) + "]"


def _listed(parts: Iterable[tuple[str, Value]], room: int) -> str:
    written: list[str] = []
    for name, item in parts:
        written.append(name + _written(item, room))
        room -= len(written[-1])
        if room < 0:
            break
    return ", ".join(written)
