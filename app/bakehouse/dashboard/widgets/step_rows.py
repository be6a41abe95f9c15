"""The rows of the step list: a step, the commands of its script, what failed in it unnoticed."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Row
from bakehouse.record.events import NANOSECONDS
from bakehouse.record.state import SpanState, StepState, worked

COMMANDS = 5
"""Commands shown below a step, at most: the last ones, and one that failed."""


class StepRows:
    """Paints single rows. on: their ground where nothing else lies on them."""

    def __init__(self, look: Look, model: RunModel) -> None:
        self.look, self.model = look, model
        self.width = 0
        self.on = "surface"

    def _row(self, on: str | None = None) -> Row:
        return Row(self.width, self.look.style("text", on or self.on))

    def step(self, step: StepState, *, cursor: bool, stops: str, saved: bool) -> Strip:
        """stops: the breakpoints that stand at it. saved: there is a checkpoint before it."""
        look, status = self.look, step.status
        current = status in ("running", "paused")
        on = "paused_band" if status == "paused" else "selection" if cursor else self.on
        row = self._row(on)
        if cursor:
            row.put(0, look.marks.cursor, look.style("paused_solid" if status == "paused" else "accent", on))
        self._gutter(row, on, stops, saved, 1 if cursor else 0)
        mark, role = look.mark(status)
        row.put(3, mark, look.style(role, on))
        row.right(6, str(step.info.number), look.style("muted", on))
        x = row.right(row.width - 2, self._right(step), look.style("text" if current else "muted", on))
        name = formats.cut_end(step.info.title, x - (11 if step.accepted else 10), look.marks.left_out)
        words = "muted" if status == "waiting" or step.gone else "text"
        x = row.put(8, name, look.style(words, on, bold=current))
        if step.accepted:
            row.put(x + 1, look.marks.tainted, look.style("skipped", on))
        return row.strip()

    def _gutter(self, row: Row, on: str, stops: str, saved: bool, first: int) -> None:
        """One mark stands in cell 1; two in 0 and 1, or in 1 and 2 where the cursor is."""
        look = self.look
        marks = [(mark, look.style("failed", on, bold=True)) for mark in stops]
        if saved:
            marks.insert(0, (look.marks.checkpoint, look.style("accent", on)))
        first = 1 if len(marks) < 2 else first
        for x, (mark, style) in enumerate(marks[: 3 - first], first):
            row.put(x, mark, style)

    def _right(self, step: StepState) -> str:
        narrow = self.width < 36
        if step.gone:
            return "gone"
        if step.cached:
            words = ("from an earlier run", "earlier run", "earlier")
            return next((text for text in words if len(text) + len(step.info.title) + 11 <= self.width), words[-1])
        if not step.started or step.status == "waiting":
            return ""
        time = formats.duration(self.model.step_time(step))
        if step.status == "lost":
            return "lost" if narrow else f"lost  {time}"
        return f"{self.look.marks.retried}{step.attempt}  {time}" if step.attempt > 1 else time

    def commands(self, step: StepState, rows: int = COMMANDS + 1) -> list[Strip]:
        """The last commands of its script, with what failed, in so many rows; the number of those before them in the
        first row, if there are three or more.
        """
        found = self.model.commands_of(step)
        counted = rows > 2
        shown = select(found, min(COMMANDS, rows if len(found) <= rows else rows - counted))
        strips = []
        if counted and len(shown) < len(found):
            row = self._row()
            earlier = formats.plural(len(found) - len(shown), "more command")
            row.put(10, earlier, self.look.style("gutter", self.on))
            strips.append(row.strip())
        return strips + [self._command(step, span) for span in shown]

    def _command(self, step: StepState, span: SpanState) -> Strip:
        look, row = self.look, self._row()
        failed = span.outcome == "failed"
        stands = step.status == "paused" and not span.outcome
        mark, role = look.mark("paused" if stands else span.outcome or "running")
        row.put(5 if not stands else 4, mark, look.style(role, self.on))
        row.right(8, str(span.line or ""), look.style("muted", self.on))
        x = row.right(row.width - 2, self._time(span), look.style("muted", self.on))
        text = formats.cut_end(" ".join(span.title.split()), x - 12, look.marks.left_out)
        row.put(10, text, look.style("text" if failed or stands else "muted", self.on, bold=failed or stands))
        return row.strip()

    def _time(self, span: SpanState) -> str:
        if span.finished and span.seconds:
            return formats.duration(round(span.seconds * NANOSECONDS))
        return formats.duration(worked(span, self.model.now()))

    def unnoticed(self, step: StepState) -> Strip:
        """Below a step that is green: which lines of its script failed all the same."""
        row = self._row()
        room = self.width - 2 - 8
        text = formats.cut_end(unnoticed(step, room), room, self.look.marks.left_out)
        row.put(8, text, self.look.style("warning", self.on))
        return row.strip()


def select(found: Sequence[SpanState], most: int = COMMANDS) -> list[SpanState]:
    """The last `most` of them; the last one that failed is among them."""
    if most < 1:
        return []
    shown = list(found[-most:])
    failed = next((span for span in reversed(found) if span.outcome == "failed"), None)
    if failed is not None and failed not in shown:
        shown = [failed, *shown[1:]]
    return shown


def unnoticed(step: StepState, room: int = 80) -> str:
    """`line 14 failed unnoticed`, `2 failed unnoticed: line 14, 20`; shorter where there is little room."""
    lines = [str(failure.line) for failure in step.swallowed]
    if len(lines) == 1:
        long, short = f"line {lines[0]} failed unnoticed", f"unnoticed: line {lines[0]}"
    else:
        long = f"{len(lines)} failed unnoticed: line {', '.join(lines)}"
        short = f"{len(lines)} unnoticed: {', '.join(lines)}"
    return long if len(long) <= room else short
