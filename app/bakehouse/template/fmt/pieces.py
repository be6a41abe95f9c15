"""A text as the formatter sees it: every token, newline and comment, and how many blanks stand before each.

The scanner drops what the parser does not need: newlines in brackets, and comments. They stand in the gaps between its
tokens and are put back from there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bakehouse.template.syntax.scanner import scan
from bakehouse.template.syntax.tokens import Token
from bakehouse.template.syntax.tree import SourceFile

NEWLINE, COMMENT, NAME, NUMBER, LITERAL, END = "newline", "comment", "name", "number", "literal", "end"
OPEN_QUOTE, CLOSE_QUOTE, OPEN_HEREDOC, CLOSE_HEREDOC = "open quote", "close quote", "open heredoc", "close heredoc"
OPEN_SEQUENCE, CLOSE_SEQUENCE = "open sequence", "close sequence"
KINDS = {
    "INT_LITERAL": NUMBER,
    "FLOAT_LITERAL": NUMBER,
    "STRING_CHARS": LITERAL,
    "HEREDOC_TEMPLATE": OPEN_HEREDOC,
    "HEREDOC_TEMPLATE_TRIM": OPEN_HEREDOC,
    "HEREDOC_END": CLOSE_HEREDOC,
    "INTERP_START": OPEN_SEQUENCE,
    "DIRECTIVE_START": OPEN_SEQUENCE,
    "END_OF_TEXT": END,
}
WORDS = frozenset(("NAME", "TRUE", "FALSE", "NULL", "IF", "ELSE", "ENDIF", "FOR", "ENDFOR", "IN"))
SPLATS = ("ATTR_SPLAT", "FULL_SPLAT_START")
BETWEEN = re.compile(r"(?P<comment>(?:\#|//)[^\n]*\n?|/\*[\s\S]*?\*/)|(?P<newline>\r?\n)|(?P<blank>[ \t]+)|(?P<sign>.)")


class Piece:
    """One token. kind: as above, or for operators and brackets the text itself. before: how many blanks precede it."""

    __slots__ = ("before", "kind", "text")

    def __init__(self, kind: str, text: str, before: int) -> None:
        self.kind = kind
        self.text = text
        self.before = before

    @property
    def ends_line(self) -> bool:
        """A newline, or a comment that runs to the end of its line."""
        return self.kind == NEWLINE or self.kind == COMMENT and self.text.endswith("\n")

    @property
    def depth(self) -> int:
        """How many brackets are open after it that were not before: 1, 0 or -1."""
        if self.kind in ("{", "[", "(", OPEN_SEQUENCE):
            return 1
        return -1 if self.kind in ("}", "]", ")", CLOSE_SEQUENCE) else 0


class Cutter:
    """One pass over one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces: list[Piece] = []
        self.openers: list[str] = []
        self.at = 0
        self.blanks = 0
        self.strips = False  # whether a `~` was met that belongs to the next `}`

    def cut(self) -> list[Piece]:
        """The pieces, the last one the end. Raises TemplateError where the text is not HCL's."""
        tokens = scan(SourceFile("", self.text), "body")
        for token in tokens:
            self.between(self.text[self.at : token.start_pos])
            self.token(token)
            self.at = token.end_pos
        return self.pieces

    def between(self, text: str) -> None:
        """What the scanner left out."""
        for match in BETWEEN.finditer(text):
            kind, found = match.lastgroup or "", match.group()
            if kind == "blank":
                self.blanks += len(found)
            else:
                self.add(found if kind == "sign" else kind, found)

    def token(self, token: Token) -> None:
        """What the scanner found."""
        if token.type == "STRIP_MARKER":
            self.strip(token)
            return
        if token.type == "NEWLINE" or token.type in SPLATS:
            self.between(token.value)
            return
        kind, text = self.kind(token), token.value
        if kind == CLOSE_SEQUENCE and self.strips:
            text, self.strips = "~" + text, False
        self.add(kind, text)

    def strip(self, token: Token) -> None:
        """`~` belongs to the `${` or `%{` right before it, else to the `}` that follows."""
        opener = self.pieces[-1]
        if opener.kind == OPEN_SEQUENCE and opener.text.endswith("{") and self.at == token.start_pos:
            opener.text += "~"
        else:
            self.strips = True

    def kind(self, token: Token) -> str:
        """What a token is to the formatter, which must know what a brace or a quote closes."""
        if token.type in WORDS:
            return NAME
        kind = KINDS.get(token.type, token.value)
        if kind == '"':
            closes = bool(self.openers) and self.openers[-1] == OPEN_QUOTE
            kind = CLOSE_QUOTE if closes else OPEN_QUOTE
        elif kind == "}" and self.openers and self.openers[-1] == OPEN_SEQUENCE:
            kind = CLOSE_SEQUENCE
        if kind in (OPEN_QUOTE, OPEN_SEQUENCE, "{"):
            self.openers.append(kind)
        elif kind in (CLOSE_QUOTE, CLOSE_SEQUENCE, "}") and self.openers:
            self.openers.pop()
        return kind

    def add(self, kind: str, text: str) -> None:
        """Add a piece with the blanks that precede it."""
        self.pieces.append(Piece(kind, text, self.blanks))
        self.blanks = 0


def cut(text: str) -> list[Piece]:
    """The pieces of a text, the last one its end. Raises TemplateError for what the scanner refuses."""
    return Cutter(text).cut()


def lines(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """The pieces by line, without the end; a heredoc is one line, with all that stands around it."""
    line: list[Piece] = []
    for piece in pieces:
        if piece.kind == END:
            break
        line.append(piece)
        if piece.ends_line:
            yield line
            line = []
    yield line
