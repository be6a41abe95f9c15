"""Go's literals: strings with escapes, characters, numbers (the Go specification, "Lexical elements")."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:x(?P<byte>[0-9a-fA-F]{2})|(?P<octal>[0-7]{3})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})|(?P<one>.))"
    r"|(?P<plain>[^\\]+)",
    re.S,
)
_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92}
_DIGITS = re.compile(r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|[0-9](?:_?[0-9])*)")
_HEX_FLOAT = re.compile(r"[+-]?0[xX][0-9a-fA-F_]*\.?[0-9a-fA-F_]*[pP][+-]?[0-9]+")


def unquote(quoted: str) -> str:
    """The string that a quoted one means; ValueError if it means none. Bytes that are no UTF-8 become U+FFFD."""
    return _bytes(quoted[1:-1], quoted[0]).decode("utf-8", "replace")


def character(quoted: str) -> int:
    """The code point of a character in single quotes; ValueError if it is not one."""
    inside = quoted[1:-1]
    byte = re.fullmatch(r"\\(?:x([0-9a-fA-F]{2})|([0-7]{3}))", inside)
    if byte:
        return int(byte[1], 16) if byte[1] else int(byte[2], 8)
    text = _bytes(inside, "'").decode("utf-8", "replace")
    if len(text) != 1:
        raise ValueError(quoted)
    return ord(text)


def _bytes(inside: str, quote: str) -> bytes:
    result, position = bytearray(), 0
    while position < len(inside):
        match = _ESCAPE.match(inside, position)
        if match is None:
            raise ValueError(inside)
        position = match.end()
        if match["plain"]:
            result += match["plain"].encode("utf-8", "replace")
        elif match["byte"]:
            result.append(int(match["byte"], 16))
        elif match["octal"]:
            result += bytes([int(match["octal"], 8)])
        elif match["one"]:
            if match["one"] != quote and match["one"] not in _SIMPLE:
                raise ValueError(match[0])
            result.append(_SIMPLE.get(match["one"], ord(quote)))
        else:
            code = int(match["short"] or match["long"], 16)
            if 0xD800 <= code < 0xE000:
                raise ValueError(match[0])
            result += chr(code).encode()
    return bytes(result)


def number(text: str) -> int | float:
    """A number, whole if it is written so. ValueError if it is none, or too big for Go's int or float64."""
    if text.endswith("i") and not text.lower().startswith(("0x", "+0x", "-0x")):
        raise ValueError("complex numbers are not possible here")
    if _DIGITS.fullmatch(text):
        bare = text.replace("_", "")
        old_octal = re.fullmatch(r"([+-]?)0([0-9]+)", bare)
        whole = int(old_octal[1] + old_octal[2], 8) if old_octal else int(bare, 0)
        if not -(2**63) <= whole < 2**63:
            raise ValueError("it is too big")
        return whole
    if _HEX_FLOAT.fullmatch(text):
        return float.fromhex(text.replace("_", ""))
    if re.search("[xXoObB]", text) or re.search(r"__|_$|_[.eE]|[.eE+-]_|^_", text):
        raise ValueError("it is not written as Go writes numbers")
    value = float(text.replace("_", ""))
    if value in (float("inf"), float("-inf")):
        raise ValueError("it is too big")
    return value
