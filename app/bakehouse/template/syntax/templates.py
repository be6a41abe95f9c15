"""The parts of a template, put together: `~`, the indentation of `<<-`, and `%{if}` and `%{for}` with their ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from bakehouse.template.syntax.literals import SPACE, normal
from bakehouse.template.syntax.tokens import Reading, between, problem
from bakehouse.template.syntax.tree import (
    Expression,
    Literal,
    Range,
    Template,
    TemplateFor,
    TemplateIf,
    TemplateWrap,
)


@dataclass(slots=True)
class Text:
    """Literal text, decoded: in a heredoc one line of it or a piece of a line."""

    range: Range
    text: str


@dataclass(slots=True)
class Sequence:
    """`${...}` or `%{...}`.

    kind: interpolation, if, else, endif, for, endfor. before, after: whether it has a strip marker on that side.
    """

    kind: str
    range: Range
    before: bool
    after: bool
    expression: Expression | None = None
    names: tuple[str, ...] = ()


Part = Text | Sequence


def strip(parts: list[Part]) -> None:
    """Apply the strip markers: each takes the blanks of the piece of text next to it (a heredoc has one per line)."""
    for index, part in enumerate(parts):
        if isinstance(part, Text):
            continue
        if part.before and index and isinstance(piece := parts[index - 1], Text):
            piece.text = piece.text.rstrip(SPACE)
        if part.after and index + 1 < len(parts) and isinstance(piece := parts[index + 1], Text):
            piece.text = piece.text.lstrip(SPACE)


def dedent(parts: list[Part]) -> None:
    """Take away the indentation that all lines of a `<<-` heredoc share; lines of blanks only do not count."""
    firsts: list[Text] = []
    shared: int | None = None
    line_begins = True
    for part in parts:
        if line_begins:
            width = 0
            if isinstance(part, Text):
                rest = part.text.lstrip(SPACE)
                if not rest and part.text.endswith("\n"):
                    continue
                width = len(part.text) - len(rest)
                firsts.append(part)
            shared = width if shared is None else min(shared, width)
        line_begins = isinstance(part, Text) and part.text.endswith("\n")
    for piece in firsts:
        piece.text = piece.text[shared or 0 :]


def merge(parts: list[Part]) -> list[Part]:
    """Neighbouring pieces of text become one."""
    merged: list[Part] = []
    for part in parts:
        if isinstance(part, Text) and merged and isinstance(last := merged[-1], Text):
            merged[-1] = Text(between(last.range, part.range), last.text + part.text)
        else:
            merged.append(part)
    return merged


@dataclass(slots=True)
class Open:
    """A directive that waits for its end. branches: what is inside, a list more after each else."""

    sequence: Sequence | None
    branches: list[list[Expression]] = field(default_factory=lambda: [[]])


class Assembly:
    """Flat parts to a tree."""

    def __init__(self, reading: Reading, whole: Range) -> None:
        self.reading = reading
        self.whole = whole
        self.stack = [Open(None)]

    def build(self, parts: list[Part]) -> Expression:
        """The template of all parts."""
        for part in parts:
            self.add(part)
        end = f"{self.whole.source.name}:{self.whole.end_line}"
        while len(self.stack) > 1:
            opener = self.stack.pop().sequence
            assert opener is not None
            self.complain(
                opener,
                f"Missing %{{end{opener.kind}}}",
                f"The %{{{opener.kind}}} here is not closed before the end of the template, {end}.",
                f"Write %{{end{opener.kind}}} where it ends.",
            )
        return joined(self.stack[0].branches[0], self.whole)

    def add(self, part: Part) -> None:
        """One part more."""
        top = self.stack[-1]
        if isinstance(part, Text):
            top.branches[-1].append(Literal(part.range, normal(part.text)))
        elif part.kind == "interpolation":
            assert part.expression is not None
            top.branches[-1].append(part.expression)
        elif part.kind in ("if", "for"):
            self.stack.append(Open(part))
        elif part.kind == "else":
            self.otherwise(top, part)
        else:
            self.close(top, part)

    def otherwise(self, top: Open, part: Sequence) -> None:
        """`%{else}`."""
        if top.sequence is None or top.sequence.kind != "if":
            self.complain(part, "Unexpected %{else}", "There is no %{if} that this %{else} could belong to.")
        elif len(top.branches) > 1:
            self.complain(
                part, "Second %{else}", f"The %{{if}} on line {top.sequence.range.line} has an %{{else}} already."
            )
        else:
            top.branches.append([])

    def close(self, top: Open, part: Sequence) -> None:
        """`%{endif}` or `%{endfor}`."""
        kind = part.kind.removeprefix("end")
        opener = top.sequence
        if opener is None:
            self.complain(part, f"Unexpected %{{{part.kind}}}", f"There is no %{{{kind}}} that it could close.")
            return
        if opener.kind != kind:
            self.complain(
                part,
                f"Unexpected %{{{part.kind}}}",
                f"The innermost directive that is open is the %{{{opener.kind}}} on line {opener.range.line}.",
                f"Close it with %{{end{opener.kind}}} first.",
            )
        self.stack.pop()
        self.stack[-1].branches[-1].append(directive(top, opener, part))

    def complain(self, part: Sequence, summary: str, detail: str, help: str = "") -> None:
        """Note a problem at a part."""
        self.reading.problems.append(problem(part.range, summary, detail, help))


def directive(top: Open, opener: Sequence, closer: Sequence) -> Expression:
    """The node of a directive that is complete."""
    assert opener.expression is not None
    whole = between(opener.range, closer.range)
    bodies = [joined(branch, whole) for branch in top.branches]
    if opener.kind == "if":
        return TemplateIf(whole, opener.expression, bodies[0], bodies[1] if len(bodies) > 1 else Literal(whole, ""))
    key = opener.names[0] if len(opener.names) > 1 else None
    return TemplateFor(whole, key, opener.names[-1], opener.expression, bodies[0])


def joined(parts: list[Expression], whole: Range) -> Expression:
    """A sequence of parts as one expression with a string for its value."""
    if not parts:
        return Literal(whole, "")
    if len(parts) == 1 and isinstance(parts[0], Literal) and isinstance(parts[0].value, str):
        return Literal(whole, parts[0].value)
    return Template(whole, tuple(parts))


def assemble(parts: list[Part], whole: Range, reading: Reading, *, indented: bool = False) -> Expression:
    """The expression of a template. indented: it began with `<<-`."""
    if len(parts) == 1 and isinstance(only := parts[0], Sequence) and only.expression and only.kind == "interpolation":
        return TemplateWrap(whole, only.expression)
    strip(parts)
    if indented:
        dedent(parts)
    return Assembly(reading, whole).build(merge(parts))
