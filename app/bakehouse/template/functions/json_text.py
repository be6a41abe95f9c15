"""`jsonencode` and `jsondecode` (go-cty, function/stdlib/json.go): the text that Go writes, and what it reads."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any, NoReturn

from bakehouse.template import numbers
from bakehouse.template.callables import Family, Parameter, text
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import STRING
from bakehouse.template.values import Value, from_python

family = Family()
_GO_ESCAPES = {ord(each): f"\\u{ord(each):04x}" for each in "<>&\u2028\u2029"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(value: Value) -> str:
    """A value as JSON: keys in order, no blanks, every digit of a number. Fault if a number is infinite."""
    payload = value.payload
    match payload:
        case None:
            return "null"
        case bool():
            return "true" if payload else "false"
        case str():
            return json.dumps(payload, ensure_ascii=False).translate(_GO_ESCAPES)
        case int() | Decimal():
            if isinstance(payload, Decimal) and payload.is_infinite():
                raise Fault("No JSON for it", "JSON has no infinite numbers.")
            return numbers.plain(payload)
        case tuple():
            return f"[{','.join(map(encode, payload))}]"
    pairs = (f"{encode(from_python(name))}:{encode(item)}" for name, item in sorted(payload.items()))
    return f"{{{','.join(pairs)}}}"


@family.function("jsonencode", Parameter("val", null=True), result=STRING)
def json_encode(value: Value) -> str:
    """The value as JSON."""
    return encode(value)


@family.function("jsondecode", text())
def json_decode(given: str) -> Value:
    """What a JSON text says: arrays become tuples, objects objects."""
    try:
        return from_python(_clean(json.loads(given, parse_float=numbers.parse, parse_constant=_refuse)))
    except json.JSONDecodeError as error:
        detail = f"{error.msg}, at line {error.lineno}, column {error.colno} of the text."
        raise Fault("Not JSON", detail, argument=0) from None
    except (ValueError, RecursionError) as error:
        raise Fault("Not JSON", str(error), argument=0) from None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON.")


def _clean(given: Any) -> Any:
    """Halves of surrogate pairs become U+FFFD, as in Go."""
    if isinstance(given, str):
        return _LONE_SURROGATE.sub("\ufffd", given)
    if isinstance(given, list):
        return [_clean(item) for item in given]
    return {_clean(name): _clean(item) for name, item in given.items()} if isinstance(given, dict) else given
