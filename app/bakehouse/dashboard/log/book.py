"""A build's log as sections, one for each attempt of a step, that fold: which row shows what.

Only counts and the borders between sections are kept; text is read from the file for the rows in view.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from bakehouse.record.log import LogReader
from bakehouse.record.state import SpanState


@dataclass(slots=True)
class Section:
    """Lines `first` to `first + count` of the log, printed by `span` (0: by none)."""

    span: int
    first: int
    count: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What a row shows: the header of a section, or one of its lines."""

    section: Section
    line: int | None


class Book:
    """The sections of one log and which of them are open."""

    def __init__(self, reader: LogReader) -> None:
        self.reader = reader
        self.total = 0
        self.sections: list[Section] = []
        self.printed: list[Section] = []
        self.shut: dict[int, bool] = {}
        self.opened: set[int] = set()
        self._starts: list[int] = []
        self.rows = 0

    def refresh(self, spans: dict[int, SpanState], order: Sequence[int], *, follow: bool) -> bool:
        """Take in what was printed since; returns whether there is more. order: the build's spans as they began.

        follow: what is open is decided anew; else it stays, so that nothing moves under somebody who reads.
        """
        self._settle(spans)
        total = self.reader.refresh()
        grew = total > self.total
        if grew:
            self._extend(self.total, total, spans)
            self.total = total
        self._merge(spans, order)
        if follow:
            self.opened = self._worth_reading(spans)
        self._count()
        return grew

    def _extend(self, first: int, last: int, spans: dict[int, SpanState]) -> None:
        """Find the borders between spans in new lines by halving: most batches belong to one span."""
        start, end = self._span_at(first, spans), self._span_at(last - 1, spans)
        if (start == end and start) or last - first < 2:  # what Bakehouse says may stand at both ends of a whole step
            self._append(start, first, last - first)
            return
        middle = (first + last) // 2
        self._extend(first, middle, spans)
        self._extend(middle, last, spans)

    def _settle(self, spans: dict[int, SpanState]) -> None:
        """Lines may be there before the event about their span: once that is known, they join what it is a part of."""
        if self.printed and (owner := root(self.printed[-1].span, spans)) != self.printed[-1].span:
            late = self.printed.pop()
            self._append(owner, late.first, late.count)

    def _span_at(self, number: int, spans: dict[int, SpanState]) -> int:
        lines = self.reader.lines(number, 1)
        return root(lines[0].span, spans) if lines else 0

    def _append(self, span: int, first: int, count: int) -> None:
        """Lines of no span stand between sections, or in one if that goes on behind them."""
        printed = self.printed
        if span and len(printed) > 1 and not printed[-1].span and printed[-2].span == span:
            printed[-2].count += printed.pop().count
        if printed and printed[-1].span == span:
            printed[-1].count += count
        else:
            printed.append(Section(span, first, count))

    def _merge(self, spans: dict[int, SpanState], order: Sequence[int]) -> None:
        """Attempts that printed nothing get an empty section, in the order in which they began."""
        known = {section.span for section in self.printed}
        silent = [Section(span, 0) for span in order if span not in known and spans[span].type == "attempt"]
        if not silent:
            self.sections = self.printed
            return
        merged: list[Section] = []
        for section in self.printed:
            while silent and silent[0].span < section.span:
                merged.append(silent.pop(0))
            merged.append(section)
        self.sections = merged + silent
        for before, section in zip(self.sections, self.sections[1:], strict=False):
            if not section.count:
                section.first = before.first + before.count

    def _worth_reading(self, spans: dict[int, SpanState]) -> set[int]:
        """The last section, and a failure that no later attempt of its step has made up for."""
        if not self.sections:
            return set()
        last: dict[str, int] = {}
        for section in self.sections:
            span = spans.get(section.span)
            if span is not None and span.type == "attempt":
                last[span.step] = span.id
        failed = {number for number in last.values() if spans[number].outcome == "failed"}
        return failed | {next((section.span for section in reversed(self.sections) if section.span), 0)}

    def is_open(self, section: Section) -> bool:
        """Whether its lines are shown; lines that belong to no span always are."""
        return section.span == 0 or not self.shut.get(section.span, section.span not in self.opened)

    def toggle(self, section: Section) -> None:
        """Fold or unfold by hand; that stays."""
        self.shut[section.span] = self.is_open(section)
        self._count()

    def unfold(self, span: int) -> None:
        """Open a section by hand."""
        self.shut[span] = False
        self._count()

    def _count(self) -> None:
        self._starts, row = [], 0
        for section in self.sections:
            self._starts.append(row)
            row += (1 if section.span else 0) + (section.count if self.is_open(section) else 0)
        self.rows = row

    def place(self, row: int) -> Place:
        """What row `row` (from 0) shows. There must be such a row."""
        at = max(0, bisect_right(self._starts, row) - 1)
        section = self.sections[at]
        inside = row - self._starts[at] - (1 if section.span else 0)
        return Place(section, None if inside < 0 else section.first + inside)

    def row_of(self, section: Section) -> int:
        """The row of a section's header."""
        return self._starts[self.sections.index(section)]

    def section_of(self, span: int) -> Section | None:
        """The last section of a span."""
        return next((section for section in reversed(self.sections) if section.span == span), None)

    def before(self, section: Section) -> Section | None:
        """The section above."""
        at = self.sections.index(section)
        return self.sections[at - 1] if at else None


def root(span: int, spans: dict[int, SpanState]) -> int:
    """The attempt (or other outermost span) that `span` is a part of; an unknown one stands for itself."""
    for _ in range(16):
        state = spans.get(span)
        if state is None or not state.parent:
            break
        span = state.parent
    return span
