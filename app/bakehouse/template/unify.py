"""Conversion between types: which is possible, and the one type for several (cty, convert/)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cmp_to_key

from bakehouse.template.kinds import (
    DYNAMIC,
    STRING,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    SetType,
    TupleType,
    Type,
    one,
)


def convertible(source: Type, target: Type) -> bool:
    """Whether some value of the one type can become one of the other; a string may still not be a number."""
    if DYNAMIC in (source, target) or source == target:
        return True
    match source, target:
        case Primitive(), Primitive():
            return STRING in (source, target)
        case (ListType(inner) | SetType(inner), ListType(outer) | SetType(outer)):
            return convertible(inner, outer)
        case (TupleType(items), ListType(element) | SetType(element)):
            return _all_to(items, element)
        case (TupleType(items), TupleType(wanted)):
            return len(items) == len(wanted) and all(map(convertible, items, wanted))
        case MapType(inner), MapType(outer):
            return convertible(inner, outer)
        case ObjectType(attributes), MapType(element):
            return _all_to(tuple(attributes.values()), element)
        case ObjectType(), ObjectType():
            return all(
                convertible(source.attributes[name], each) if name in source.attributes else name in target.optional
                for name, each in target.attributes.items()
            )
        case MapType(element), ObjectType(attributes):
            return all(convertible(element, each) for each in attributes.values())
    return False


def _all_to(items: tuple[Type, ...], element: Type) -> bool:
    if element == DYNAMIC:
        return element_type(items) is not None
    return all(convertible(item, element) for item in items)


def element_type(items: Sequence[Type]) -> Type | None:
    """What `any` stands for in the type of a collection with items of these types; None if they fit no one type."""
    kind = unify(items) if items else DYNAMIC
    return None if kind == DYNAMIC and any(item != DYNAMIC for item in items) else kind


def unify(types: Sequence[Type]) -> Type | None:
    """The type that all the given ones convert to, None if there is none.

    Tuples of different lengths become a list, objects of different attributes a map, if their items unify.
    """
    if not types:
        return None
    first = types[0]
    if all(each == first for each in types[1:]):
        return first
    structural = [each for each in types if each != DYNAMIC]
    dynamic = len(structural) < len(types)
    for collection, literal in ((MapType, ObjectType), (ListType, TupleType), (SetType, SetType)):
        found = _structural(structural, dynamic, collection, literal)
        if found is not None:
            return found[0]
    if any(isinstance(each, ObjectType) for each in types) and any(isinstance(each, TupleType) for each in types):
        return None
    return _preferred(types)


def _structural(
    types: list[Type], dynamic: bool, collection: type[MapType | ListType | SetType], literal: type[Type]
) -> tuple[Type | None] | None:
    """The answer in a tuple, if all are of this collection or its literal; None if other rules must decide."""
    collections = [each for each in types if isinstance(each, collection)]
    literals = [each for each in types if isinstance(each, literal) and not isinstance(each, collection)]
    if not types or len(collections) + len(literals) != len(types):
        return None
    if dynamic and not (collections and literals):
        return (DYNAMIC,)
    if collections and literals:
        inner = _inner_of_literals(literals)
        merged = unify([*(each.element for each in collections), *([] if inner is None else [inner])])
        fits = inner is not None or not any(map(_inner, literals))
        return (collection(merged),) if merged is not None and fits else None
    if collections:
        merged = unify([each.element for each in collections])
        return (None if merged is None else collection(merged),)
    return (_literals(literals, collection),)


def _inner(kind: Type) -> list[Type]:
    if isinstance(kind, TupleType):
        return list(kind.items)
    return list(kind.attributes.values()) if isinstance(kind, ObjectType) else []


def _inner_of_literals(literals: Sequence[Type]) -> Type | None:
    items = [each for literal in literals for each in _inner(literal)]
    return element_type(items) if items else None


def _literals(literals: Sequence[Type], collection: type[MapType | ListType | SetType]) -> Type | None:
    """Tuples (or objects) only: item by item if they have the same shape, else one collection of all items."""
    first = literals[0]
    if isinstance(first, TupleType) and all(len(_inner(each)) == len(first.items) for each in literals):
        across = [unify(items) for items in zip(*map(_inner, literals), strict=True)]
        kinds = [each for each in across if each is not None]
        return TupleType(tuple(kinds)) if len(kinds) == len(across) else None
    if isinstance(first, ObjectType):
        objects = [each for each in literals if isinstance(each, ObjectType)]
        if all(each.attributes.keys() == first.attributes.keys() for each in objects):
            merged = {name: unify([each.attributes[name] for each in objects]) for name in first.attributes}
            attributes = {name: each for name, each in merged.items() if each is not None}
            return ObjectType(attributes) if len(attributes) == len(merged) else None
    inner = _inner_of_literals(literals)
    return None if inner is None else collection(inner)


def _preferred(types: Sequence[Type]) -> Type | None:
    """The first, in the order of preference, that all others convert to."""
    for wanted in sorted(types, key=cmp_to_key(_preference)):
        if all(each == wanted or convertible(each, wanted) for each in types):
            return wanted
    return None


def _rank(kind: Type) -> int:
    order = (Primitive, ListType, MapType, TupleType, ObjectType, SetType)
    return len(order) if kind == DYNAMIC else order.index(type(kind))


def _preference(left: Type, right: Type) -> int:
    """Negative if `left` is the better target: string over other primitives, list over tuple over set, any last."""
    if isinstance(left, Primitive) and isinstance(right, Primitive):
        return (right == STRING) - (left == STRING)
    for kind in (ListType, SetType, MapType):
        if isinstance(left, kind) and isinstance(right, kind):
            return _preference(left.element, right.element)
    return _rank(left) - _rank(right)


def explain(source: Type, target: Type) -> str:
    """Why no value of the one type can become one of the other, as a sentence."""
    match source, target:
        case (ObjectType(), ObjectType()):
            missing = sorted(target.attributes.keys() - source.attributes.keys() - target.optional)
            if missing:
                names = ", ".join(f'"{name}"' for name in missing)
                return (
                    f"The attribute {names} is required." if len(missing) == 1 else f"Attributes {names} are required."
                )
            for name, each in target.attributes.items():
                if name in source.attributes and not convertible(source.attributes[name], each):
                    return f'In attribute "{name}": {explain(source.attributes[name], each)}'
        case (TupleType(items), TupleType(wanted)) if len(items) != len(wanted):
            return f"A tuple of {len(wanted)} items is needed here; this one has {len(items)}."
        case (TupleType(items), TupleType(wanted)):
            for index, (item, want) in enumerate(zip(items, wanted, strict=True)):
                if not convertible(item, want):
                    return f"In item {index}: {explain(item, want)}"
        case (TupleType(items), ListType(element) | SetType(element)):
            if element == DYNAMIC:
                return "All items of a list or set must have the same type."
            for index, item in enumerate(items):
                if not convertible(item, element):
                    return f"In item {index}: {explain(item, element)}"
        case (ObjectType(attributes), MapType(element)):
            if element == DYNAMIC:
                return "All items of a map must have the same type."
            for name, each in sorted(attributes.items()):
                if not convertible(each, element):
                    return f'In item "{name}": {explain(each, element)}'
    return f"{one(target, capital=True)} is needed here; this is {one(source)}."
