"""Whether a blank stands between two tokens of a line. Source of the rules: HCL's formatter (`hclwrite/format.go`)."""

from __future__ import annotations

from bakehouse.template.fmt.pieces import (
    CLOSE_HEREDOC,
    CLOSE_QUOTE,
    CLOSE_SEQUENCE,
    LITERAL,
    NAME,
    NEWLINE,
    NUMBER,
    OPEN_HEREDOC,
    OPEN_QUOTE,
    OPEN_SEQUENCE,
    Piece,
)

TOUCHES_NEXT = frozenset((LITERAL, OPEN_QUOTE, OPEN_HEREDOC))
TOUCHES_PREVIOUS = frozenset((LITERAL, CLOSE_QUOTE, CLOSE_HEREDOC))
BEFORE_A_SIGN = frozenset(
    ("", "(", "{", "[", "=", ":", ",", "?", "+", "*", "/", "%", "-", "==", "!=", ">", ">=", "<", "<=", "&&", "||", "!")
)  # after these a minus is a sign, not a difference


def space_line(line: list[Piece]) -> None:
    """Set the blanks between the pieces of a line, or of a part of one; those before the first are left."""
    previous = ""
    for piece, following in zip(line, line[1:], strict=False):
        following.before = int(_apart(piece, previous, following))
        previous = piece.kind


def _apart(piece: Piece, previous: str, following: Piece) -> bool:
    """Whether a blank stands after `piece`. previous: the kind of what precedes it, "" at the beginning."""
    kind, next_kind = piece.kind, following.kind
    if _always_together(kind, next_kind):
        return False
    if kind == ",":
        return True
    if kind in TOUCHES_NEXT or next_kind in TOUCHES_PREVIOUS:
        return False
    if kind == NAME and piece.text == "in" and previous == NAME:
        return True  # `for x in [...]`, which is no index
    if next_kind == "[" and (kind in (NAME, NUMBER) or piece.depth < 0):
        return False
    if kind == "!":
        return False
    if kind == "-":
        return previous not in BEFORE_A_SIGN
    return _around_brackets(piece, following)


def _always_together(kind: str, next_kind: str) -> bool:
    """Pairs that never stand apart, whatever is around them."""
    return (
        next_kind in (NEWLINE, ".", ",", "...")
        or kind == "."
        or kind == NAME
        and next_kind in ("(", "::")
        or kind == "::"
        and next_kind == NAME
    )


def _around_brackets(piece: Piece, following: Piece) -> bool:
    """Braces stand apart from what they hold, other brackets do not."""
    kind, next_kind = piece.kind, following.kind
    if kind == "{" or next_kind == "}":
        return not (kind == "{" and next_kind == "}")
    if kind == OPEN_SEQUENCE and next_kind == "{" or kind == "}" and next_kind == CLOSE_SEQUENCE:
        return True
    if kind == CLOSE_SEQUENCE and next_kind == OPEN_SEQUENCE:
        return False
    return piece.depth <= 0 and following.depth >= 0
