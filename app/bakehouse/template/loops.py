"""What `for` expressions and object constructors share: the turns of a loop, keys, grouping."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bakehouse.errors import TemplateError
from bakehouse.template import traversal
from bakehouse.template.convert import convert
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import DYNAMIC, STRING, one
from bakehouse.template.scope import Scope
from bakehouse.template.syntax import tree
from bakehouse.template.values import Value, object_of, tuple_of, unknown

Evaluate = Callable[[tree.Expression, Scope], Value]
ErrorAt = Callable[[tree.Expression, Fault], TemplateError]


@dataclass(frozen=True, slots=True)
class Turns:
    """The scope of every turn, None if the collection is not known yet; and the marks of the collection itself."""

    scopes: list[Scope] | None
    marks: frozenset[str]


def turns(
    collection: tree.Expression, key: str | None, name: str, scope: Scope, evaluate: Evaluate, error_at: ErrorAt
) -> Turns:
    """The turns of `for key, name in collection`."""
    value = evaluate(collection, scope)
    try:
        ready = traversal.iterable(value)
    except Fault as fault:
        raise error_at(collection, fault) from None
    if not ready:
        return Turns(None, value.marks)
    scopes = []
    for at, item in traversal.elements(value):
        scopes.append(scope.binding({name: item} if key is None else {key: at, name: item}))
    return Turns(scopes, value.marks)


def object_key(value: Value) -> Value:
    """A value as the key of an object; Fault if it cannot be one."""
    if value.is_null:
        raise Fault("Null as a key", "A key cannot be null.")
    if value.type == DYNAMIC:
        return unknown(STRING).marked(value.marks)
    try:
        return convert(value, STRING)
    except Fault:
        raise Fault("Unsuitable key", f"{one(value.type, capital=True)} cannot be a key.") from None


class Collected:
    """The object that a `for` expression builds. grouped: `...`, each key has a tuple of all its values."""

    def __init__(self, grouped: bool) -> None:
        self._grouped = grouped
        self._groups: dict[str, list[Value]] = {}

    def add(self, key: Value, value: Value) -> Value:
        """Put one in; Fault if the key is there already and values are not grouped. Returns the value."""
        group = self._groups.setdefault(key.payload, []) if key.is_known else []
        if group and not self._grouped:
            detail = f'Two items have the key "{key.payload}".' if not key.is_sensitive else "Two items have this key."
            raise Fault("Duplicate key", detail, help="Add ... after the value to collect all values of a key.")
        group.append(value)
        return value

    def value(self) -> Value:
        """The object."""
        if self._grouped:
            return object_of({key: tuple_of(group) for key, group in self._groups.items()})
        return object_of({key: group[0] for key, group in self._groups.items()})
