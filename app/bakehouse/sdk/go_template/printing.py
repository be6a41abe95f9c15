"""How Go's package fmt shows values: %v, %#v, %T, print and println (fmt/print.go, strconv/ftoa.go)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

_SHORT_ESCAPES = {
    7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\",
}  # fmt: skip


def shown(value: Any) -> str:
    """A value as %v shows it."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "true" if value else "false"
        case float():
            return general(value)
        case list() | tuple():
            return "[" + " ".join(map(shown, value)) + "]"
        case dict():
            return "map[" + " ".join(f"{shown(key)}:{shown(value[key])}" for key in sorted(value)) + "]"
    return str(value)


def source(value: Any) -> str:
    """A value as %#v shows it, in Go's own notation."""
    match value:
        case str():
            return quoted(value)
        case list() | tuple():
            return "[]interface {}{" + ", ".join(map(source, value)) + "}"
        case dict():
            pairs = ", ".join(f"{source(key)}:{source(value[key])}" for key in sorted(value))
            return f"map[string]interface {{}}{{{pairs}}}"
    return shown(value)


def type_name(value: Any) -> str:
    """The name of a value's type in Go."""
    match value:
        case None:
            return "<nil>"
        case bool():
            return "bool"
        case float():
            return "float64"
        case list() | tuple():
            return "[]interface {}"
        case dict():
            return "map[string]interface {}"
    return "int" if isinstance(value, int) else "string"


def sprint(values: Sequence[Any]) -> str:
    """All values; a blank stands between two of which neither is a string."""
    parts: list[str] = []
    for at, value in enumerate(values):
        if at and not isinstance(value, str) and not isinstance(values[at - 1], str):
            parts.append(" ")
        parts.append(shown(value))
    return "".join(parts)


def quoted(text: str, *, ascii_only: bool = False) -> str:
    """A string as Go would write it (strconv.Quote)."""
    return '"' + "".join(_escaped(ord(each), ascii_only) for each in text) + '"'


def quoted_character(code: int, *, ascii_only: bool = False) -> str:
    """A character as Go would write it (strconv.QuoteRune)."""
    code = code if 0 <= code < 0xD800 or 0xDFFF < code <= 0x10FFFF else 0xFFFD
    inside = {34: '"', 39: "\\'"}.get(code) or _escaped(code, ascii_only)
    return f"'{inside}'"


def _escaped(code: int, ascii_only: bool) -> str:
    if code in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[code]
    printable = chr(code).isprintable() and (code < 128 or not ascii_only)
    if printable:
        return chr(code)
    if code < 32 or code == 127:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def general(value: float, precision: int | None = None, *, upper: bool = False, sharp: bool = False) -> str:
    """%g: with an exponent below 1e-4, and where the precision ends (without one: from 1e+06 on)."""
    if not math.isfinite(value):
        return special(value)
    digits = repr(value) if precision is None else f"{value:.{max(precision, 1) - 1}e}"
    exact = Decimal(digits).normalize()
    exponent = exact.adjusted() if exact else 0
    count = len(exact.as_tuple().digits)
    limit = 6 if precision is None else max(precision, 1)
    if precision is not None and limit > count >= exponent + 1:
        limit = count
    kept = max(count, precision or 6) if sharp else count
    if exponent < -4 or exponent >= limit:
        result = f"{exact:.{kept - 1}e}" if exact else "0e+00"
        mantissa, _, power = result.partition("e")
        result = f"{mantissa}e{int(power):+03d}"
    else:
        result = f"{exact:.{max(kept - exponent - 1, 0)}f}"
    if math.copysign(1, value) < 0 and not result.startswith("-"):
        result = "-" + result
    return result.upper() if upper else result


def special(value: float) -> str:
    """Infinities and what is no number."""
    return "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
