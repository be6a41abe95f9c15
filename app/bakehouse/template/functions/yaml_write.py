"""`yamlencode` (zclconf/go-cty-yaml, which writes as libyaml does): block style, strings and keys in double quotes."""

from __future__ import annotations

import re
from decimal import Decimal

from bakehouse.template import numbers
from bakehouse.template.callables import Family, Parameter
from bakehouse.template.kinds import STRING
from bakehouse.template.values import Value

family = Family()
_WIDTH = 80
_LONGEST_SIMPLE_KEY = 128
_ESCAPES = {
    "\0": "0", "\a": "a", "\b": "b", "\t": "t", "\n": "n", "\v": "v", "\f": "f", "\r": "r", "\x1b": "e",
    '"': '"', "\\": "\\", "\x85": "N", "\xa0": "_", "\u2028": "L", "\u2029": "P",
}  # fmt: skip
_BLANK_BEFORE_BREAK = re.compile(r" (\n|\Z)")


@family.function("yamlencode", Parameter("value", null=True), result=STRING)
def yaml_encode(value: Value) -> str:
    """The value as YAML; keys in order."""
    payload = value.payload
    if isinstance(payload, (tuple, dict)) and payload:
        return _block(value, 0)
    written = _scalar(value, 0, 0)
    plain = not isinstance(payload, (str, tuple, dict))
    return f"{written}\n...\n" if plain else f"{written}\n"


def _block(value: Value, indent: int) -> str:
    """A sequence or a mapping that is not empty; its first line has no indent."""
    payload = value.payload
    if isinstance(payload, tuple):
        items = [f"- {_inner(item, indent + 2)}" for item in payload]
    else:
        items = [_pair(name, item, indent) for name, item in sorted(payload.items())]
    return (" " * indent).join(items)


def _inner(value: Value, indent: int) -> str:
    """What follows `- `, with the newline at its end."""
    if isinstance(value.payload, (tuple, dict)) and value.payload:
        return _block(value, indent)
    return f"{_scalar(value, indent - 2, indent)}\n"


def _pair(name: str, value: Value, indent: int) -> str:
    if "\n" in name or len(name.encode()) > _LONGEST_SIMPLE_KEY:
        return f"? {_text(name, indent, indent + 2)}\n{' ' * indent}: {_inner(value, indent + 2)}"
    key = f"{_quoted(name, indent, None)}:"
    payload = value.payload
    if isinstance(payload, tuple) and payload:
        return f"{key}\n{' ' * indent}{_block(value, indent)}"
    if isinstance(payload, dict) and payload:
        return f"{key}\n{' ' * (indent + 2)}{_block(value, indent + 2)}"
    return f"{key} {_scalar(value, indent, indent + len(key) + 1)}\n"


def _scalar(value: Value, indent: int, column: int) -> str:
    """A scalar or an empty collection, without a newline at its end. column: where it begins."""
    payload = value.payload
    match payload:
        case str():
            return _text(payload, indent, column)
        case None:
            return "null"
        case bool():
            return "true" if payload else "false"
        case int() | Decimal():
            return numbers.plain(payload)
    return "[]" if isinstance(payload, tuple) else "{}"


def _text(text: str, indent: int, column: int) -> str:
    """As a literal block if it has several lines and needs no escape, else in double quotes."""
    if (
        "\n" not in text
        or _BLANK_BEFORE_BREAK.search(text)
        or not all(_printable(each) or each == "\n" for each in text)
    ):
        return _quoted(text, indent, column)
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    chomping = "-" if not ends else "" if ends == 1 and body else "+"
    hint = "2" if text[0] in " \n" else ""
    lines = [f"{' ' * (indent + 2)}{line}" if line else "" for line in text.removesuffix("\n").split("\n")]
    return "\n".join([f"|{hint}{chomping}", *lines])


def _printable(character: str) -> bool:
    """libyaml's IS_PRINTABLE: nothing beyond the basic plane."""
    code = ord(character)
    return 0x20 <= code <= 0x7E or 0xA0 <= code <= 0xFFFD and not 0xD800 <= code < 0xE000 and code != 0xFEFF


def _quoted(text: str, indent: int, column: int | None) -> str:
    """In double quotes, broken at blanks beyond the width. column: where it begins, None if it may not be broken."""
    result = ['"']
    at = (column or 0) + 1
    broke = False
    for place, character in enumerate(text):
        blank = character == " "
        if blank and column is not None and not broke and at > _WIDTH and 0 < place < len(text) - 1:
            result.append(f"\n{' ' * (indent + 2)}{chr(92) if text[place + 1] == ' ' else ''}")
            at = indent + 2
        else:
            written = character if _printable(character) and character not in _ESCAPES else _escaped(character)
            result.append(written)
            at += len(written)
        broke = blank
    return "".join(result) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return f"\\{_ESCAPES[character]}"
    code = ord(character)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
