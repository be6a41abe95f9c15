"""printf (Go's package fmt, print.go and format.go), for the values that a template can have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bakehouse.sdk.go_template.errors import CallError
from bakehouse.sdk.go_template.printing import (
    general,
    quoted,
    quoted_character,
    shown,
    source,
    special,
    type_name,
)

_VERB = re.compile(r"%(?P<flags>[+\-# 0]*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|\d*))?(?P<verb>.)", re.DOTALL)
_WIDEST = 10_000


class _Spec:
    """One verb with its flags. width, precision: None if they are not given."""

    def __init__(self, flags: str, width: int | None, precision: int | None, verb: str) -> None:
        if (width or 0) > _WIDEST or (precision or 0) > _WIDEST:
            raise CallError(f"a width of more than {_WIDEST} is too much")
        self.flags, self.width, self.precision, self.verb = flags, width, precision, verb

    def padded(self, text: str, *, number: bool = False) -> str:
        """To its width, with blanks, or with zeros behind the sign."""
        width = self.width or 0
        if "-" in self.flags:
            return text.ljust(width)
        if "0" in self.flags and number and (self.precision is None or self.verb in "eEfFgG"):
            sign = text[:1] if text[:1] in ("+", "-", " ") else ""
            return sign + text[len(sign) :].rjust(width - len(sign), "0")
        return text.rjust(width)

    def signed(self, text: str) -> str:
        """With the sign that is asked for."""
        if text[:1] in ("-", "+"):
            return text
        return ("+" if "+" in self.flags else " " if " " in self.flags else "") + text


def sprintf(format: Any, *values: Any) -> str:
    """Go's fmt.Sprintf; what does not fit is shown in Go's way: `%!d(string=x)`, `%!s(MISSING)`, `%!(EXTRA ...)`."""
    if not isinstance(format, str):
        raise CallError(f"the format must be a string, not a {type_name(format)}")
    rest = list(values)
    parts: list[str] = []
    position = 0
    for match in _VERB.finditer(format):
        parts.append(format[position : match.start()])
        position = match.end()
        parts.append(_one(match, rest))
    tail = format[position:]
    if tail.endswith("%") and "%" in tail:
        tail = tail[:-1] + "%!(NOVERB)"
    extra = ", ".join(f"{type_name(value)}={shown(value)}" for value in rest)
    return "".join(parts) + tail + (f"%!(EXTRA {extra})" if extra else "")


def _one(match: re.Match[str], rest: list[Any]) -> str:
    verb = match["verb"]
    if verb == "%":
        return "%"
    width, precision = (_number(match[name], rest) for name in ("width", "precision"))
    if not rest:
        return f"%!{verb}(MISSING)"
    value = rest.pop(0)
    spec = _Spec(match["flags"], width, precision, verb)
    if verb == "T":
        return spec.padded(type_name(value))
    if verb == "v":
        return _plain(spec, value)
    if isinstance(value, list | tuple):
        return "[" + " ".join(_value(spec, item) for item in value) + "]"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{_value(spec, key)}:{_value(spec, value[key])}" for key in sorted(value)) + "]"
    return _value(spec, value)


def _number(text: str | None, rest: list[Any]) -> int | None:
    if text == "*":
        return rest.pop(0) if rest and isinstance(rest[0], int) else None
    return None if text is None else int(text or 0)


def _plain(spec: _Spec, value: Any) -> str:
    if "#" in spec.flags:
        return spec.padded(source(value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return spec.padded(spec.signed(shown(value)), number=True)
    return spec.padded(shown(value))


def _value(spec: _Spec, value: Any) -> str:
    verbs: Mapping[str, Callable[[_Spec, Any], str]]
    match value:
        case bool():
            verbs = {"t": lambda spec, value: spec.padded(shown(value))}
        case int():
            verbs = _INTEGERS
        case float():
            verbs = dict.fromkeys("eEfFgG", _float)
        case str():
            verbs = _STRINGS
        case _:
            verbs = {}
    known = verbs.get(spec.verb)
    if known is None:
        return f"%!{spec.verb}(<nil>)" if value is None else f"%!{spec.verb}({type_name(value)}={shown(value)})"
    return known(spec, value)


def _integer(spec: _Spec, value: int) -> str:
    digits = f"{abs(value):{'d' if spec.verb == 'd' else spec.verb.lower() if spec.verb != 'O' else 'o'}}"
    digits = digits.rjust(spec.precision or 0, "0")
    prefix = {"b": "0b", "o": "0", "x": "0x", "X": "0X", "O": "0o"}.get(spec.verb, "")
    if "#" not in spec.flags and spec.verb != "O":
        prefix = ""
    digits = digits.upper() if spec.verb == "X" else digits
    return spec.padded(spec.signed(("-" if value < 0 else "") + prefix + digits), number=True)


def _unicode(spec: _Spec, value: int) -> str:
    return spec.padded(f"U+{value:04X}" + (f" '{chr(value)}'" if "#" in spec.flags else ""))


def _character(spec: _Spec, value: int) -> str:
    valid = 0 <= value < 0xD800 or 0xDFFF < value <= 0x10FFFF
    return spec.padded(chr(value) if valid else "\ufffd")


def _float(spec: _Spec, value: float) -> str:
    verb, precision = spec.verb, spec.precision
    text = f"{value}"
    if text in ("nan", "inf", "-inf"):
        text = special(value)
    elif verb in "gG":
        text = general(value, precision, upper=verb == "G", sharp="#" in spec.flags)
    else:
        text = f"{value:.{6 if precision is None else precision}{verb}}"
    return spec.padded(spec.signed(text), number=True)


def _string(spec: _Spec, value: str) -> str:
    return spec.padded(value if spec.precision is None else value[: spec.precision])


def _quoted(spec: _Spec, value: str) -> str:
    value = value if spec.precision is None else value[: spec.precision]
    if "#" in spec.flags and "`" not in value and value.isprintable():
        return spec.padded(f"`{value}`")
    return spec.padded(quoted(value, ascii_only="+" in spec.flags))


def _hex(spec: _Spec, value: str) -> str:
    text = value.encode()[: spec.precision].hex(*(" ",) if " " in spec.flags else ())
    return spec.padded(text.upper() if spec.verb == "X" else text)


_INTEGERS: Mapping[str, Callable[[_Spec, Any], str]] = {
    **dict.fromkeys("dboxXO", _integer),
    "c": _character,
    "q": lambda spec, value: spec.padded(quoted_character(value, ascii_only="+" in spec.flags)),
    "U": _unicode,
}
_STRINGS: Mapping[str, Callable[[_Spec, Any], str]] = {"s": _string, "q": _quoted, "x": _hex, "X": _hex}
