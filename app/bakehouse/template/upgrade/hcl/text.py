"""HCL strings, names and durations as text."""

from __future__ import annotations

import re
import unicodedata

from bakehouse.template.syntax.lexical import continues_name as is_identifier

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_OPENING = re.compile(r"([$%]+)\{")


class Expression(str):
    """An HCL expression, where otherwise a text is."""

    __slots__ = ()


def escape(text: str, before_interpolation: bool = False) -> str:
    """A literal part of a quoted string. before_interpolation: `${` follows, so that a `$` at the end must not join it.

    `${` is escaped as `$${`; where more than one `$` or `%` stands before the brace, only an interpolation keeps them
    apart.
    """
    parts, position = [], 0
    for match in _OPENING.finditer(text):
        marks = match[1]
        parts += [_plain(text[position : match.start()]), *map(_apart, marks[:-1]), f"{marks[-1] * 2}{{"]
        position = match.end()
    rest = text[position:]
    marks = rest[len(rest.rstrip("$%")) :] if before_interpolation else ""
    rest = rest.removesuffix(marks)
    return "".join((*parts, _plain(rest), *map(_apart, marks)))


def quote(text: str) -> str:
    """A string without interpolations, in quotes."""
    return f'"{escape(text)}"'


def name_of(text: str) -> str:
    """The nearest name to a text."""
    name = label_of(text)
    return name if is_identifier(name) else f"_{name}"


def label_of(text: str) -> str:
    """The nearest text that can be a source's name; unlike other names it may begin with a digit."""
    kept = (letter if is_identifier(f"_{letter}") else " " for letter in unicodedata.normalize("NFC", text))
    return "_".join("".join(kept).split()) or "_"


def unique(name: str, taken: set[str]) -> str:
    """The name, or the name with a number, that is not taken; it is then."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    taken.add(found)
    return found


def duration(nanoseconds: int) -> str:
    """A duration as Go shows it: 1h0m0s, 5m0s, 1.5s, 300ms."""
    if nanoseconds < 0:
        return f"-{duration(-nanoseconds)}"
    if nanoseconds < 1_000_000_000:
        for unit, size in (("ms", 1_000_000), ("µs", 1000), ("ns", 1)):
            if nanoseconds >= size:
                return f"{nanoseconds / size:.6f}".rstrip("0").rstrip(".") + unit
        return "0s"
    whole, rest = divmod(nanoseconds, 1_000_000_000)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    shown = f"{seconds}.{rest:09d}".rstrip("0").rstrip(".") if rest else str(seconds)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{shown}s"


def _apart(mark: str) -> str:
    return f'${{"{mark}"}}'


def _plain(text: str) -> str:
    return "".join(map(_escape, text))


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
