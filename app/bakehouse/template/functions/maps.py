"""Functions of maps and objects, and those that take any value (go-cty, function/stdlib/collection.go)."""

from __future__ import annotations

from bakehouse.template.callables import Family, Needs, Parameter, text
from bakehouse.template.convert import convert, unify
from bakehouse.template.fault import Fault
from bakehouse.template.functions.lists import sequence
from bakehouse.template.functions.strings import graphemes
from bakehouse.template.kinds import (
    DYNAMIC,
    EMPTY_OBJECT,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    one,
)
from bakehouse.template.values import Value, list_of, map_of, number, object_of, string, tuple_of, unknown

family = Family()
_MAP = Parameter("map", needs=Needs.ITSELF)


def mapping(value: Value, argument: int) -> Value:
    """The value, which must be a map or an object, else Fault of that argument."""
    if isinstance(value.type, (MapType, ObjectType)):
        return value
    raise Fault("Wrong type", f"A map is needed here; this is {one(value.type)}.", argument=argument)


@family.function("coalesce", rest=Parameter("vals", null=True, needs=Needs.NOTHING), structural=True)
def coalesce(*given: Value) -> Value:
    """The first that is neither null nor "", as the type that all unify to."""
    kind = unify([each.type for each in given if not (each.is_null and each.type == DYNAMIC)] or [DYNAMIC])
    if kind is None:
        raise Fault("Different types", "All arguments must fit one type.")
    for each in given:
        if not each.is_known:
            return unknown(kind)
        value = convert(each, kind)
        if not value.is_null and value.payload != "":
            return value
    raise Fault("Nothing left", "Every argument is null or empty.")


@family.function("keys", _MAP, structural=True)
def keys(given: Value) -> Value:
    """The keys, in order."""
    names = [string(name) for name in sorted(mapping(given, 0).payload)]
    return list_of(STRING, names) if isinstance(given.type, MapType) else tuple_of(names)


@family.function("values", _MAP, structural=True)
def values(given: Value) -> Value:
    """The values, in the order of their keys."""
    items = [item for _, item in sorted(mapping(given, 0).payload.items())]
    return list_of(given.type.element, items) if isinstance(given.type, MapType) else tuple_of(items)


@family.function("length", Parameter("value", needs=Needs.NOTHING), result=NUMBER, structural=True)
def length(given: Value) -> Value:
    """How many items, or characters of a string."""
    if isinstance(given.type, TupleType):
        return number(len(given.type.items))
    if isinstance(given.type, ObjectType):
        return number(len(given.type.attributes))
    if given.type not in (DYNAMIC, STRING) and not isinstance(given.type, (ListType, SetType, MapType)):
        raise Fault("Wrong type", f"{one(given.type, capital=True)} has no length.", argument=0)
    if not given.is_known:
        return unknown(NUMBER)
    return number(len(graphemes(given.payload) if given.type == STRING else given.payload))


@family.function("lookup", _MAP, text("key"), Parameter("default", needs=Needs.NOTHING), structural=True)
def lookup(given: Value, key: str, default: Value) -> Value:
    """The value of a key, or the default."""
    found: Value | None = mapping(given, 0).payload.get(key)
    if found is not None:
        return found
    try:
        return convert(default, given.type.element) if isinstance(given.type, MapType) else default
    except Fault as fault:
        raise Fault('Unsuitable "default"', fault.detail, argument=2) from None


@family.function("merge", rest=Parameter("maps", null=True, needs=Needs.ITSELF), structural=True)
def merge(*given: Value) -> Value:
    """All keys of all maps; the last one wins. A map if all have the same map type, else an object."""
    maps = [mapping(each, at) for at, each in enumerate(given) if not each.is_null]
    if not maps:
        return Value(EMPTY_OBJECT, {})
    merged = {name: item for each in maps for name, item in each.payload.items()}
    kind = maps[0].type
    if isinstance(kind, MapType) and all(each.type == kind for each in maps):
        return map_of(kind.element, merged)
    return object_of(merged)


@family.function("zipmap", Parameter("keys", ListType(STRING)), Parameter("values", needs=Needs.ITSELF))
def zip_map(names: Value, given: Value) -> Value:
    """A map of these keys to these values, of which there must be as many."""
    items = sequence(given, 1, ListType, TupleType).payload
    if len(names.payload) != len(items):
        raise Fault("Different lengths", f"There are {len(names.payload)} keys and {len(items)} values.", argument=1)
    if any(name.is_null for name in names.payload):
        raise Fault("Null as a key", "A key cannot be null.", argument=0)
    pairs = {name.payload: item for name, item in zip(names.payload, items, strict=True)}
    return map_of(given.type.element, pairs) if isinstance(given.type, ListType) else object_of(pairs)
