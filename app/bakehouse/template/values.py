"""Values: a type, a payload, and marks. Immutable; the payload of a value of the type

    string            str (NFC)
    number            int or Decimal (`numbers.normal`)
    bool              bool
    list, set, tuple  tuple of Values (a set: without equals, in cty's order)
    map, object       dict of Values by name

and None if the value is null, UNKNOWN if it is not known yet. What is sensitive has the mark "sensitive".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cmp_to_key
from typing import Any

from bakehouse.sdk.config import UNKNOWN, Unknown
from bakehouse.template import numbers, printing
from bakehouse.template.kinds import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    type_from_json,
    type_to_json,
)

SENSITIVE = frozenset({"sensitive"})
NO_MARKS: frozenset[str] = frozenset()
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """One value. Two are equal if type, payload and marks are; `equal` is the language's `==`."""

    type: Type
    payload: Any
    marks: frozenset[str] = NO_MARKS

    @property
    def is_null(self) -> bool:
        """Whether it is null."""
        return self.payload is None

    @property
    def is_known(self) -> bool:
        """Whether it is known itself; something inside may not be."""
        return self.payload is not UNKNOWN

    @property
    def is_sensitive(self) -> bool:
        """Whether it, or anything in it, is sensitive."""
        return bool(self.deep_marks())

    def marked(self, marks: frozenset[str]) -> Value:
        """The same with these marks too."""
        return self if marks <= self.marks else Value(self.type, self.payload, self.marks | marks)

    def deep_marks(self) -> frozenset[str]:
        """The marks of it and of all inside."""
        return self.marks.union(*(child.deep_marks() for child in self.children()))

    def unmarked(self) -> Value:
        """The same without any mark, at any depth."""
        if not self.deep_marks():
            return self
        return Value(self.type, _mapped(self.payload, Value.unmarked))

    def children(self) -> Iterable[Value]:
        """The values directly inside, none if null or unknown."""
        if isinstance(self.payload, tuple):
            return self.payload
        return self.payload.values() if isinstance(self.payload, dict) else ()

    def wholly_known(self) -> bool:
        """Whether it and all inside are known."""
        return self.is_known and all(child.wholly_known() for child in self.children())


def _mapped(payload: Any, change: Any) -> Any:
    if isinstance(payload, tuple):
        return tuple(change(item) for item in payload)
    return {name: change(item) for name, item in payload.items()} if isinstance(payload, dict) else payload


def null(kind: Type = DYNAMIC) -> Value:
    """null of a type; the literal is of type `any`."""
    return Value(kind, None)


def unknown(kind: Type = DYNAMIC) -> Value:
    """A value of a type, not known yet."""
    return Value(kind, UNKNOWN)


def string(text: str) -> Value:
    """A string, NFC-normalised as cty does."""
    return Value(STRING, normalized(text))


def normalized(text: str) -> str:
    """The text in Unicode's form NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def number(value: int | float | Decimal) -> Value:
    """A number. A float becomes what its shortest text says."""
    exact = Decimal(repr(value)) if isinstance(value, float) else value
    return Value(NUMBER, numbers.normal(exact))


def boolean(value: bool) -> Value:
    """true or false."""
    return Value(BOOL, value)


def list_of(element: Type, items: Iterable[Value]) -> Value:
    """A list; the items are of the element type already."""
    return Value(ListType(element), tuple(items))


def map_of(element: Type, items: Mapping[str, Value]) -> Value:
    """A map; the items are of the element type already. Its keys are in order."""
    return Value(MapType(element), _named(items))


def _named(items: Mapping[str, Value]) -> dict[str, Value]:
    """In the order of their names, which are NFC-normalised as strings are."""
    return dict(sorted(((normalized(name), item) for name, item in items.items()), key=lambda pair: pair[0]))


def tuple_of(items: Iterable[Value]) -> Value:
    """A tuple of values of any types."""
    payload = tuple(items)
    return Value(TupleType(tuple(item.type for item in payload)), payload)


def object_of(attributes: Mapping[str, Value]) -> Value:
    """An object of values of any types. Its keys are in order."""
    payload = _named(attributes)
    return Value(ObjectType({name: value.type for name, value in payload.items()}), payload)


def set_of(element: Type, items: Iterable[Value]) -> Value:
    """A set; marks of items become the set's, and one unknown item makes all of it unknown, as in cty."""
    given = list(items)
    marks = NO_MARKS.union(*(item.deep_marks() for item in given))
    if not all(item.wholly_known() for item in given):
        return Value(SetType(element), UNKNOWN, marks)
    distinct: list[Value] = []
    for item in sorted((item.unmarked() for item in given), key=cmp_to_key(_set_order)):
        if not distinct or _set_order(distinct[-1], item):
            distinct.append(item)
    return Value(SetType(element), tuple(distinct), marks)


def _set_order(left: Value, right: Value) -> int:
    """cty's order of the elements of a set: nulls last, primitives by value, others by their hash bytes."""
    if left.is_null or right.is_null:
        return left.is_null - right.is_null
    if left.type == NUMBER:
        return numbers.compare(left.payload, right.payload)
    if left.type in (STRING, BOOL):
        return int(left.payload > right.payload) - int(left.payload < right.payload)
    one, other = printing.hash_text(left), printing.hash_text(right)
    return (one > other) - (one < other)


def equal(left: Value, right: Value) -> bool | None:
    """The language's `==`, None if it is not known yet: values of different types are never equal, nulls always."""
    if not (left.is_known and right.is_known):
        return None if DYNAMIC in (left.type, right.type) or left.type == right.type else False
    if left.is_null or right.is_null:
        return left.is_null and right.is_null
    if left.type == NUMBER and right.type == NUMBER:
        return numbers.compare(left.payload, right.payload) == 0
    if isinstance(left.payload, tuple) and isinstance(right.payload, tuple):
        same = type(left.type) is type(right.type) and len(left.payload) == len(right.payload)
        return same and _alike(left.type, right.type) and _all(zip(left.payload, right.payload, strict=True))
    if isinstance(left.payload, dict) and isinstance(right.payload, dict):
        same = type(left.type) is type(right.type) and left.payload.keys() == right.payload.keys()
        pairs = ((left.payload[name], right.payload[name]) for name in left.payload)
        return same and _alike(left.type, right.type) and _all(pairs)
    return left.type == right.type and bool(left.payload == right.payload)


def _alike(left: Type, right: Type) -> bool:
    """Collections must agree in their element types even when they are empty."""
    if isinstance(left, (ListType, SetType, MapType)) and isinstance(right, (ListType, SetType, MapType)):
        return left.element == right.element
    return True


def _all(pairs: Iterable[tuple[Value, Value]]) -> bool | None:
    known: bool | None = True
    for left, right in pairs:
        same = equal(left, right)
        if same is False:
            return False
        known = known if same else None
    return known


def from_python(given: Any) -> Value:
    """A value from plain Python: list and tuple give a tuple, dict an object, `sdk.config.UNKNOWN` an unknown.

    TypeError for anything that no value can be.
    """
    match given:
        case None:
            return null()
        case Value():
            return given
        case bool():
            return boolean(given)
        case int() | float() | Decimal():
            return number(given)
        case str():
            return string(given)
        case list() | tuple():
            return tuple_of(map(from_python, given))
        case dict():
            return object_of({str(name): from_python(item) for name, item in given.items()})
        case Unknown():
            return unknown()
    raise TypeError(f"{type(given).__name__} is no value of the language")


def to_python(value: Value, unknown: Any = UNKNOWN) -> Any:
    """Plain Python: str, int, float (only for what is not integral), bool, list, dict, None; `unknown` for unknowns.

    Marks are lost: who shows the result must have asked `is_sensitive`.
    """
    payload = value.payload
    if payload is UNKNOWN:
        return unknown
    if isinstance(payload, tuple):
        return [to_python(item, unknown) for item in payload]
    if isinstance(payload, dict):
        return {name: to_python(item, unknown) for name, item in payload.items()}
    return numbers.to_float(payload) if isinstance(payload, Decimal) else payload


def to_json(value: Value) -> dict[str, Any]:
    """What `from_json` makes the same value of again: `{"type", "value", "unknown": [path], "marks": [[path, mark]]}`.

    Numbers that are not integral are strings, so that no digit is lost. A path is a list of names and positions.
    """
    nodes = list(_walk(value, ()))
    result: dict[str, Any] = {"type": type_to_json(value.type), "value": _plain(value)}
    unknowns = [list(path) for path, node in nodes if not node.is_known]
    marks = [[list(path), *sorted(node.marks)] for path, node in nodes if node.marks]
    return result | ({"unknown": unknowns} if unknowns else {}) | ({"marks": marks} if marks else {})


def _walk(value: Value, path: Path) -> Iterator[tuple[Path, Value]]:
    yield path, value
    if isinstance(value.payload, (tuple, dict)):
        pairs = value.payload.items() if isinstance(value.payload, dict) else enumerate(value.payload)
        for key, item in pairs:
            yield from _walk(item, (*path, key))


def _plain(value: Value) -> Any:
    payload = value.payload
    if isinstance(payload, Decimal):
        return str(payload)
    if isinstance(payload, tuple):
        return [_plain(item) for item in payload]
    if isinstance(payload, dict):
        return {name: _plain(item) for name, item in payload.items()}
    return None if payload is UNKNOWN else payload


def from_json(given: Mapping[str, Any]) -> Value:
    """The value that `to_json` wrote; ValueError if it did not."""
    unknowns = {tuple(path) for path in given.get("unknown", ())}
    marks = {tuple(path): frozenset(names) for path, *names in given.get("marks", ())}
    return _typed(type_from_json(given["type"]), given["value"], (), unknowns, marks)


def _typed(kind: Type, given: Any, path: Path, unknowns: set[Path], marks: Mapping[Path, frozenset[str]]) -> Value:
    own = marks.get(path, NO_MARKS)
    if given is None:
        return Value(kind, UNKNOWN if path in unknowns else None, own)
    payload: Any = given
    match kind:
        case ListType(element) | SetType(element):
            payload = tuple(_typed(element, item, (*path, at), unknowns, marks) for at, item in enumerate(given))
        case TupleType(items):
            payload = tuple(
                _typed(each, item, (*path, at), unknowns, marks)
                for at, (each, item) in enumerate(zip(items, given, strict=True))
            )
        case MapType(element):
            payload = {name: _typed(element, item, (*path, name), unknowns, marks) for name, item in given.items()}
        case ObjectType(attributes):
            payload = {
                name: _typed(attributes[name], item, (*path, name), unknowns, marks) for name, item in given.items()
            }
    return Value(kind, Decimal(payload) if kind == NUMBER and isinstance(payload, str) else payload, own)


def render(value: Value, *, reveal: bool = False) -> str:
    """What `console` and `inspect` print for a value. What is sensitive in it is `<sensitive>` unless `reveal`."""
    return printing.render(value, reveal)


def strings(value: Any) -> Iterator[str]:
    """Every string in a plain value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)
