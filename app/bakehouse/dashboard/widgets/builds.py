"""The builds: a list of one or two lines each at the left, or one strip above where there is no room for it."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel, position
from bakehouse.dashboard.paint import Row, blank
from bakehouse.dashboard.pause.paused import PLACES
from bakehouse.dashboard.widgets.painted import Painted, title_rows
from bakehouse.record.brief import result
from bakehouse.record.state import BuildState


class Chosen(Message):
    """Somebody pointed at a build."""

    def __init__(self, build: str) -> None:
        super().__init__()
        self.build = build


class BuildList(Painted, can_focus=True):
    """form: rows for each build (3 with a blank, 2, 1)."""

    ground_role = "surface"

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="builds")
        self.model = model
        self.form = 1
        self._first = 0

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        look, builds = self.look, self.model.builds
        style = look.style("accent" if self.lit else "text", self.ground_role, bold=True)
        rows = height - (2 if self.titled else 0)
        room = max(1, rows // self.form) if self.form < 3 else max(1, (rows + 1) // 3)
        selected = next((i for i, build in enumerate(builds) if build.key == self.model.selected), 0)
        self._first = max(0, min(self._first, selected, len(builds) - room))
        self._first = max(self._first, selected - room + 1)
        count = formats.thousands(len(builds))
        if len(builds) > room:
            count = f"{self._first + 1} to {self._first + room} of {count}"
        right = [(count, look.style("muted", self.ground_role))]
        strips = title_rows(self, [("Builds", style)], "Builds" if self.lit else "", right) if self.titled else []
        for build in builds[self._first : self._first + room]:
            strips.extend(self._build(build))
        return strips

    def _build(self, build: BuildState) -> list[Strip]:
        chosen, needs = build.key == self.model.selected, build.pause is not None
        on = "paused_band" if needs else "selection" if chosen else self.ground_role
        rows = [self.row(on) for _ in range(1 if self.form == 1 else 2)]
        if chosen:
            for row in rows:
                row.put(0, self.look.marks.cursor, self.look.style("paused_solid" if needs else "accent", on))
        self._first_line(rows[0], build, on, chosen or needs)
        if self.form > 1:
            self._second_line(rows[1], build, on)
        strips = [row.strip() for row in rows]
        return [*strips, blank(self.size.width, self.ground())] if self.form == 3 else strips

    def _first_line(self, row: Row, build: BuildState, on: str, bold: bool) -> None:
        look, needs = self.look, build.pause is not None
        mark, role = look.mark(build.status)
        row.put(1, mark, look.style(role, on))
        end = row.width - 2
        time = formats.duration(self.model.build_time(build)) if build.started else ""
        row.right(end, time, look.style("paused" if needs else "muted", on))
        state = short_state(build) if self.form == 1 else ""
        wide = row.width - (17 if self.form == 1 else 12)
        if self.form == 1:
            row.put(row.width - 12, state, look.style("paused" if needs else "muted", on))
        name = formats.cut_middle(build.name, wide, look.marks.left_out)
        x = row.put(4, name, look.style("muted" if build.status == "waiting" else "text", on, bold=bold))
        if build.tainted and x < row.width - 12:
            row.put(x + 1, look.marks.tainted, look.style("skipped", on))

    def _second_line(self, row: Row, build: BuildState, on: str) -> None:
        role = "paused" if build.pause is not None else "failed" if build.status == "failed" else "muted"
        text = formats.cut_end(second_line(build), row.width - 5, self.look.marks.left_out)
        row.put(4, text, self.look.style(role, on))

    def on_click(self, event: events.Click) -> None:
        """Select the build under the pointer."""
        y = event.y - (2 if self.titled else 0)
        at = self._first + y // self.form
        if y >= 0 and at < len(self.model.builds):
            self.post_message(Chosen(self.model.builds[at].key))


def short_state(build: BuildState) -> str:
    """At most five cells: `at 4`, `waits`, `4/9`, `lost`."""
    number, steps = position(build)
    if build.pause is not None:
        return f"at {number}"
    if build.status == "waiting":
        return "waits"
    if build.status == "lost":
        return "lost"
    return f"{number}/{steps}" if build.status == "running" else ""


def second_line(build: BuildState) -> str:
    """What a build does, waits for or has made."""
    number, steps = position(build)
    current = build.current
    title = current.info.title if current is not None else ""
    if build.pause is not None:
        return f"paused {PLACES.get(build.pause.place, 'at')} {number} {title}"
    if build.waits:
        return f"waits for {build.waits.partition(':')[0]}"
    if build.status == "waiting":
        return "waits for a slot" if not build.info.needs else "waits for other builds"
    if build.status == "running":
        return f"{number}/{steps}  {title}" if title else "starting"
    if build.status == "removing":
        return "cleaning up"
    if build.status == "succeeded":
        what, size = result(build)
        return f"{size} in {what}" if size else what
    kept = ", machine kept" if build.kept else ""
    return f"{build.status} at {number} {title}{kept}" if title else f"{build.status}{kept}"


class BuildStrip(Painted):
    """All builds in one row: the shortest dotted part that tells them apart."""

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="strip")
        self.model = model
        self._cells: list[tuple[int, int, str]] = []

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        row, look = self.row(), self.look
        builds = self.model.builds
        names = dict(zip((b.key for b in builds), formats.short_names([b.name for b in builds]), strict=True))
        hint = [("{ }", look.style("accent", bold=True)), (" builds", look.style("muted"))]
        room = width - 12
        shown, rest = self._fitting(builds, names, room)
        self._cells, x = [], 0
        for build in shown:
            start, x = x, self._item(row, x, build, names[build.key])
            self._cells.append((start, x, build.key))
            x += 1
        if rest:
            row.put(x + 1, f"+{rest}", look.style("muted"))
        row.parts(width - 11, *hint)
        return [row.strip()]

    def _fitting(self, builds: list[BuildState], names: dict[str, str], room: int) -> tuple[list[BuildState], int]:
        """Those that fit, in their order: the selected one, then paused ones, then neighbours of the selected one."""
        at = next((i for i, build in enumerate(builds) if build.key == self.model.selected), 0)
        urgency = sorted(range(len(builds)), key=lambda i: (i != at, builds[i].pause is None, abs(i - at)))
        chosen: set[int] = set()
        for index in urgency:
            size = len(names[builds[index].key]) + len(self._count(builds[index]) + self._flag(builds[index])) + 6
            if size > room:
                break
            room -= size
            chosen.add(index)
        return [builds[i] for i in sorted(chosen)], len(builds) - len(chosen)

    def _count(self, build: BuildState) -> str:
        number, steps = position(build)
        return f" {number}/{steps}" if build.status == "running" else ""

    def _flag(self, build: BuildState) -> str:
        return f" {self.look.marks.tainted}" if build.tainted else ""

    def _item(self, row: Row, x: int, build: BuildState, name: str) -> int:
        look, chosen = self.look, build.key == self.model.selected
        on = "paused_band" if build.pause is not None else "selection" if chosen else "background"
        mark, role = look.mark(build.status)
        count, flag = self._count(build), self._flag(build)
        row.fill(x, x + len(mark) + len(name) + len(flag) + len(count) + 2, " ", look.style("text", on))
        if chosen:
            row.put(x, look.marks.cursor, look.style("paused_solid" if build.pause is not None else "accent", on))
        return row.parts(
            x + 1,
            (mark, look.style(role, on)),
            (f" {name}", look.style("muted" if build.status == "waiting" else "text", on, bold=chosen)),
            (flag, look.style("skipped", on)),
            (f"{count} ", look.style("muted", on)),
        )

    def on_click(self, event: events.Click) -> None:
        """Select the build under the pointer."""
        for start, end, key in self._cells:
            if start <= event.x < end:
                self.post_message(Chosen(key))
