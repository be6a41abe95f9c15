"""JSON as Packer's `fix` writes it: Go's encoding/json with two blanks, keys in order, numbers as float64."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

_SHORT = (1e-6, 1e21)
"""From the first up to the second Go writes a number without an exponent."""
_ESCAPES = str.maketrans({"&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029", "\x08": "\\b", "\x0c": "\\f"})


def render(value: Any, indent: str = "") -> str:
    """A value as indented JSON, without a newline at its end."""
    inner = indent + "  "
    if isinstance(value, dict):
        items = [f"{inner}{text(key)}: {render(value[key], inner)}" for key in sorted(value)]
        return "{\n" + ",\n".join(items) + f"\n{indent}}}" if items else "{}"
    if isinstance(value, list):
        items = [inner + render(item, inner) for item in value]
        return "[\n" + ",\n".join(items) + f"\n{indent}]" if items else "[]"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    return json.dumps(value)


def text(value: str) -> str:
    """A string; half a surrogate pair is no character, and becomes U+FFFD."""
    whole = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return json.dumps(whole, ensure_ascii=False).translate(_ESCAPES)


def number(value: int | float) -> str:
    """A number as Go writes a float64: whole ones beyond 2^53 lose their last digits there, too."""
    given = float(value)
    if given == 0:
        return "-0" if math.copysign(1.0, given) < 0 else "0"
    if _SHORT[0] <= abs(given) < _SHORT[1]:
        shown = format(Decimal(repr(given)), "f")
        return shown.rstrip("0").rstrip(".") if "." in shown else shown
    mantissa, _, exponent = repr(given).partition("e")
    return f"{mantissa}e{'-' if exponent.startswith('-') else '+'}{abs(int(exponent)):d}"
