"""Text and actions, cut into tokens as Go's text/template/parse does (lex.go)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.sdk.go_template.errors import GoTemplateError

SPACES = " \t\r\n"
KEYWORDS = frozenset(("block", "break", "continue", "define", "else", "end", "if", "nil", "range", "template", "with"))
BRACES_HELP = 'For the characters {{ themselves write {{ "{{" }}.'
_COMMENT = re.compile(r"\{\{(?P<left>-[ \t\r\n])?/\*")
_TOKENS = re.compile(
    r"""
    (?P<space>[ \t\r\n]+)
  | (?P<string>"(?:\\[^\n]|[^"\\\n])*")
  | (?P<raw>`[^`]*`)
  | (?P<char>'(?:\\[^\n]|[^'\\\n])*')
  | (?P<number>[+-]?(?:0[xX][0-9a-fA-F_]*(?:\.[0-9a-fA-F_]*)?(?:[pP][+-]?[0-9_]*)?|0[oO][0-7_]*|0[bB][01_]*
        |(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9_]*)?)i?|[+-])
  | (?P<field>\.\w+)
  | (?P<dot>\.)
  | (?P<variable>\$\w*)
  | (?P<word>\w+)
  | (?P<declare>:=)
  | (?P<mark>[=|(),])
    """,
    re.VERBOSE,
)
_UNFINISHED = {"`": "raw string", '"': "quoted string", "'": "character"}


@dataclass(frozen=True, slots=True)
class Token:
    """kind: "text", "end" (of an action), "eof", "keyword", "bool", or the name of a group above."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a text, the last one "eof". Raises GoTemplateError."""
    position, trim = 0, False
    while True:
        opening = text.find("{{", position)
        shown = text[position : None if opening < 0 else opening]
        skipped = len(shown) - len(shown.lstrip(SPACES)) if trim else 0
        left = opening >= 0 and text[opening + 2 : opening + 3] == "-" and text[opening + 3 : opening + 4] in SPACES[:]
        left = left and opening + 3 < len(text)
        shown = shown[skipped:].rstrip(SPACES) if left else shown[skipped:]
        if shown:
            yield Token("text", shown, position + skipped)
        if opening < 0:
            yield Token("eof", "", len(text))
            return
        if comment := _COMMENT.match(text, opening):
            position, trim = _comment_end(text, comment)
            continue
        position = opening + (3 if left else 2)
        while (token := _inside(text, position, opening)).kind != "end":
            yield token
            position = token.end
        yield token
        position, trim = token.end, token.text.startswith((" ", "\t", "\r", "\n"))


def _comment_end(text: str, comment: re.Match[str]) -> tuple[int, bool]:
    """Where the text goes on after a comment, and whether white space is trimmed there."""
    stop = text.find("*/", comment.end())
    if stop < 0:
        raise GoTemplateError("This comment has no end", comment.start(), comment.end(), "A comment ends with */}}.")
    closing = re.compile(r"(?P<trim>[ \t\r\n]-)?\}\}").match(text, stop + 2)
    if closing is None:
        raise GoTemplateError("A comment must be alone in its action", stop, stop + 2, "Write */}} where it ends.")
    return closing.end(), closing["trim"] is not None


def _inside(text: str, position: int, opening: int) -> Token:
    """The token at a position inside an action that began at `opening`."""
    if text.startswith("}}", position):
        return Token("end", "}}", position)
    if text[position : position + 1] in tuple(SPACES) and text.startswith("-}}", position + 1):
        return Token("end", text[position : position + 4], position)
    match = _TOKENS.match(text, position)
    if match is None:
        raise _stray(text, position, opening)
    kind, found = str(match.lastgroup), match[0]
    if kind == "space" and len(found) > 1 and text.startswith("-}}", match.end()):
        return Token("space", found[:-1], position)
    if kind in ("word", "field", "variable", "number"):
        _check_end(text, match.end(), position, kind)
    if kind == "word":
        kind = "keyword" if found in KEYWORDS else "bool" if found in ("true", "false") else "word"
    return Token(kind, found, position)


def _stray(text: str, position: int, opening: int) -> GoTemplateError:
    rest = text[position:]
    if not rest:
        return GoTemplateError("This {{ has no end", opening, opening + 2, BRACES_HELP)
    if rest[0] in _UNFINISHED:
        return GoTemplateError(f"This {_UNFINISHED[rest[0]]} has no end", position, position + 1)
    return GoTemplateError(f"{rest[0]!r} means nothing inside {{{{ }}}}", position, position + 1, BRACES_HELP)


def _check_end(text: str, end: int, start: int, kind: str) -> None:
    """Refuse a word or a number that goes on in a way it cannot."""
    following = text[end : end + 1]
    if kind == "number":
        number = text[start:end]
        if following.isalnum() or following == "_" or number in ("+", "-"):
            raise GoTemplateError(f"{number + following} is not a number", start, min(end + 1, len(text)))
        return
    if following and following not in SPACES + ".,|:()=" and not text.startswith("}}", end) or following == "=":
        raise GoTemplateError(f"{following!r} cannot follow {text[start:end]}", end, end + 1, "Write a blank between.")
