"""The pause of the selected build: the amber band, the error, where it happened, the script around it."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Row, blank
from bakehouse.dashboard.pause import paused
from bakehouse.dashboard.pause.excerpt import Excerpts, ScriptLine, line_of
from bakehouse.dashboard.watching import deeds
from bakehouse.dashboard.widgets.painted import Painted
from bakehouse.record.state import BuildState, Pause

BESIDE = 45
"""The cell where facts stand beside the script."""


class PauseCard(Painted):
    """error: what the failed step printed last to stderr; offer: how many builds stand at the same one, 0 if there is
    no other. Both are set by the screen.
    """

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="card")
        self.model = model
        self.error = ""
        self.offer = 0
        self._excerpts = Excerpts()

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        build = self.model.paused
        if build is None or build.pause is None:
            return []
        tight = height < 5
        rows = height if tight else height - 1
        offer = [self._offer()] if self.offer and rows > 2 else []
        where, error = self._where(build), self._error(build, max(1, rows - 2 - len(offer)))
        left = rows - 2 - len(error) - len(offer)
        most = 3 if left == 4 else min(4, left)  # air before the error is worth more than a fourth line
        below = [] if tight else self._script(build, most) or self._facts(build, most)[:left]
        spare = left - len(below)
        air = [blank(width, self.ground())]
        above = air if not tight and not offer and spare > 0 else []
        between = air if height > 7 and spare > len(above) else []
        return [self._band(build, build.pause), *offer, *above, *error, where, *between, *below][:rows]

    def _offer(self) -> Strip:
        row, look = self.row(), self.look
        same = f"The same error in {self.offer} builds"
        if self.model.company.watching:
            row.put(1, f"{same}.", look.style("muted"))
            return row.strip()
        row.parts(
            1,
            (f"{same}: ", look.style("paused")),
            ("a", look.style("accent", bold=True)),
            (" retries them all", look.style("muted")),
        )
        return row.strip()

    def _script(self, build: BuildState, rows: int) -> list[Strip]:
        """The script around the line; beside it what else is to be known, where there is room."""
        lines = self._excerpts.around(self.model, build, rows)
        if not lines:
            return []
        wide = self.size.width >= 83
        found = [self._script_line(line, BESIDE - 3 if wide else self.size.width - 1, build) for line in lines]
        if wide and not self._deeds(build, [row for row, _ in found], BESIDE):
            for (row, _), (label, text) in zip(found, paused.facts(build, self.model.state.directory), strict=False):
                self._fact(row, BESIDE, label, text)
        return [row.strip() for row, _ in found]

    def _deeds(self, build: BuildState, rows: list[Row], at: int) -> bool:
        """For who watches: what the driver did last. Whether there is anything."""
        company, look = self.model.company, self.look
        if company.driver is None or not company.watching:
            return False
        name = company.driver.user
        found = deeds.last(self.model.deeds[build.key], name, len(rows) - 1)
        if found:
            rows[0].put(at, f"what {name} did", look.style("muted"))
        for row, done in zip(rows[1:], found, strict=False):
            time = formats.duration(max(0, done.at - self.model.state.started))
            x = row.put(at, f"{time:<6}", look.style("muted"))
            x = row.put(x, f"{done.key} ", look.style("accent", bold=True))
            row.put(x, formats.cut_end(done.text, row.width - x - 1, look.marks.left_out), look.style())
        return bool(found)

    def _script_line(self, line: ScriptLine, end: int, build: BuildState) -> tuple[Row, int]:
        look, row = self.look, self.row()
        failed = build.pause is not None and build.pause.reason == "failure"
        on = ("failed_band" if failed else "paused_band") if line.marked else "background"
        role = ("failed" if failed else "paused") if line.marked else "muted"
        if line.marked:
            row.fill(1, end - 1, " ", look.style("text", on))
            number_on = "paused_solid" if look.palette.mode == "mono" else on
            row.fill(1, 5, " ", look.style(role, number_on))
            row.put(1, look.marks.folded, look.style(role, number_on))
            row.right(4, str(line.number), look.style(role, number_on, bold=True))
        else:
            row.right(4, str(line.number), look.style("gutter", on))
        shown = "".join(c if c.isprintable() else " " for c in line.text.expandtabs(8))
        text = formats.cut_end(shown, end - 8, look.marks.cut)
        return row, row.put(7, text, look.style("text" if line.marked else "muted", on, bold=line.marked))

    def _band(self, build: BuildState, pause: Pause) -> Strip:
        look, mine = self.look, not self.model.company.watching
        on, words = ("paused_solid", "on_paused") if mine else ("paused_band", "paused")
        row = self.row(on)
        bold, plain = look.style(words, on, bold=True), look.style(words, on)
        row.fill(0, row.width, " ", plain)
        now = self.model.now()
        end = row.right(row.width - 2, paused.kept(build, pause, now, row.width), plain) - 4
        end = row.right(end, formats.duration(now - pause.since), plain) - 3
        row.parts(1, (look.marks.paused, bold), (f" {self._place(build, end - 4)}", bold))
        return row.strip()

    def _place(self, build: BuildState, room: int) -> str:
        """Where it stands, as wide as there is room: the name gives way first, since its row has it as well."""
        left_out, short = self.look.marks.left_out, self.model.short_name(build)
        text = paused.band(build, build.name)
        if len(text) > room:
            text = paused.band(build, short)
        if len(text) > room:
            text = paused.band(build, formats.cut_middle(short, max(6, len(short) - len(text) + room), left_out))
        return formats.cut_end(text, room, left_out)

    def _error(self, build: BuildState, rows: int) -> list[Strip]:
        """The first error over as many rows as are free; only what is longer still is cut."""
        pause = build.pause
        failed = pause is not None and bool(pause.error)
        room, style = self.size.width - 2, self.look.style("failed" if failed else "text", bold=True)
        lines = textwrap.wrap(paused.headline(build, self.error, self.model.state), room) or [""]
        if len(lines) > rows:
            lines[rows - 1 :] = [formats.cut_end(" ".join(lines[rows - 1 :]), room, self.look.marks.left_out)]
        strips = []
        for line in lines:
            row = self.row()
            row.put(1, line, style)
            strips.append(row.strip())
        return strips

    def _where(self, build: BuildState) -> Strip:
        row = self.row()
        line, _ = line_of(self.model, build)
        where = paused.where(build, paused.elsewhere(build, self.model.builds), line)
        if len(where) > self.size.width - 2:
            where = paused.where(build, "", line)
        name, _, rest = where.partition(" ")
        row.parts(1, (name, self.look.style()), (f" {rest}", self.look.style("muted")))
        return row.strip()

    def _facts(self, build: BuildState, most: int) -> list[Strip]:
        rows = [self.row() for _ in range(most)]
        if self._deeds(build, rows, 1):
            return [row.strip() for row in rows]
        strips = []
        for label, text in paused.facts(build, self.model.state.directory):
            row = self.row()
            self._fact(row, 1, label, text)
            strips.append(row.strip())
        return strips

    def _fact(self, row: Row, x: int, label: str, text: str) -> None:
        row.put(x, label, self.look.style("muted"))
        cut = formats.cut_end if label == "machine" else formats.cut_middle
        row.put(x + 11, cut(text, row.width - x - 12, self.look.marks.left_out), self.look.style())
