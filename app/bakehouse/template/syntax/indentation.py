"""Which block was probably left open: indentation tells what the person who wrote it meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bakehouse.template.syntax.tokens import Token


def left_open(tokens: Sequence[Token]) -> str:
    """A sentence about the first line that is indented as if a block before it were closed, which is not; "" if there
    is none. tokens: of a text in which a block is open at the end.
    """
    stack: list[tuple[Token, Token]] = []
    indented: set[int] = set()  # by where they begin, blocks with a line further in than their own
    for first, rest in _lines(tokens):
        if stack and first.range.column > stack[-1][1].range.column:
            indented.add(stack[-1][0].range.start)
        if stack and first.type == "RBRACE" and first.range.column < stack[-1][1].range.column:
            opener, head = stack[-1]
            return (
                f"The }} on line {first.range.line} closes `{head.value}` of line {opener.range.line}, "
                "and is indented as if that had been closed before."
            )
        if stack and first.type == "NAME" and first.range.column <= stack[-1][1].range.column:
            opener, head = stack[-1]
            if opener.range.start not in indented:
                return ""
            return (
                f"`{first.value}` on line {first.range.line} is indented as if `{head.value}` of line "
                f"{opener.range.line} had been closed before."
            )
        for token in rest:
            if token.type in ("LBRACE", "INTERP_START", "DIRECTIVE_START"):
                stack.append((token, first))
            elif token.type == "RBRACE" and stack:
                stack.pop()
    return ""


def _lines(tokens: Iterable[Token]) -> Iterable[tuple[Token, list[Token]]]:
    """The tokens line by line, as (first, all)."""
    line: list[Token] = []
    for token in tokens:
        if line and token.range.line != line[0].range.line and token.range.line != line[-1].range.line:
            yield line[0], line
            line = []
        if token.type not in ("NEWLINE", "END_OF_TEXT"):
            line.append(token)
    if line:
        yield line[0], line
