"""Literal text and numbers, decoded: escapes, Unicode normalisation, exact numbers."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, DecimalException

from bakehouse.template.syntax.tokens import Token, cut, problem
from bakehouse.template.syntax.tree import Range

ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))|([$%])\4\{", re.DOTALL)
WELL_FORMED = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?")
DOUBLED = re.compile(r"([$%])\1\{")
LARGEST_EXPONENT = 100_000  # HCL goes further; beyond, arithmetic would take minutes
LONGEST_INT = 4000  # digits; Python refuses to read more than 4300 as an int
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))


def normal(text: str) -> str:
    """NFC, as every string in HCL is."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def unquoted(token: Token) -> str:
    """The text of a heredoc or of a bare template: only `$${` and `%%{` are escapes."""
    return DOUBLED.sub(r"\1{", token.value)


def quoted(token: Token) -> str:
    """The text of a piece of a quoted string; a bad escape becomes a problem of the reading."""
    text = token.value
    if "\\" not in text and "$" not in text and "%" not in text:
        return text
    return ESCAPE.sub(lambda match: _escape(match, token), text)


def _escape(match: re.Match[str], token: Token) -> str:
    short, long, letter, doubled = match.groups()
    if doubled:
        return f"{doubled}{{"
    if letter in ESCAPES:
        return ESCAPES[letter]
    if code := short or long:
        number = int(code, 16)
        if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF:
            return chr(number)
    _report_escape(match, token)
    return ""


def _report_escape(match: re.Match[str], token: Token) -> None:
    whole = token.range
    where = Range(
        whole.source,
        whole.start + match.start(),
        whole.start + match.end(),
        whole.line,
        whole.column + match.start(),
        whole.line,
        whole.column + match.end(),
    )
    letter = match.group(3)
    if match.group(1):
        help = "This number is half of a pair (a surrogate) and no character: write the character as \\UNNNNNNNN."
    elif letter == "u":
        help = r"\u is followed by four hexadecimal digits, as in \u00e9."
    elif letter == "U" or match.group(2):
        help = r"\U is followed by eight hexadecimal digits of a Unicode character, as in \U0001f600."
    else:
        help = r"Escapes are \n, \r, \t, \", \\, \uNNNN and \UNNNNNNNN; for a backslash write \\."
    token.reading.problems.append(problem(where, "Invalid escape", f"{match.group()} means nothing in a string.", help))


def number(token: Token) -> int | Decimal:
    """The exact value of a number; one that cannot be becomes a problem of the reading."""
    text = token.value
    if text.isdigit() and len(text) <= LONGEST_INT:
        return int(text)
    if not WELL_FORMED.fullmatch(text):
        token.reading.problems.append(problem(token.range, "Invalid number", f"{cut(text)} is not a number."))
        return 0
    try:
        value = Decimal(text)
    except DecimalException:  # an exponent that even Decimal cannot hold
        value = Decimal("Infinity")
    if value.is_infinite() or abs(value.adjusted()) > LARGEST_EXPONENT:
        detail = f"Numbers may have up to {LARGEST_EXPONENT} digits before or after the point."
        token.reading.problems.append(problem(token.range, "Number out of range", detail))
        return 0
    return value
