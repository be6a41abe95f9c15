"""The steps of the selected build."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel, grouped, position, step_rows
from bakehouse.dashboard.paint import blank
from bakehouse.dashboard.pause import stops
from bakehouse.dashboard.widgets.painted import Painted, title_rows
from bakehouse.dashboard.widgets.step_rows import COMMANDS, StepRows
from bakehouse.record.state import BuildState, StepState


class StepChosen(Message):
    """Somebody pointed at a step."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step


class StepList(Painted, can_focus=True):
    """Groups, marks, numbers, names, times; the cursor row shows only while the list has the focus.

    The step that runs or is paused unfolds the commands of its script.
    """

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="steps")
        self.model = model
        self.painter = StepRows(look, model)
        self.narrow = False
        self.ground_role = "surface"
        self._rows: list[str] = []
        self._first = 0

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        self.ground_role = self.painter.on = "background" if self.narrow else "surface"
        self.painter.width = width
        build = self.model.build
        strips = self._title(build) if self.titled else []
        if build is None:
            return strips
        room = height - len(strips)
        rows = self._lines(build, self._spare(build, room))
        self._rows = [key for key, _ in rows]
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
        """Keep the cursor's row in view, and of what hangs below it as much as fits."""
        cursor = self.model.step_cursor(build)
        at = self._rows.index(cursor) if cursor in self._rows else 0
        hang = next((n for n, key in enumerate(self._rows[at + 1 :]) if key != "-"), 0)
        if len(self._rows) <= room:
            self._first = 0
        elif not (self._first + 1 <= at and at + min(hang, room - 3) < self._first + room - 1):
            self._first = max(0, min(at - room // 2 + hang // 2, len(self._rows) - room))
            if not self._rows[self._first] and self._first + room < len(self._rows) and self._first + 1 < at:
                self._first += 1

    def _spare(self, build: BuildState, room: int) -> int:
        """Rows for the commands of a script: what the steps leave; a few where the steps are scrolled anyhow."""
        needed = step_rows(build) + sum(1 for step in build.steps.values() if step.swallowed)
        return min(COMMANDS + 1, room - needed if needed <= room else 2 if room < 8 else 3)

    def _lines(self, build: BuildState, spare: int) -> list[tuple[str, Strip]]:
        """Rows as (key of the step, "-" for what hangs below one, else "", strip). spare: rows for commands."""
        lines: list[tuple[str, Strip]] = []
        marks = stops.gutter(self.model.state, build.key)
        saved = {made.step for made in build.checkpoints.values()}
        for name, steps in grouped(build):
            if lines:
                lines.append(("", blank(self.size.width, self.ground())))
            row = self.row()
            row.put(1, name, self.look.style("muted", self.ground_role))
            lines.append(("", row.strip()))
            for step in steps:
                key = step.info.key
                cursor = self.lit and self.model.step_cursor(build) == key
                strip = self.painter.step(step, cursor=cursor, stops=marks.get(key, ""), saved=key in saved)
                lines.append((key, strip))
                lines.extend(("-", strip) for strip in self._below(build, step, spare))
        return lines

    def _below(self, build: BuildState, step: StepState, spare: int) -> list[Strip]:
        if build.pause is not None and build.pause.place == "before" and build.pause.step == step.info.key:
            return []
        if step.status in ("running", "paused"):
            return self.painter.commands(step, spare)
        return [self.painter.unnoticed(step)] if step.swallowed else []

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on the step under the pointer and open it."""
        y = event.y - (2 if self.titled else 0)
        at = self._first + y
        while 0 < at < len(self._rows) and self._rows[at] == "-":
            at -= 1
        if y >= 0 and at < len(self._rows) and self._rows[at]:
            self.post_message(StepChosen(self._rows[at]))
