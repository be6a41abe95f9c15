"""The steps of the selected build."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel, grouped, position
from bakehouse.dashboard.paint import blank
from bakehouse.dashboard.widgets.painted import Painted, title_rows
from bakehouse.record.state import BuildState, StepState


class StepChosen(Message):
    """Somebody pointed at a step."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step


class StepList(Painted, can_focus=True):
    """Groups, marks, numbers, names, times; the cursor row shows only while the list has the focus."""

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="steps")
        self.model = model
        self.narrow = False
        self.ground_role = "surface"
        self._rows: list[str] = []
        self._first = 0

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        self.ground_role = "background" if self.narrow else "surface"
        build = self.model.build
        strips = self._title(build) if self.titled else []
        if build is None:
            return strips
        rows = self._lines(build)
        self._rows = [key for key, _ in rows]
        room = height - len(strips)
        self._scroll(build, room)
        return strips + [strip for _, strip in rows[self._first : self._first + room]]

    def _title(self, build: BuildState | None) -> list[Strip]:
        look = self.look
        style = look.style("accent" if self.lit else "text", self.ground_role, bold=True)
        right = ""
        if build is not None:
            number, steps = position(build)
            right = f"{number} of {steps}" if self.narrow else build.name
        right = formats.cut_middle(right, self.size.width - 9, look.marks.left_out)
        focused = "Steps" if self.lit else ""
        return title_rows(self, [("Steps", style)], focused, [(right, look.style("muted", self.ground_role))])

    def _scroll(self, build: BuildState, room: int) -> None:
        cursor = self.model.step_cursor(build)
        at = self._rows.index(cursor) if cursor in self._rows else 0
        if len(self._rows) <= room:
            self._first = 0
        elif not self._first + 1 <= at < self._first + room - 1:
            self._first = max(0, min(at - room // 2, len(self._rows) - room))
            if not self._rows[self._first] and self._first + room < len(self._rows) and self._first + 1 < at:
                self._first += 1

    def _lines(self, build: BuildState) -> list[tuple[str, Strip]]:
        """Rows as (key of the step or "", strip)."""
        lines: list[tuple[str, Strip]] = []
        for name, steps in grouped(build):
            if lines:
                lines.append(("", blank(self.size.width, self.ground())))
            row = self.row()
            row.put(1, name, self.look.style("muted", self.ground_role))
            lines.append(("", row.strip()))
            lines.extend((step.info.key, self._step(build, step)) for step in steps)
        return lines

    def _step(self, build: BuildState, step: StepState) -> Strip:
        look, status = self.look, step.status
        current = status in ("running", "paused")
        cursor = self.lit and self.model.step_cursor(build) == step.info.key
        on = "paused_band" if status == "paused" else "selection" if cursor else self.ground_role
        row = self.row(on)
        if cursor:
            row.put(0, look.marks.cursor, look.style("paused_solid" if status == "paused" else "accent", on))
        mark, role = look.mark(status)
        row.put(3, mark, look.style(role, on))
        row.right(6, str(step.info.number), look.style("muted", on))
        right = self._right(step)
        x = row.right(row.width - 2, right, look.style("text" if current else "muted", on))
        name = formats.cut_end(step.info.title, x - (11 if step.accepted else 10), look.marks.left_out)
        words = "muted" if status == "waiting" or step.gone else "text"
        x = row.put(8, name, look.style(words, on, bold=current))
        if step.accepted:
            row.put(x + 1, look.marks.tainted, look.style("skipped", on))
        return row.strip()

    def _right(self, step: StepState) -> str:
        if step.gone:
            return "gone"
        if not step.started:
            return ""
        time = formats.duration(self.model.step_time(step))
        if step.status == "lost":
            return "lost" if self.narrow else f"lost  {time}"
        return f"{self.look.marks.retried}{step.attempt}  {time}" if step.attempt > 1 else time

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the step under the pointer and open it."""
        y = event.y - (2 if self.titled else 0)
        at = self._first + y
        if y >= 0 and at < len(self._rows) and self._rows[at]:
            self.post_message(StepChosen(self._rows[at]))
