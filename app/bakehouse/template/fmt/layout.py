"""Where the parts of lines stand: indents, and the columns of `=` and of comments.

Source of the rules: HCL's formatter (`hclwrite/format.go`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bakehouse.template.fmt.pieces import COMMENT, NEWLINE, OPEN_HEREDOC, Piece

INDENT = 2


@dataclass(slots=True)
class Line:
    """A line in three parts. lead: all up to the next; value: from the `=` of an argument whose value begins and ends
    here; comment: the one that ends the line."""

    lead: list[Piece]
    value: list[Piece]
    comment: list[Piece]


def divide(pieces: list[Piece]) -> Line:
    """The three parts of a line."""
    comment: list[Piece] = []
    if len(pieces) > 1 and pieces[-1].kind == COMMENT:
        pieces, comment = pieces[:-1], pieces[-1:]
    equals = next((index for index, piece in enumerate(pieces) if index and piece.kind == "="), None)
    if equals is None or _opened(pieces[equals:]):
        return Line(pieces, [], comment)
    return Line(pieces[:equals], pieces[equals:], comment)


def indent(lines: Iterable[Line]) -> None:
    """Indent by the brackets that are open: one step for a line that leaves some open, however many."""
    opened: list[int] = []
    for line in lines:
        if not line.lead:
            continue
        if line.lead[0].kind == NEWLINE:
            line.lead[0].before = 0
            continue
        depth = len(opened)
        more = _opened(_to_heredoc(line.lead)) + _opened(line.value)
        if more > 0:
            opened.append(more)
        elif more < 0:
            _close(opened, -more)
            depth = len(opened)
        line.lead[0].before = INDENT * depth


def align(lines: list[Line]) -> None:
    """Put the `=` of neighbouring lines below one another, then their comments."""
    _align(lines, lambda line: line.value, lambda line: width(line.lead))
    _align(lines, lambda line: line.comment, lambda line: width(line.lead) + width(line.value))


def width(pieces: Iterable[Piece]) -> int:
    """How many characters wide, as a reader counts them."""
    return sum(piece.before + _characters(piece.text) for piece in pieces)


def _align(lines: list[Line], part: Callable[[Line], list[Piece]], left: Callable[[Line], int]) -> None:
    group: list[tuple[Piece, int]] = []
    for line in [*lines, Line([], [], [])]:
        if pieces := part(line):
            group.append((pieces[0], left(line)))
        elif group:
            widest = max(columns for _, columns in group)
            for piece, columns in group:
                piece.before = widest - columns + 1
            group = []


def _opened(pieces: Iterable[Piece]) -> int:
    return sum(piece.depth for piece in pieces)


def _to_heredoc(pieces: list[Piece]) -> list[Piece]:
    heredoc = next((index for index, piece in enumerate(pieces) if piece.kind == OPEN_HEREDOC), len(pieces))
    return pieces[:heredoc]


def _close(opened: list[int], count: int) -> None:
    """Take back the steps of `count` brackets; a step that had several stays until all are closed."""
    while count > 0 and opened:
        if count < opened[-1]:
            opened[-1] -= count
            return
        count -= opened.pop()


def _characters(text: str) -> int:
    if text.isascii() and "\r" not in text:
        return len(text)
    from bakehouse.template.functions.strings import graphemes

    return len(graphemes(text))
