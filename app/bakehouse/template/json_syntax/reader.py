"""A JSON text to values that know their places (RFC 8259).

The standard library's scanner decodes the strings; it keeps no places, which is why the rest is here. Strict: no
comments, no trailing commas, no NaN. Half a surrogate pair becomes U+FFFD, as in Go.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from decimal import Decimal
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]  # typeshed lacks it

from bakehouse.template.json_syntax.explain import explain
from bakehouse.template.json_syntax.nodes import Array, JsonValue, Member, Object, Scalar
from bakehouse.template.problems import mistake
from bakehouse.template.syntax.tokens import DEEPEST
from bakehouse.template.syntax.tree import Range, SourceFile

MOST_NESTED = DEEPEST
"""Arrays and objects inside each other, as in native syntax."""
LARGEST_EXPONENT = 10_000
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_WORD = re.compile(r"[\w.+-]+")
_WORDS = {"true": True, "false": False, "null": None}
_SURROGATES = re.compile("[\ud800-\udfff]")


class Places:
    """Offsets of a text to ranges. A text of many lines is searched by halves."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self._starts = [0, *(match.end() for match in re.finditer("\n", source.text))]

    def range(self, start: int, end: int) -> Range:
        """The range from offset `start` to `end`."""
        line, end_line = bisect_right(self._starts, start), bisect_right(self._starts, end)
        return Range(
            self.source,
            start,
            end,
            line,
            start - self._starts[line - 1] + 1,
            end_line,
            end - self._starts[end_line - 1] + 1,
        )

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and a column."""
        return self._starts[min(line, len(self._starts)) - 1] + column - 1


def read_json(source: SourceFile) -> JsonValue:
    """The value of a whole text. Raises TemplateError at the first place that is no JSON."""
    return _Reader(source).whole()


class _Reader:
    def __init__(self, source: SourceFile) -> None:
        self._text = source.text
        self._places = Places(source)
        self._depth = 0

    def whole(self) -> JsonValue:
        value, at = self._value(self._skip(0), "a value")
        at = self._skip(at)
        if at < len(self._text):
            self._fail(at, "the end of the file")
        return value

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self._text, at)
        assert match is not None
        return match.end()

    def _fail(self, at: int, expected: str, opened: int | None = None) -> None:
        opening = None if opened is None else self._places.range(opened, opened + 1)
        summary, detail, help, length = explain(self._text, at, expected, opening)
        ended = opening is not None and at >= len(self._text)
        raise mistake(opening if ended else self._places.range(at, at + length), summary, detail, help)

    def _value(self, at: int, expected: str, opened: int | None = None) -> tuple[JsonValue, int]:
        character = self._text[at : at + 1]
        if character == '"':
            value, end = self._string(at)
            return Scalar(value, self._places.range(at, end)), end
        if character in ("{", "["):
            return self._nested(at)
        match = _NUMBER.match(self._text, at)
        word = _WORD.match(self._text, at)
        if match is not None and word is not None and match.end() == word.end():
            return Scalar(self._number(match), self._places.range(at, match.end())), match.end()
        if word is not None and word[0] in _WORDS:
            return Scalar(_WORDS[word[0]], self._places.range(at, word.end())), word.end()
        self._fail(at, expected, opened)
        raise AssertionError

    def _number(self, match: re.Match[str]) -> int | Decimal:
        text = match[0]
        value = Decimal(text)
        if not value.is_finite() or abs(value.adjusted()) > LARGEST_EXPONENT:
            detail = f"Numbers may have up to {LARGEST_EXPONENT} digits before or after the point."
            raise mistake(self._places.range(match.start(), match.end()), "Number out of range", detail)
        return int(text) if text.lstrip("-").isdigit() and len(text) <= 4000 else value

    def _string(self, at: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self._text, at + 1, True)
        except JSONDecodeError as error:
            place = self._places.range(min(error.pos, len(self._text)), min(error.pos + 1, len(self._text)))
            raise _bad_string(self._text, error, self._places.range(at, at + 1), place) from None
        return (_SURROGATES.sub("\ufffd", value) if _SURROGATES.search(value) else value), end

    def _nested(self, at: int) -> tuple[JsonValue, int]:
        self._depth += 1
        if self._depth > MOST_NESTED:
            place = self._places.range(at, at + 1)
            detail = f"Up to {MOST_NESTED} arrays and objects may be inside each other."
            raise mistake(place, "Nested too deeply", detail)
        found = self._object(at) if self._text[at] == "{" else self._array(at)
        self._depth -= 1
        return found

    def _object(self, opened: int) -> tuple[Object, int]:
        members: list[Member] = []
        at = self._skip(opened + 1)
        while self._text[at : at + 1] != "}" or members:
            if self._text[at : at + 1] != '"':
                self._fail(at, "a name in double quotes", opened)
            name, end = self._string(at)
            place = self._places.range(at, end)
            at = self._skip(end)
            if self._text[at : at + 1] != ":":
                self._fail(at, 'a ":" after the name', opened)
            value, at = self._value(self._skip(at + 1), "a value", opened)
            members.append(Member(name, place, value))
            at = self._skip(at)
            if self._text[at : at + 1] == "}":
                break
            at = self._comma(at, opened, "}")
        return Object(tuple(members), self._places.range(opened, at + 1)), at + 1

    def _array(self, opened: int) -> tuple[Array, int]:
        items: list[JsonValue] = []
        at = self._skip(opened + 1)
        while self._text[at : at + 1] != "]" or items:
            item, at = self._value(at, "a value", opened)
            items.append(item)
            at = self._skip(at)
            if self._text[at : at + 1] == "]":
                break
            at = self._comma(at, opened, "]")
        return Array(tuple(items), self._places.range(opened, at + 1)), at + 1

    def _comma(self, at: int, opened: int, closing: str) -> int:
        """The offset of what follows a comma; another comma or the end must not."""
        if self._text[at : at + 1] != ",":
            self._fail(at, f'"," or "{closing}"', opened)
        after = self._skip(at + 1)
        if self._text[after : after + 1] == closing:
            detail = f'Nothing follows it before "{closing}".'
            raise mistake(self._places.range(at, at + 1), "A comma too many", detail, "Take the comma out.")
        return after


def _bad_string(text: str, error: JSONDecodeError, opening: Range, place: Range) -> Exception:
    character = text[error.pos : error.pos + 1]
    if error.msg.startswith("Unterminated"):
        return mistake(opening, "This string has no end", 'There is no closing " before the end of the file.')
    if error.msg.startswith("Invalid control"):
        if character in ("\n", "\r", ""):
            help = r"Close it on the same line; a line end inside a string is written \n."
            return mistake(opening, "This string has no end on its line", "", help)
        code = f"{ord(character):04x}"
        return mistake(place, "A control character in a string", "", f"Write it as \\u{code}.")
    help = r"Escapes are \", \\, \/, \b, \f, \n, \r, \t and \uNNNN; for a backslash write \\."
    return mistake(place, "This escape means nothing in JSON", "", help)
