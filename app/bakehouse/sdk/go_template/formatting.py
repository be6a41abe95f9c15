"""`printf`: Go's verbs, flags, widths and what it says where they do not fit (package fmt, print.go and format.go)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bakehouse.sdk.go_template import printing
from bakehouse.sdk.go_template.errors import CallError

_INDEX = r"(?:\[(?P<{}>[^\]]*)\])?"
_VERB = re.compile(
    r"%(?P<flags>[#0+\- ]*)"
    + _INDEX.format("width_at")
    + r"(?P<width>\*|\d+)?(?P<precise>\."
    + _INDEX.format("precision_at")
    + r"(?P<precision>\*|\d+)?)?"
    + _INDEX.format("at")
    + r"(?P<verb>.)?",
    re.S,
)
_BASES = {"b": "b", "d": "d", "o": "o", "O": "o", "x": "x", "X": "X"}
_PREFIXES = {"b": "0b", "o": "0", "x": "0x", "X": "0X", "d": ""}
_WIDEST = 10_000
"""Go's own limit is a million; nobody needs the half of that in an option, and many verbs would fill the memory."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One `%...`. precision: None without one."""

    letter: str
    flags: str = ""
    width: int = 0
    precision: int | None = None

    def pad(self, text: str, *, zeros: bool = False) -> str:
        """To the width; with zeros in front if that is asked for and allowed."""
        if "-" in self.flags:
            return text.ljust(self.width)
        return text.rjust(self.width, "0" if zeros and "0" in self.flags else " ")


def sprintf(layout: Any, *arguments: Any) -> str:
    """The layout with its verbs replaced. Raises CallError for one that is no string, and for a width too large."""
    if not isinstance(layout, str):
        raise CallError(f"the format must be a string, not a {printing.type_name(layout)}")
    return _Printer(arguments).printed(layout)


class _Printer:
    def __init__(self, arguments: Sequence[Any]) -> None:
        self._arguments = arguments
        self._next = 0
        self._reordered = False
        self._bad_index = False

    def printed(self, layout: str) -> str:
        parts: list[str] = []
        position = 0
        for match in _VERB.finditer(layout):
            parts += layout[position : match.start()], self._verb(match)
            position = match.end()
        parts.append(layout[position:])
        if not self._reordered and self._next < len(self._arguments):
            rest = self._arguments[self._next :]
            parts.append("%!(EXTRA " + ", ".join(map(_typed, rest)) + ")")
        return "".join(parts)

    def _verb(self, match: re.Match[str]) -> str:
        self._bad_index = False
        prefix = self._move(match["width_at"])
        verb = Verb("", match["flags"])
        if match["width"]:
            width = self._star("WIDTH") if match["width"] == "*" else int(match["width"])
            if isinstance(width, str):
                prefix += width
            else:
                verb = replace(verb, width=abs(width), flags=verb.flags + ("-" if width < 0 else ""))
        self._move(match["precision_at"])
        if match["precise"]:
            given = match["precision"] or "0"
            precision = self._star("PREC") if given == "*" else int(given)
            prefix += precision if isinstance(precision, str) else ""
            verb = replace(verb, precision=precision if isinstance(precision, int) and precision >= 0 else None)
        self._move(match["at"])
        return prefix + self._formatted(match["verb"], verb)

    def _formatted(self, letter: str | None, verb: Verb) -> str:
        if max(verb.width, verb.precision or 0) > _WIDEST:
            raise CallError(f"a width of more than {_WIDEST} is too much")
        if letter is None:
            return "%!(NOVERB)"
        if letter == "%":
            return "%"
        if self._bad_index:
            return f"%!{letter}(BADINDEX)"
        if self._next >= len(self._arguments):
            return f"%!{letter}(MISSING)"
        value = self._arguments[self._next]
        self._next += 1
        return formatted(replace(verb, letter=letter), value)

    def _move(self, index: str | None) -> str:
        """Go on with the argument that `[n]` names."""
        if index is not None:
            self._reordered = True
            if re.fullmatch(r"\d{1,6}", index) and 1 <= int(index) <= len(self._arguments):
                self._next = int(index) - 1
            else:
                self._bad_index = True
        return ""

    def _star(self, name: str) -> int | str:
        value = self._arguments[self._next] if self._next < len(self._arguments) else None
        self._next += 1
        if isinstance(value, bool) or not isinstance(value, int):
            return f"%!(BAD{name})"
        return value


def formatted(verb: Verb, value: Any) -> str:
    """One value as a verb shows it."""
    match verb.letter:
        case "T":
            return verb.pad(printing.type_name(value))
        case "v" if "#" in verb.flags:
            return verb.pad(printing.source(value))
        case "v" if value is None:
            return verb.pad("<nil>")
    if isinstance(value, list | tuple) and verb.letter not in "p":
        return "[" + " ".join(formatted(verb, each) for each in value) + "]"
    if isinstance(value, dict) and verb.letter not in "p":
        pairs = (formatted(verb, key) + ":" + formatted(verb, value[key]) for key in sorted(value))
        return "map[" + " ".join(pairs) + "]"
    result: str | None = None
    if isinstance(value, bool):
        result = verb.pad(printing.shown(value)) if verb.letter in "tv" else None
    elif isinstance(value, int):
        result = _integer(verb, value)
    elif isinstance(value, float):
        result = _float(verb, value)
    elif isinstance(value, str):
        result = _string(verb, value)
    if result is not None:
        return result
    return f"%!{verb.letter}({_typed(value, verb)})"


def _typed(value: Any, verb: Verb | None = None) -> str:
    if value is None:
        return "<nil>"
    shown = formatted(replace(verb, letter="v"), value) if verb else printing.shown(value)
    return f"{printing.type_name(value)}={shown}"


def _integer(verb: Verb, value: int) -> str | None:
    match verb.letter:
        case "c":
            return verb.pad(chr(value) if _is_character(value) else "\ufffd")
        case "q":
            return verb.pad(printing.quoted_character(value, ascii_only="+" in verb.flags))
        case "U":
            shown = f"U+{value:04X}"
            return verb.pad(f"{shown} '{chr(value)}'" if "#" in verb.flags and _is_character(value) else shown)
    base = _BASES.get("d" if verb.letter == "v" else verb.letter)
    if base is None:
        return None
    digits = format(abs(value), base)
    if verb.precision is not None:
        digits = "" if not value and verb.precision == 0 else digits.rjust(verb.precision, "0")
    prefix = "0o" if verb.letter == "O" else _PREFIXES[base] if "#" in verb.flags else ""
    return _signed(verb, value < 0, prefix, digits, zeros=verb.precision is None)


def _is_character(code: int) -> bool:
    return 0 <= code < 0xD800 or 0xDFFF < code <= 0x10FFFF


def _signed(verb: Verb, negative: bool, prefix: str, digits: str, *, zeros: bool = True) -> str:
    sign = "-" if negative else "+" if "+" in verb.flags else " " if " " in verb.flags else ""
    if zeros and "0" in verb.flags and "-" not in verb.flags:
        digits = digits.rjust(verb.width - len(sign) - len(prefix), "0")
    return verb.pad(sign + prefix + digits)


def _float(verb: Verb, value: float) -> str | None:
    letter = {"v": "g", "F": "f"}.get(verb.letter, verb.letter)
    if letter not in ("e", "E", "f", "g", "G", "x", "X"):
        return None
    if not math.isfinite(value):
        return verb.pad(printing.special(value))
    precision = 6 if verb.precision is None else verb.precision
    if letter in "gG":
        shown = printing.general(value, verb.precision, upper=letter == "G", sharp="#" in verb.flags)
    elif letter in "xX":
        mantissa, _, power = value.hex().partition("p")
        shown = f"{mantissa.rstrip('0').rstrip('.') if '.' in mantissa else mantissa}p{int(power):+03d}"
        shown = shown.upper() if letter == "X" else shown
    else:
        shown = f"{value:.{precision}{letter}}"
    return _signed(verb, shown.startswith("-"), "", shown.removeprefix("-"))


def _string(verb: Verb, value: str) -> str | None:
    match verb.letter:
        case "s" | "v":
            return verb.pad(value if verb.precision is None else value[: verb.precision], zeros=True)
        case "q":
            value = value if verb.precision is None else value[: verb.precision]
            if "#" in verb.flags and "`" not in value and all(each.isprintable() or each == "\t" for each in value):
                return verb.pad(f"`{value}`", zeros=True)
            return verb.pad(printing.quoted(value, ascii_only="+" in verb.flags), zeros=True)
        case "x" | "X":
            data = value.encode("utf-8", "replace")
            data = data if verb.precision is None else data[: verb.precision]
            prefix = f"0{verb.letter}" if "#" in verb.flags and data else ""
            between = " " + prefix if " " in verb.flags else ""
            shown = prefix + between.join(format(each, f"02{verb.letter}") for each in data)
            return verb.pad(shown, zeros=True)
    return None
