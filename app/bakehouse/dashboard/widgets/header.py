"""The first two rows: what runs, how it stands, and the one badge that nothing dims."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.widgets.painted import Painted

COUNTED = ("running", "failed", "lost", "succeeded", "waiting")


class Header(Painted):
    """Template, run, builds, badge, counts; at the right what has elapsed and who is here."""

    ground_role = "panel"

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="header")
        self.model = model

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        row = self.row()
        right = self._right(width)
        room = width - 2 - sum(len(text) for text, _ in right)
        self._left(row, room)
        end = width - 2
        for text, style in reversed(right):
            end = row.right(end, text, style) - 1
        line = self.row("background")
        line.fill(0, width - 1, self.look.marks.thin, self.look.style("border"))
        return [row.strip(), line.strip()]

    def _left(self, row: Row, room: int) -> None:
        look, state = self.look, self.model.state
        badge, counts = self._badge(), self._counts()
        fixed = sum(len(text) + 2 for text, _ in [*badge, *counts])
        full = formats.plural(len(state.builds), "build")
        given = state.template.rstrip("/").rsplit("/", 1)[-1]
        name = given if given not in ("", ".", "..") else state.directory.rsplit("/", 1)[-1]
        name = formats.cut_middle(name, max(8, room - fixed - 2), look.marks.left_out)
        x = row.put(1, name, look.style("text", "panel", bold=True))
        for texts in ((f"run {state.run}", full), (state.run, full), (state.run,), ()):
            if x + fixed + sum(len(text) + 2 for text in texts) <= room or not texts:
                break
        for text in texts:
            x = row.put(x + 2, text, look.style("muted", "panel"))
        for text, style in [*badge, *counts]:
            if x + 2 + len(text) <= room:
                x = row.put(x + 2, text, style)

    def _badge(self) -> list[tuple[str, Style]]:
        number = len(self.model.state.paused)
        if not number:
            return []
        company = self.model.company
        if company.replay:
            text = f" {self.look.marks.paused} {number} paused "
            return [(text, self.look.style("paused", "paused_band", bold=True, keep=True))]
        if company.watching:
            whom = f" for {company.driver.user}" if company.driver is not None else ""
            text = f" {self.look.marks.paused} {number} {'waits' if number == 1 else 'wait'}{whom} "
            return [(text, self.look.style("paused", "paused_band", bold=True, keep=True))]
        text = f" {self.look.marks.paused} {number} {'needs' if number == 1 else 'need'} you "
        return [(text, self.look.style("on_paused", "paused_solid", bold=True, keep=True))]

    def _counts(self) -> list[tuple[str, Style]]:
        found: list[tuple[str, Style]] = []
        counts = self.model.counts()
        for status in COUNTED:
            if counts.get(status):
                mark, role = self.look.mark(status)
                word = " lost" if status == "lost" else ""
                found.append((f"{mark} {counts[status]}{word}", self.look.style(role, "panel")))
        return found

    def _right(self, width: int) -> list[tuple[str, Style]]:
        look, model = self.look, self.model
        text, muted = look.style("text", "panel"), look.style("muted", "panel")
        parts = [(formats.duration(model.elapsed()), text)]
        if width >= 90:
            parts.append((" elapsed", muted))
        if model.state.stopping and model.state.exit_code is None:
            parts.append(("   stopping", look.style("warning", "panel")))
        if model.company.watching:
            word = " replay " if model.company.replay else " watching "
            parts += [("   ", muted), (word, look.style("on_accent", "accent_solid", bold=True))]
        elif width >= 100:
            parts.append((f"   {formats.plural(model.viewers, 'viewer')}", muted))
        return parts
