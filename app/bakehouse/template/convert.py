"""Conversion of values between types (cty, convert/): what `variable` types, arguments and operators go through."""

from __future__ import annotations

from collections.abc import Iterable

from bakehouse.template import numbers
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    SetType,
    TupleType,
    Type,
    has_dynamic,
    without_optional,
)
from bakehouse.template.unify import convertible, element_type, explain, unify
from bakehouse.template.values import Value, list_of, map_of, null, set_of, string, tuple_of, unknown

__all__ = ["convert", "convertible", "unify"]

_BOOLS = {"true": True, "1": True, "false": False, "0": False}


def convert(value: Value, target: Type) -> Value:
    """The value as one of the target type; Fault with the reason if it cannot be.

    `any` inside the target takes the type that the items unify to. Marks stay where they are.
    """
    if target == DYNAMIC or value.type == target:
        return value
    if not convertible(value.type, target):
        raise Fault("Wrong type", explain(value.type, target))
    if not value.is_known:
        return unknown(_replaced(value.type, without_optional(target))).marked(value.marks)
    if value.is_null:
        return null(_replaced(value.type, without_optional(target))).marked(value.marks)
    if isinstance(target, Primitive):
        return _primitive(value, target)
    return _structure(value, target).marked(value.marks)


def _replaced(source: Type, target: Type) -> Type:
    """The target with `any` filled in from the source, as far as it goes."""
    if target == DYNAMIC:
        return source
    match source, target:
        case (ListType(inner) | SetType(inner), ListType(outer)):
            return ListType(_replaced(inner, outer))
        case (ListType(inner) | SetType(inner), SetType(outer)):
            return SetType(_replaced(inner, outer))
        case MapType(inner), MapType(outer):
            return MapType(_replaced(inner, outer))
    return target


def _primitive(value: Value, target: Type) -> Value:
    payload = value.payload
    if target == STRING:
        if isinstance(payload, bool):
            return string("true" if payload else "false").marked(value.marks)
        return string(payload if isinstance(payload, str) else numbers.plain(payload)).marked(value.marks)
    if target == NUMBER:
        try:
            return Value(NUMBER, numbers.parse(payload), value.marks)
        except ValueError:
            raise Fault("Wrong type", f"A number is needed here; {_sample(value)} is not one.") from None
    if payload not in _BOOLS:
        close = payload.lower() in ("true", "false")
        hint = f'Write "{payload.lower()}", in small letters.' if close else ""
        raise Fault("Wrong type", f"A bool is needed here; {_sample(value)} is not one.", help=hint)
    return Value(BOOL, _BOOLS[payload], value.marks)


def _sample(value: Value) -> str:
    """A value in a message; nothing of a sensitive one."""
    if value.is_sensitive or not isinstance(value.payload, str) or len(value.payload) > 40:
        return "this string"
    return f'"{value.payload}"'


def _structure(value: Value, target: Type) -> Value:
    payload = value.payload
    match target:
        case ListType(element):
            kind, items = _common(payload, element)
            return list_of(kind, items)
        case SetType(element):
            kind, items = _common(payload, element)
            return set_of(kind, items)
        case MapType(element):
            kind, items = _common(payload.values(), element)
            return map_of(kind, dict(zip(payload, items, strict=True)))
        case TupleType(kinds):
            return tuple_of(
                _located(index, item, kind) for index, (item, kind) in enumerate(zip(payload, kinds, strict=True))
            )
        case ObjectType(attributes):
            return _object(value, target, attributes.keys())
    raise AssertionError(target)


def _common(items: Iterable[Value], element: Type) -> tuple[Type, list[Value]]:
    """The items converted to one type: `element`, or what they unify to where it says `any`."""
    given = list(items)
    kind: Type | None = element
    if element != DYNAMIC and has_dynamic(element):
        given = [_located(index, item, element) for index, item in enumerate(given)]
    if has_dynamic(element) and (given or element == DYNAMIC):
        kind = element_type([item.type for item in given])
    if kind is None:
        raise Fault("Wrong type", "All items must have the same type.")
    converted = [_located(index, item, kind) for index, item in enumerate(given)]
    return without_optional(kind), converted


def _located(place: int | str, item: Value, kind: Type) -> Value:
    try:
        return convert(item, kind)
    except Fault as fault:
        name = f'attribute "{place}"' if isinstance(place, str) else f"item {place}"
        raise Fault(fault.summary, f"In {name}: {fault.detail}", help=fault.help) from None


def _object(value: Value, target: ObjectType, names: Iterable[str]) -> Value:
    payload: dict[str, Value] = {}
    for name in sorted(names):
        kind = target.attributes[name]
        if name in value.payload:
            payload[name] = _located(name, value.payload[name], kind)
        elif name in target.optional:
            payload[name] = null(without_optional(kind))
        else:
            raise Fault("Wrong type", f'The attribute "{name}" is required.')
    return Value(ObjectType({name: item.type for name, item in payload.items()}), payload)
