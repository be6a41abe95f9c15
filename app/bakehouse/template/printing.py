"""How Packer prints values (`console`, `inspect`), how Go quotes strings, and the bytes by which cty orders sets."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from bakehouse.template import numbers

_ESCAPES = {
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
    '"': '\\"',
}


HIDDEN = "<sensitive>"


class Printable(Protocol):
    """What this module needs of a value."""

    @property
    def payload(self) -> Any:
        """As in `values.Value`."""

    @property
    def marks(self) -> frozenset[str]:
        """As in `values.Value`."""

    def wholly_known(self) -> bool:
        """As in `values.Value`."""


def quote(text: str) -> str:
    """Go's `%q`."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character == " " or (unicodedata.category(character)[0] in "LMNPS"):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def render(value: Printable, reveal: bool) -> str:
    """A value as Packer's console shows it: a string bare, collections over several lines, nothing null in a map.

    Of a sensitive collection its shape is shown, as there, and `<sensitive>` for each thing in it.
    """
    hidden = bool(value.marks) and not reveal
    if not value.wholly_known():
        return HIDDEN if hidden else "<unknown>"
    if isinstance(value.payload, str):
        return HIDDEN if hidden else value.payload
    return _nested(value, "", reveal, hidden)


def _nested(value: Printable, indent: str, reveal: bool, hidden: bool) -> str:
    hidden = hidden or bool(value.marks) and not reveal
    payload = value.payload
    if isinstance(payload, tuple | dict):
        return _collection(payload, indent, reveal, hidden)
    if hidden:
        return quote(HIDDEN) if isinstance(payload, str) else HIDDEN
    match payload:
        case None:
            return "null"
        case bool():
            return "true" if payload else "false"
        case str():
            return quote(payload)
    return numbers.shown(payload)


def _collection(payload: tuple[Any, ...] | dict[str, Any], indent: str, reveal: bool, hidden: bool) -> str:
    deeper = f"{indent}  "
    if isinstance(payload, tuple):
        lines = [f"{deeper}{_nested(item, deeper, reveal, hidden)},\n" for item in payload]
        return f"[\n{''.join(lines)}{indent}]" if lines else "[]"
    lines = [
        f"{deeper}{quote(name)} = {_nested(item, deeper, reveal, hidden)}\n"
        for name, item in sorted(payload.items())
        if item.payload is not None
    ]
    return f"{{\n{''.join(lines)}{indent}}}" if lines else "{}"


def hash_text(value: Printable) -> str:
    """The text that orders the elements of a set that are not primitive (cty, set_internals.go)."""
    payload = value.payload
    match payload:
        case None:
            return "~"
        case bool():
            return "T" if payload else "F"
        case str():
            return quote(payload)
        case int() | Decimal():
            return numbers.plain(payload)
        case tuple():
            return f"[{''.join(f'{hash_text(item)};' for item in payload)}]"
        case dict():
            return f"{{{''.join(f'{quote(name)}:{hash_text(item)};' for name, item in sorted(payload.items()))}}}"
    return "?"


def declared(variables: Mapping[str, str], locals: Mapping[str, str]) -> list[str]:
    """The lines in which `inspect` and the console list printed values, in the order of their names."""
    lines = ["> input-variables:", "", *(f"var.{name}: {quote(text)}" for name, text in sorted(variables.items()))]
    lines += ["", "> local-variables:", ""]
    return [*lines, *(f"local.{name}: {quote(text)}" for name, text in sorted(locals.items())), ""]
