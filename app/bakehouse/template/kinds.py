"""The types of the language: cty's, which HCL is defined over (zclconf/go-cty, docs/types.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


class Type:
    """A type; two are equal if they are the same type. `str` gives it as a type constraint is written."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Primitive(Type):
    """string, number or bool."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Dynamic(Type):
    """Any type, not known yet: the type of the literal `null` and of what cannot be typed before it is known."""

    def __str__(self) -> str:
        return "any"


@dataclass(frozen=True, slots=True)
class ListType(Type):
    """list(T)."""

    element: Type

    def __str__(self) -> str:
        return f"list({self.element})"


@dataclass(frozen=True, slots=True)
class SetType(Type):
    """set(T)."""

    element: Type

    def __str__(self) -> str:
        return f"set({self.element})"


@dataclass(frozen=True, slots=True)
class MapType(Type):
    """map(T)."""

    element: Type

    def __str__(self) -> str:
        return f"map({self.element})"


@dataclass(frozen=True, slots=True)
class TupleType(Type):
    """tuple([T, ...])."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple([{', '.join(map(str, self.items))}])"


@dataclass(frozen=True, slots=True)
class ObjectType(Type):
    """object({name = T, ...}). optional: the names that a value converted to this type may lack."""

    attributes: Mapping[str, Type]
    optional: frozenset[str] = field(default=frozenset())

    def __hash__(self) -> int:
        return hash((frozenset(self.attributes.items()), self.optional))

    def __str__(self) -> str:
        fields = (
            f"{name} = {f'optional({each})' if name in self.optional else each}"
            for name, each in sorted(self.attributes.items())
        )
        return f"object({{{', '.join(fields)}}})"


STRING = Primitive("string")
NUMBER = Primitive("number")
BOOL = Primitive("bool")
DYNAMIC = Dynamic()
PRIMITIVES = {each.name: each for each in (STRING, NUMBER, BOOL)}
EMPTY_OBJECT = ObjectType({})
EMPTY_TUPLE = TupleType(())

Collection = (ListType, SetType, MapType)


def inner_types(given: Type) -> Iterator[Type]:
    """The types directly inside."""
    if isinstance(given, (ListType, SetType, MapType)):
        yield given.element
    elif isinstance(given, TupleType):
        yield from given.items
    elif isinstance(given, ObjectType):
        yield from given.attributes.values()


def has_dynamic(given: Type) -> bool:
    """Whether `any` stands anywhere in it."""
    return given == DYNAMIC or any(map(has_dynamic, inner_types(given)))


def without_optional(given: Type) -> Type:
    """The type of a value: attributes that may be left out are there, as null."""
    match given:
        case ListType(element):
            return ListType(without_optional(element))
        case SetType(element):
            return SetType(without_optional(element))
        case MapType(element):
            return MapType(without_optional(element))
        case TupleType(items):
            return TupleType(tuple(map(without_optional, items)))
        case ObjectType(attributes):
            return ObjectType({name: without_optional(each) for name, each in attributes.items()})
    return given


def describe(given: Type) -> str:
    """A type in a sentence: "string", "list of number", "object"."""
    match given:
        case ListType(element):
            return f"list of {describe(element)}"
        case SetType(element):
            return f"set of {describe(element)}"
        case MapType(element):
            return f"map of {describe(element)}"
        case TupleType():
            return "tuple"
        case ObjectType():
            return "object"
        case Dynamic():
            return "any single type"
    return str(given)


def one(given: Type, *, capital: bool = False) -> str:
    """The same with an article: "a string", "an object"; with a capital at the beginning of a sentence."""
    name = describe(given)
    article = "" if given == DYNAMIC else "an " if name[0] in "aeiou" else "a "
    text = f"{article}{name}"
    return text[0].upper() + text[1:] if capital else text


def type_to_json(given: Type) -> Any:
    """cty's JSON for types: "string", ["list", "string"], ["object", {"a": "number"}], "dynamic"."""
    match given:
        case Primitive(name):
            return name
        case ListType(element):
            return ["list", type_to_json(element)]
        case SetType(element):
            return ["set", type_to_json(element)]
        case MapType(element):
            return ["map", type_to_json(element)]
        case TupleType(items):
            return ["tuple", [type_to_json(each) for each in items]]
        case ObjectType(attributes):
            return ["object", {name: type_to_json(each) for name, each in attributes.items()}]
    return "dynamic"


def type_from_json(given: Any) -> Type:
    """The inverse of `type_to_json`; ValueError for anything else."""
    match given:
        case "dynamic":
            return DYNAMIC
        case str() if given in PRIMITIVES:
            return PRIMITIVES[given]
        case ["list", element]:
            return ListType(type_from_json(element))
        case ["set", element]:
            return SetType(type_from_json(element))
        case ["map", element]:
            return MapType(type_from_json(element))
        case ["tuple", items]:
            return TupleType(tuple(type_from_json(each) for each in items))
        case ["object", attributes]:
            return ObjectType({name: type_from_json(each) for name, each in attributes.items()})
    raise ValueError(f"not a type: {given!r}")
