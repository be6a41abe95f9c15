"""What a JSON text holds, with the place of every key and value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bakehouse.template.syntax.tree import Range


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, a number (int or Decimal, exact), true, false or null."""

    value: str | int | Decimal | bool | None
    range: Range

    @property
    def kind(self) -> str:
        """For people: "a string"."""
        return {str: "a string", bool: "true or false", type(None): "null"}.get(type(self.value), "a number")


@dataclass(frozen=True, slots=True)
class Array:
    """`[a, b]`."""

    items: tuple[JsonValue, ...]
    range: Range
    kind: str = "an array"


@dataclass(frozen=True, slots=True)
class Member:
    """`"name": value` in an object. name_range: with the quotes."""

    name: str
    name_range: Range
    value: JsonValue


@dataclass(frozen=True, slots=True)
class Object:
    """`{"a": 1}`. A name may stand there twice: whether that is wrong is for the reader's caller to say."""

    members: tuple[Member, ...]
    range: Range
    kind: str = "an object"

    def repeated(self) -> Iterator[tuple[Member, Member]]:
        """Each member whose name has been there before, with the first one of that name."""
        first: dict[str, Member] = {}
        for member in self.members:
            if member.name in first:
                yield member, first[member.name]
            first.setdefault(member.name, member)


JsonValue = Scalar | Array | Object


def plain(node: JsonValue) -> Any:
    """The value as Python has it: dict, list, str, int, Decimal, bool, None. The last of equal names counts."""
    if isinstance(node, Object):
        return {member.name: plain(member.value) for member in node.members}
    if isinstance(node, Array):
        return [plain(item) for item in node.items]
    return node.value


def objects_below(node: JsonValue) -> Iterator[Object]:
    """Every object in a value, itself included, from the outside in."""
    if isinstance(node, Object):
        yield node
        for member in node.members:
            yield from objects_below(member.value)
    elif isinstance(node, Array):
        for item in node.items:
            yield from objects_below(item)
