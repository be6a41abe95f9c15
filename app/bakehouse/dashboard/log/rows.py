"""How lines and headers of a log look: finished pieces, kept while nothing about them changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style

from bakehouse.dashboard import formats
from bakehouse.dashboard.log import ansi
from bakehouse.dashboard.log.book import Section
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Cells, Row, crop, length
from bakehouse.dashboard.widgets.step_rows import unnoticed
from bakehouse.record.log import STDERR, WARN, LogLine
from bakehouse.record.state import BuildState, worked

TIMES = ("off", "clock", "start", "delta")
KEPT = 1024
"""Lines that a pane keeps."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How lines are shown. time: one of TIMES. offset: cells cut at the left. error: number of the failing line."""

    width: int
    time: str
    wrap: bool = False
    offset: int = 0
    error: int = -1

    @property
    def time_width(self) -> int:
        """Cells up to the last digit of the time."""
        return {"off": 0, "clock": 13}.get(self.time, 6)

    @property
    def text_at(self) -> int:
        """The first cell of the text."""
        return self.time_width + 1 if self.time_width else 2

    @property
    def room(self) -> int:
        """Cells for the text; the two last are left for air and the scrollbar."""
        return max(1, self.width - self.text_at - 2)


class LogRows:
    """Paints the rows of one pane."""

    def __init__(self, look: Look, model: RunModel) -> None:
        self.look, self.model = look, model
        self._kept: dict[tuple[int, int], list[Cells]] = {}
        self._manner: tuple[Manner, str, bool] | None = None

    def line(self, line: LogLine, before: int, start: int, manner: Manner) -> list[Cells]:
        """The rows of a line, one unless it is wrapped. before: time of the line above; start: of its section."""
        palette = self.look.palette
        state = (manner, palette.name, palette.dimmed)
        if self._manner != state or len(self._kept) > KEPT:
            self._kept.clear()
            self._manner = state
        key = (line.number, start)  # a line may be there before the event that says when its attempt began
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self._line(line, before, start, manner)
        return found

    def open_line(self, raw: bytes, at: int, start: int, manner: Manner) -> list[Cells]:
        """What has no newline yet."""
        return self._line(LogLine(-2, at, 0, 0, raw), at, start, manner)

    def _line(self, line: LogLine, before: int, start: int, manner: Manner) -> list[Cells]:
        look, failed = self.look, line.number == manner.error
        on = "failed_band" if failed else "background"
        traced = line.text.startswith(b"+") and line.text.lstrip(b"+").startswith(b" ")
        stderr = line.stream == STDERR and not traced
        role = "failed" if failed else "muted" if traced else "warning" if stderr or line.stream == WARN else "text"
        time = self._time(line, before, start, manner).rjust(manner.text_at - 1)
        mark = look.marks.stderr if stderr or failed else " "
        marked = look.style("failed" if failed else "warning", on)
        gutter = [Segment(time, look.style("gutter", on)), Segment(mark, marked)]
        pieces = [
            Segment(text, look.style(role, on, bold=True) if failed else ansi.style(state, look.palette, role, on))
            for text, state in ansi.parse(line.text)
        ]
        bodies = self._bodies(pieces, manner, on)
        empty = Segment(" " * manner.text_at, look.style("text", on))
        return [[empty, *body] if n else [*gutter, *body] for n, body in enumerate(bodies)]

    def _bodies(self, text: Cells, manner: Manner, on: str) -> list[Cells]:
        """The text in rows of `room` cells and one of air; one row, cut, unless lines wrap."""
        ground, room = self.look.style("text", on), manner.room
        size = length(text)
        if manner.wrap and size > room:
            return [self._padded(crop(text, at, room), room, ground) for at in range(0, size, room)]
        if size > manner.offset + room:
            cut = Segment(self.look.marks.cut, self.look.style("gutter", on))
            shown = crop(text, manner.offset, room - 1)
            return [[*self._padded(shown, room - 2, ground), cut, Segment(" ", ground)]]
        return [self._padded(crop(text, manner.offset, room) if manner.offset else text, room, ground)]

    def _padded(self, text: Cells, room: int, ground: Style) -> Cells:
        return [*text, Segment(" " * (room + 1 - length(text)), ground)]

    def _time(self, line: LogLine, before: int, start: int, manner: Manner) -> str:
        if manner.time == "off":
            return ""
        if manner.time == "clock":
            return formats.clock(line.at, milliseconds=True)
        since = line.at - (start if manner.time == "start" else before)
        if manner.time == "start":
            return formats.duration(since)
        tenths = max(0, since) // 100_000_000
        return f"+{tenths // 10}.{tenths % 10}" if tenths < 1000 else f"+{formats.duration(since)}"

    def header(self, section: Section, is_open: bool, manner: Manner, name_width: int) -> Cells:
        """The fold line of an attempt: `▾ ◉  4 install-nginx   0:41   342 lines`."""
        look, model = self.look, self.model
        row = Row(manner.width - 1, look.style())
        span = model.state.spans.get(section.span)
        if span is None:
            return row.segments()
        build = self._build(section.span)
        step = build.steps.get(span.step) if build is not None and span.type == "attempt" else None
        status = span.outcome or "running"
        pause = build.pause if build is not None else None
        if pause is not None and pause.span == span.id and pause.place != "before":
            status = "paused"
        mark, role = look.mark(status)
        x, muted = manner.text_at, look.style("muted")
        row.put(x - 2, look.marks.opened if is_open else look.marks.folded, look.style("gutter"))
        row.put(x, mark, look.style(role))
        words = look.style("text" if is_open else "muted")
        row.right(x + 3, str(step.info.number) if step is not None else "", words)
        title = step.info.title if step is not None else span.title
        title = formats.cut_end(title, name_width, look.marks.left_out)
        row.put(x + 5, title, words)
        after = x + 5 + name_width + 1
        time = worked(span, model.now())
        row.right(after + 6, formats.duration(time), muted)
        more = formats.plural(section.count, "line")
        if span.attempt > 1:
            more += f"   {look.marks.retried} attempt {span.attempt}"
        x = row.put(after + 10, more, muted)
        if step is not None and step.span == span.id and step.swallowed and step.status != "running":
            row.put(x + 3, unnoticed(step, row.width - x - 3), look.style("warning"))
        return row.segments()

    def _build(self, span: int) -> BuildState | None:
        found = (build for build in self.model.builds if span in self.model.span_order[build.key])
        return next(found, None)

    def name_width(self, sections: Sequence[Section], manner: Manner) -> int:
        """Cells for the names of headers, so that their times stand in one column."""
        spans = self.model.state.spans
        longest = max((len(spans[s.span].title) for s in sections if s.span in spans), default=0)
        return max(8, min(max(15, longest), manner.room - 25))
