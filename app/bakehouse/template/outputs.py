"""What a data source gives: its `Output` as a type while it is not read, and as a value afterwards."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from bakehouse.sdk import DataSource
from bakehouse.sdk.weak import field_types
from bakehouse.template.kinds import BOOL, DYNAMIC, NUMBER, STRING, ListType, MapType, ObjectType, Type
from bakehouse.template.values import SENSITIVE, Value, boolean, list_of, map_of, null, number, object_of, string

_SCALARS: dict[Any, Type] = {str: STRING, bool: BOOL, int: NUMBER, float: NUMBER}


def output_type(component: type[DataSource]) -> ObjectType:
    """The type that a data source says its output has."""
    return _object_type(component.Output, component)


def output_value(component: type[DataSource], output: Any, sensitive: frozenset[str]) -> Value:
    """An `Output` as a value. sensitive: the options that are.

    Raises TypeError, with a sentence about the component, if it is not what the component says it is.
    """
    if not isinstance(output, component.Output):
        raise TypeError(f"it gave {type(output).__name__} instead of its Output")
    kind = output_type(component)
    marked = {attribute for attribute, option in component.mirrors.items() if option in sensitive}
    marked |= {each.name for each in dataclasses.fields(component.Output) if each.metadata.get("sensitive")}
    found = {name: _value(getattr(output, name), each, name) for name, each in kind.attributes.items()}
    return object_of({name: value.marked(SENSITIVE) if name in marked else value for name, value in found.items()})


def _object_type(described: type[Any], component: type[DataSource]) -> ObjectType:
    hints = field_types(described, component)
    return ObjectType({each.name: _type(hints[each.name], component) for each in dataclasses.fields(described)})


def _type(hint: Any, component: type[DataSource]) -> Type:
    origin = get_origin(hint)
    if origin is Annotated:
        return _type(get_args(hint)[0], component)
    if origin in (Union, types.UnionType):
        parts = [part for part in get_args(hint) if part is not types.NoneType]
        return _type(parts[0], component) if len(parts) == 1 else DYNAMIC
    if origin in (list, tuple, Sequence):
        return ListType(_type(get_args(hint)[0], component))
    if origin in (dict, Mapping):
        return MapType(_type(get_args(hint)[1], component))
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _object_type(hint, component)
    return _SCALARS.get(hint, DYNAMIC)


def _value(given: Any, kind: Type, name: str) -> Value:
    match kind, given:
        case _, None:
            return null(kind)
        case ListType(element=element), list() | tuple():
            return list_of(element, [_value(item, element, name) for item in given])
        case MapType(element=element), Mapping():
            return map_of(element, {str(key): _value(item, element, name) for key, item in given.items()})
        case ObjectType(attributes=attributes), _ if dataclasses.is_dataclass(given):
            return object_of({each: _value(getattr(given, each), type, each) for each, type in attributes.items()})
        case _, bool() if kind in (BOOL, DYNAMIC):
            return boolean(given)
        case _, int() | float() if kind in (NUMBER, DYNAMIC):
            return number(given)
        case _, str() if kind in (STRING, DYNAMIC):
            return string(given)
    raise TypeError(f'its "{name}" is {type(given).__name__} and not {kind}')
