"""Going into values: attributes, indexes, the elements that `for` and splats visit (hcl, ops.go)."""

from __future__ import annotations

from collections.abc import Iterator

from bakehouse.template.convert import convert
from bakehouse.template.fault import Fault, listing, nearest
from bakehouse.template.kinds import (
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    one,
)
from bakehouse.template.values import Value, number, string, unknown

ITERABLE = (ListType, SetType, MapType, TupleType, ObjectType)


def attribute(value: Value, name: str, what: str = "attribute") -> Value:
    """`value.name`; Fault tells which names there are. what: the word for a name in it."""
    kind = value.type
    if value.is_null:
        raise Fault("Attribute of null", f'The value is null, so it has no attribute "{name}".')
    if kind == DYNAMIC:
        return unknown().marked(value.marks)
    if isinstance(kind, ObjectType):
        if name not in kind.attributes:
            raise _missing("Unknown attribute", f'There is no {what} "{name}" here.', name, kind.attributes)
        return (value.payload[name] if value.is_known else unknown(kind.attributes[name])).marked(value.marks)
    if isinstance(kind, MapType):
        if not value.is_known:
            return unknown(kind.element).marked(value.marks)
        if name not in value.payload:
            raise _missing("Unknown map key", f'The map has no {what} "{name}".', name, value.payload)
        found: Value = value.payload[name]
        return found.marked(value.marks)
    raise Fault("No attributes", f'{one(kind, capital=True)} has no attribute "{name}".', help=_advice(kind, name))


def _advice(kind: object, name: str) -> str:
    if isinstance(kind, (ListType, SetType, TupleType)):
        return f"Take one item first, as in [0].{name}, or that of every item with [*].{name}."
    return ""


def _missing(summary: str, detail: str, name: str, known: object) -> Fault:
    names = list(known) if isinstance(known, dict) else []
    there = f"There are {listing(names)}." if len(names) > 1 else f"There is {listing(names)}." if names else ""
    return Fault(summary, f"{detail} {there or 'It is empty.'}", help=nearest(name, names))


def index(value: Value, key: Value) -> Value:
    """`value[key]`; Fault tells what there is."""
    kind = value.type
    marks = value.marks | key.deep_marks()
    if value.is_null:
        raise Fault("Index of null", "The value is null, so it has no items.")
    if key.is_null:
        raise Fault("Null as an index", "The index is null.", argument=1)
    if kind == DYNAMIC or key.type == DYNAMIC:
        return unknown().marked(marks)
    if isinstance(kind, (ListType, TupleType)):
        return _item(value, _key(key, NUMBER)).marked(marks)
    if isinstance(kind, (MapType, ObjectType)):
        name = _key(key, STRING)
        if not name.is_known:
            return unknown(kind.element if isinstance(kind, MapType) else DYNAMIC).marked(marks)
        try:
            return attribute(value, name.payload, "key").marked(marks)
        except Fault as fault:
            raise Fault("Unknown key", fault.detail, help=fault.help, argument=1) from None
    hint = "Convert it to a list first." if isinstance(kind, SetType) else ""
    raise Fault("Not a collection", f"{one(kind, capital=True)} has no items to index.", help=hint)


def _key(key: Value, kind: object) -> Value:
    try:
        return convert(key, NUMBER if kind == NUMBER else STRING)
    except Fault as fault:
        raise Fault("Unsuitable index", fault.detail, help=fault.help, argument=1) from None


def _item(value: Value, key: Value) -> Value:
    kind = value.type
    if not (key.is_known and (value.is_known or isinstance(kind, TupleType))):
        return unknown(kind.element if isinstance(kind, ListType) else DYNAMIC)
    length = len(kind.items) if isinstance(kind, TupleType) else len(value.payload)
    place = key.payload
    if not isinstance(place, int):
        raise Fault("Unsuitable index", "An index must be a whole number.", argument=1)
    if not 0 <= place < length:
        there = f"Items 0 to {length - 1} exist." if length > 1 else "Only item 0 exists." if length else "It is empty."
        raise Fault("No such item", f"There is no item {place}. {there}", argument=1)
    if not value.is_known:
        assert isinstance(kind, TupleType)
        return unknown(kind.items[place])
    item: Value = value.payload[place]
    return item


def elements(value: Value) -> Iterator[tuple[Value, Value]]:
    """(key, value) of a known list, tuple, set, map or object; the key of a set's element is the element."""
    if isinstance(value.payload, dict):
        for name in sorted(value.payload):
            yield string(name), value.payload[name]
    else:
        for place, item in enumerate(value.payload):
            yield (item if isinstance(value.type, SetType) else number(place)), item


def iterable(value: Value) -> bool:
    """Whether `for` can visit it now; False if it is not known yet. Fault if it never can."""
    if value.is_null:
        raise Fault("Iteration over null", "The value is null, so there is nothing to visit.")
    if value.type == DYNAMIC:
        return False
    if not isinstance(value.type, ITERABLE):
        raise Fault(
            "Nothing to iterate over",
            f"{one(value.type, capital=True)} has no items. Lists, sets, maps and objects have.",
        )
    return value.is_known
