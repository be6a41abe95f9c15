"""What the scanner hands to the parser: tokens that know where they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.syntax.tree import Range, SourceFile

DEEPEST = 100  # brackets, templates and splats inside one another; HCL has no limit, a recursive evaluator must

LONGEST_SAID = 60  # characters of a piece of the source in a sentence


def problem(where: Range, summary: str, detail: str = "", help: str = "") -> Diagnostic:
    """An error at `where`, with its line."""
    return Diagnostic(summary, detail, where.location, source=where.first_line, help=help)


def too_deep(where: Range, deepest: int) -> Diagnostic:
    """More brackets, templates or splats inside one another than anybody means."""
    return problem(where, "Nested too deeply", f"Brackets, templates and splats may stand at most {deepest} deep.")


@dataclass(slots=True)
class Reading:
    """One text being read. problems: what is wrong without hindering the parser, in order of discovery."""

    source: SourceFile
    problems: list[Diagnostic] = field(default_factory=list)


class Token:
    """One terminal of the grammar.

    type: the terminal's name; value: its text. Duck-typed as `lark.Token`: Lark reads `type` and the positions.
    """

    __slots__ = ("range", "reading", "type", "value")

    def __init__(self, type: str, value: str, range: Range, reading: Reading) -> None:
        self.type = type
        self.value = value
        self.range = range
        self.reading = reading

    @property
    def start_pos(self) -> int:
        return self.range.start

    @property
    def end_pos(self) -> int:
        return self.range.end

    @property
    def line(self) -> int:
        return self.range.line

    @property
    def column(self) -> int:
        return self.range.column

    @property
    def end_line(self) -> int:
        return self.range.end_line

    @property
    def end_column(self) -> int:
        return self.range.end_column

    def __repr__(self) -> str:
        return f"{self.type}({self.value!r})"


@dataclass(slots=True)
class TokenList:
    """A scanned text.

    failure: why scanning stopped before the end, raised once the parser gets there. resumes: indexes of the tokens at
    which something new begins at the top of a file, none if its brackets do not match. longest: how many tokens the
    longest argument has.
    """

    reading: Reading
    tokens: list[Token]
    failure: Diagnostic | None = None
    resumes: list[int] = field(default_factory=list)
    longest: int = 0

    def __iter__(self) -> Iterator[Token]:
        newline = False
        for token in self.tokens:
            if token.type != "NEWLINE" or not newline:  # of several in a row one is enough for the grammar
                yield token
            newline = token.type == "NEWLINE"
        if self.failure is not None:
            raise TemplateError([self.failure])

    def after(self, at: int) -> list[TokenList]:
        """What begins anew after the token at index `at`: one list, or none if nothing can be told to."""
        end = len(self.tokens)  # of what was scanned: perhaps not the end of the text
        behind = (index for index in self.resumes if index > at)
        resume = next((index for index in behind if index == end or self.tokens[index].type != "NEWLINE"), None)
        if resume is None or (resume < end and self.tokens[resume].type != "NAME"):
            return []
        resumes = [index - resume for index in self.resumes if index > resume]
        return [TokenList(self.reading, self.tokens[resume:], self.failure, resumes)]


def between(first: Range, last: Range) -> Range:
    """From the beginning of `first` to the end of `last`."""
    return Range(first.source, first.start, last.end, first.line, first.column, last.end_line, last.end_column)


def said(token: Token) -> str:
    """A token as a sentence names it."""
    if token.type == "NEWLINE":
        return "the end of the line"
    return "the end of the text" if token.type == "END_OF_TEXT" else f"`{cut(token.value)}`"


def cut(text: str) -> str:
    """A piece of the source as a sentence can hold it: its first line, and not all of a long one."""
    first, _, more = text.strip().partition("\n")
    return first[:LONGEST_SAID] + "..." if more or len(first) > LONGEST_SAID else first
