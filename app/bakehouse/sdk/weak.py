"""From a plain value to the type of an option, by Packer's weak rules.

Where a string is asked for, a number or a bool is one; where a number is, "5" is one; where a bool is, "true" and
"1" are; one block is a list of one block. A string is no list: Packer splits it at "," in JSON templates only, HCL's
own conversion refuses it first. Source: cty's conversions and the decode hooks of packer-plugin-sdk.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from bakehouse.sdk.config import DURATION, UNKNOWN

PLACEHOLDER = "<unknown>"
"""What stands in a list or a map for a string that is not known yet."""

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_TRUE = ("true", "1")
_FALSE = ("false", "0", "")


class Mismatch(ValueError):
    """A value that cannot be what is asked for; the text is one clause without subject: 'must be a number; ...'."""


def convert(value: Any, hint: Any) -> Any:
    """`value` as the annotation `hint` asks. UNKNOWN becomes an empty value of the type. Raises Mismatch."""
    if hint is Any:
        return value
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *marks = get_args(hint)
        return duration(value) if DURATION in marks else convert(value, inner)
    if origin in (Union, types.UnionType):
        return _union(value, get_args(hint))
    if origin is Literal:
        return _literal(value, get_args(hint))
    if origin in (list, tuple, Sequence):
        return _sequence(value, origin, get_args(hint)[0])
    if origin in (dict, Mapping):
        return _mapping(value, get_args(hint)[1])
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _block(value, hint)
    return _SCALARS[hint](value)


def described(hint: Any) -> str:
    """The type for people: "a list of strings"."""
    origin = get_origin(hint)
    if origin is Annotated:
        return 'a duration such as "1m30s"' if DURATION in get_args(hint) else described(get_args(hint)[0])
    if origin in (Union, types.UnionType):
        return " or ".join(described(part) for part in get_args(hint) if part is not types.NoneType)
    if origin is Literal:
        return " or ".join(f'"{choice}"' for choice in get_args(hint))
    if origin in (list, tuple, Sequence):
        return f"a list of {_plural(get_args(hint)[0])}"
    if origin in (dict, Mapping):
        return f"a map of {_plural(get_args(hint)[1])}"
    return {str: "a string", Path: "a path", int: "a whole number", float: "a number", bool: "true or false"}.get(
        hint, "a block"
    )


def described_value(value: Any) -> str:
    """What a value is, for people: "an object"."""
    if isinstance(value, bool):
        return "a bool"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 40 and value.isprintable() else "a string"
    return {list: "a list", dict: "an object", types.NoneType: "null"}.get(type(value), "something unknown")


def duration(value: Any) -> float:
    """Seconds from Go's notation: "300ms", "1.5h", "2h45m10s", "-5s", "0". Raises Mismatch."""
    if value is UNKNOWN or value == "":
        return 0.0
    text = _string(value)
    number = text.lstrip("+-")
    if number == "0":
        return 0.0
    pieces = _DURATION.findall(number)
    if not pieces or "".join(amount + unit for amount, unit in pieces) != number or len(text) - len(number) > 1:
        unit = "; a number alone has no unit" if re.fullmatch(r"[\d.]+", number) else ""
        raise Mismatch(f'must be a duration such as "30s", "5m" or "1h30m"; this is "{text}"{unit}')
    seconds = float(sum(float(amount) * _UNITS[unit] for amount, unit in pieces))
    return -seconds if text.startswith("-") else seconds


def field_types(config: type, owner: type | None = None) -> Mapping[str, Any]:
    """The resolved annotations of a Config, `Annotated` kept. Raises NameError or TypeError for ones that cannot be."""
    return _cached_types(config, owner or config)


def _read_types(config: type, owner: type) -> Mapping[str, Any]:
    return typing.get_type_hints(config, localns=dict(vars(owner)), include_extras=True)


_cached_types: Callable[[type, type], Mapping[str, Any]] = functools.cache(_read_types)


def _plural(hint: Any) -> str:
    words = {str: "strings", Path: "paths", int: "whole numbers", float: "numbers", bool: "bools"}
    if get_origin(hint) in (list, tuple, Sequence):
        return f"lists of {_plural(get_args(hint)[0])}"
    return words.get(hint, "values" if hint is Any or get_origin(hint) else "blocks")


def _wrong(value: Any, hint: Any) -> Mismatch:
    return Mismatch(f"must be {described(hint)}; this is {described_value(value)}")


def _string(value: Any) -> str:
    if value is UNKNOWN:
        return PLACEHOLDER
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return format(Decimal(str(value)).normalize(), "f")
    raise _wrong(value, str)


def _path(value: Any) -> Path:
    return Path(_string(value))


def _integer(value: Any) -> int:
    if value is UNKNOWN:
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value.strip()):
        return int(value)
    raise _wrong(value, int)


def _float(value: Any) -> float:
    if value is UNKNOWN:
        return 0.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            pass
    raise _wrong(value, float)


def _bool(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value is UNKNOWN or value in _FALSE:
        return False
    if value in _TRUE:
        return True
    raise _wrong(value, bool)


_SCALARS: dict[Any, Any] = {str: _string, Path: _path, int: _integer, float: _float, bool: _bool}


def _union(value: Any, hints: tuple[Any, ...]) -> Any:
    kinds = [hint for hint in hints if hint is not types.NoneType]
    optional = len(kinds) < len(hints)
    if optional and (value is None or value is UNKNOWN or (value == "" and bool in kinds)):
        return None
    if type(value) in kinds:
        return value
    for hint in kinds[:-1]:
        try:
            return convert(value, hint)
        except Mismatch:
            continue
    return convert(value, kinds[-1])


def _literal(value: Any, choices: tuple[Any, ...]) -> Any:
    if value is UNKNOWN:
        return choices[0]
    text = _string(value)
    if text not in choices:
        raise Mismatch(
            f'must be {" or ".join(f"{choice!r}" for choice in choices)}; this is "{text}"'.replace("'", '"')
        )
    return text


def _sequence(value: Any, origin: Any, item: Any) -> Any:
    if value is UNKNOWN or value is None:
        return origin() if origin is not Sequence else ()
    if isinstance(value, dict) and (dataclasses.is_dataclass(item) or get_origin(item) is dict):
        value = [value]
    if not isinstance(value, list | tuple):
        raise Mismatch(f"must be a list of {_plural(item)}; this is {described_value(value)}")
    items = [_item(entry, item, f"item {number}") for number, entry in enumerate(value, 1)]
    return tuple(items) if origin is tuple else items


def _mapping(value: Any, item: Any) -> dict[str, Any]:
    if value is UNKNOWN or value is None:
        return {}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        raise Mismatch(f"must be a map of {_plural(item)}, written with an equals sign; this is a block")
    if not isinstance(value, dict):
        raise Mismatch(f"must be a map of {_plural(item)}; this is {described_value(value)}")
    return {str(key): _item(entry, item, f'"{key}"') for key, entry in value.items()}


def _item(value: Any, hint: Any, name: str) -> Any:
    if value is None and not _nullable(hint):
        raise Mismatch(f"must not hold null: {name} does")
    try:
        return convert(value, hint)
    except Mismatch as error:
        raise Mismatch(f"has a wrong value: {name} {error}") from None


def _nullable(hint: Any) -> bool:
    return hint is Any or types.NoneType in get_args(hint)


def _block(value: Any, block: type) -> Any:
    if isinstance(value, list):
        if len(value) != 1:
            raise Mismatch(f"must be given once; this is {len(value)} times")
        value = value[0]
    given: dict[str, Any] = {} if value is UNKNOWN else value
    if not isinstance(given, dict):
        raise Mismatch(f"must be a block; this is {described_value(given)}")
    hints = field_types(block)
    fields = {field.name: field for field in dataclasses.fields(block)}
    if unknown := next((name for name in given if name not in fields), None):
        raise Mismatch(f'has no "{unknown}"; it has {", ".join(fields)}')
    values = {name: _item(entry, hints[name], f'"{name}"') for name, entry in given.items() if entry is not None}
    for name, field in fields.items():
        if name not in values and field.default is field.default_factory is dataclasses.MISSING:
            if value is not UNKNOWN:
                raise Mismatch(f'needs "{name}"')
            values[name] = convert(UNKNOWN, hints[name])
    return block(**values)
