"""How the log of one build is painted: the rows in view, read from its file, with headers, times and a scrollbar."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from pathlib import Path

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.log.book import Book, Section
from bakehouse.dashboard.log.rows import LogRows, Manner
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Cells, length
from bakehouse.dashboard.widgets.painted import Painted, title_rows
from bakehouse.record.log import LogReader
from bakehouse.record.state import BuildState, worked

TITLE = 2


class LogView(Painted, can_focus=True):
    """key: of the build, "" for none. follow: the end stays in view; else row `top` is the first, and `seen` lines were
    there when following ended. error: number of the line that is the error, -1 for none. note: said instead of the log.

    divided: a seam at its left belongs to it. alone: titled as the Log panel, not with the build's name.
    """

    def __init__(self, look: Look, model: RunModel, logs: Path, number: int) -> None:
        super().__init__(look, id=f"pane{number}")
        self.model, self.logs = model, logs
        self.key = ""
        self.reader: Callable[[Path], LogReader] = LogReader
        self.book = Book(LogReader(logs / "none"))
        self.rows = LogRows(look, model)
        self.follow, self.wrap, self.shift = True, False, 0
        self.top, self.seen, self.error = 0, 0, -1
        self.time = ""
        self.divided, self.alone = False, True
        self.note = ""
        self._shown: list[int] = []
        self._books: dict[str, tuple[Book, bool, int, int]] = {}

    @property
    def build(self) -> BuildState | None:
        """The build whose log it shows."""
        return self.model.state.builds.get(self.key)

    def _room(self) -> int:
        return max(1, self.size.height - (TITLE if self.titled else 0))

    def _manner(self) -> Manner:
        width = max(20, self.size.width - (1 if self.divided else 0))
        time = self.time or ("clock" if width >= 100 else "start")
        return Manner(width, time, self.wrap, self.shift, self.error)

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        manner = self._manner()
        room = max(0, height - (TITLE if self.titled else 0))
        content = self._content(manner, room)
        air = [Segment(" " * (manner.width - 1), self.ground())]
        seam = [Segment(self.look.marks.seam, self.look.style("border"))] if self.divided else []
        strips = []
        for bar, row in zip_longest(self._bar(room), content):
            cells = row or air
            left = manner.width - 1 - length(cells)
            pad = [Segment(" " * left, self.ground())] if left else []
            strips.append(Strip([*seam, *cells, *pad, bar], width))
        if self.titled:
            title = self._title(manner.width)
            strips = [Strip([*seam, *strip], width) for strip in title] + strips
        return strips

    def status(self) -> list[tuple[str, Style]]:
        """`following`, or how much is new below."""
        look, build = self.look, self.build
        if not self.follow:
            new = formats.thousands(self.book.total - self.seen)
            return [(f"   {look.marks.opened} {new} new", look.style("accent", bold=True))]
        if (
            build is not None
            and build.pause is None
            and build.status not in ("waiting", "removing")
            and not build.ended
        ):
            return [("   following", look.style("text" if self.alone else "muted"))]
        return []

    def _title(self, width: int) -> list[Strip]:
        look, build = self.look, self.build
        bold = look.style("accent" if self.lit else "text", bold=True)
        current = build.current if build is not None else None
        muted, text = look.style("muted"), look.style()
        right = self.status()
        step = f"{current.info.number} {current.info.title}" if current is not None else ""
        time = formats.duration(self.model.step_time(current)) if current is not None else ""
        if self.alone:
            files = build is not None and self.model.changed_files(build) is not None
            title = [("Log", bold), *([("   Files", muted)] if files else [])]
            step = formats.cut_end(step, max(4, width - 34), look.marks.left_out)
            if build is not None and build.pause is None and step:
                right = [(step, muted), (f"   {time}", text), *right]
            elif step:
                right = [(step, muted), *right]
            return title_rows(self, title, "Log" if self.lit else "", right, width)
        name = build.name if build is not None else ""
        title = [(name, bold)]
        if current is not None:
            mark, role = look.mark(current.status)
            title += [(f" {look.marks.cut} ", muted), (mark, look.style(role)), (f" {step}", text)]
            right = [(f" {time}", muted), *right]
        return title_rows(self, title, name if self.lit else "", right, width)

    def _content(self, manner: Manner, room: int) -> list[Cells]:
        words = self._instead()
        if words:
            return [self._words(text, manner, role) for text, role in words]
        if not self.book.rows:
            return []
        width = self.rows.name_width(self.book.sections, manner)
        if self.follow:
            return self._tail(manner, room, width)
        self.top = min(self.top, self.book.rows - 1)
        sticky = self._sticky(self.top, manner, width, two=False)
        content = [*sticky]
        for strips in self._rows(self.top, min(self.book.rows, self.top + room), manner, width):
            content.extend(strips)
            if len(content) >= room:
                break
        if len(content) < room and self.top + room >= self.book.rows:
            content.extend(self._open(manner))
        return content[:room]

    def _tail(self, manner: Manner, room: int, width: int) -> list[Cells]:
        """The last rows, and above them the headers that they belong to."""
        end, last = self.book.rows, self._open(manner) or self._silence(manner)
        first = max(0, end - max(1, room - len(last)))
        rows: list[Cells] = []
        for strips in self._rows(first, end, manner, width):
            rows.extend(strips)
        rows.extend(last)
        self.top = first
        cut = max(0, len(rows) - room)
        sticky: list[Cells] = []
        if first or cut:
            sticky = self._sticky(first + 1, manner, width, two=room >= 16)
        cut = max(0, len(rows) + len(sticky) - room)
        return sticky + rows[cut:]

    def _sticky(self, top: int, manner: Manner, width: int, *, two: bool) -> list[Cells]:
        """The header of the section that row `top` belongs to, unless it is that row; with `two` also a folded one
        above it.
        """
        section = self.book.place(min(top, self.book.rows - 1)).section
        if not section.span or self.book.row_of(section) >= top:
            return []
        headers = [self.rows.header(section, True, manner, width)]
        above = self.book.before(section)
        if two and above is not None and above.span and not self.book.is_open(above):
            headers.insert(0, self.rows.header(above, False, manner, width))
        return headers

    def _rows(self, first: int, last: int, manner: Manner, width: int) -> Sequence[list[Cells]]:
        """The strips of the rows `first` to `last`; lines that stand together are read together."""
        found: list[list[Cells]] = []
        row = first
        while row < last:
            place = self.book.place(row)
            section = place.section
            if place.line is None:
                found.append([self.rows.header(section, self.book.is_open(section), manner, width)])
                row += 1
                continue
            count = min(last - row, section.first + section.count - place.line)
            found.extend(self._lines(section, place.line, count, manner))
            row += count
        return found

    def _lines(self, section: Section, first: int, count: int, manner: Manner) -> list[list[Cells]]:
        span = self.model.state.spans.get(section.span)
        lines = self.book.reader.lines(max(0, first - 1), count + (1 if first else 0))
        before = lines[0].at if lines else 0
        start = span.started if span is not None else before
        found = []
        for line in lines:
            if line.number >= first:
                found.append(self.rows.line(line, before, start, manner))
            before = line.at
        return found + [[]] * (count - len(found))

    def _open(self, manner: Manner) -> list[Cells]:
        raw = self.book.reader.open_line
        if not raw or not self.book.sections:
            return []
        section = self.book.sections[-1]
        span = self.model.state.spans.get(section.span)
        now = self.model.now()
        return self.rows.open_line(raw, now, span.started if span is not None else now, manner)

    def _silence(self, manner: Manner) -> list[Cells]:
        """Below the header of a step that has printed nothing."""
        section = self.book.sections[-1]
        span = self.model.state.spans.get(section.span)
        if section.count or span is None or span.finished:
            return []
        time = formats.duration(worked(span, self.model.now()))
        text = f"Nothing printed yet. {span.title} has run for {time}."
        return [self.row(width=manner.width - 1).segments(), self._words(text, manner, "text")]

    def _instead(self) -> list[tuple[str, str]]:
        """What is said where there is no log to show."""
        build = self.build
        if self.note:
            return [(self.note, "text")]
        if build is not None and build.status == "waiting" and build.waits:
            return [(f"Waits for {build.waits}.", "muted")]
        if build is not None and build.status == "waiting":
            return [("waits for a slot" if not build.info.needs else "waits for other builds", "muted")]
        if build is not None and not self.book.rows and build.ended:
            return [(build.error or "It printed nothing.", "muted")]
        return []

    def _words(self, text: str, manner: Manner, role: str) -> Cells:
        row = self.row(width=manner.width - 1)
        row.put(manner.text_at, formats.cut_end(text, manner.room, self.look.marks.left_out), self.look.style(role))
        return row.segments()

    def _bar(self, room: int) -> list[Segment]:
        """The scrollbar, a cell a row."""
        look, total = self.look, self.book.rows
        if total <= room or not room:
            return [Segment(" ", self.ground())] * room
        track = Segment(look.marks.seam, look.style("border"))
        thumb = Segment(look.marks.thumb, look.style("gutter"))
        size = max(1, room * room // total)
        at = room - size if self.follow else min(room - size, self.top * (room - size) // max(1, total - room))
        return [thumb if at <= y < at + size else track for y in range(room)]
