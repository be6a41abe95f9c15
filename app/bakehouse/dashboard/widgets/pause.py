"""The pause of the selected build: the amber band, the error, where it happened; and below, what can be done."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from textual.strip import Strip

from bakehouse.dashboard import formats, paused, watching_rows
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Row, blank
from bakehouse.dashboard.verbs import FIRST_COLUMN, VerbText, verbs
from bakehouse.dashboard.widgets.painted import Painted
from bakehouse.record.state import BuildState, Pause

LEFT_OUT = ("diff", "details", "hold")
"""Of the verbs, where three rows of 40 cells are all there is; their keys work."""
TAINTS = ("marks the image tainted. Enter does nothing here.", "taints. Enter does nothing.")


class PauseCard(Painted):
    """error: what the failed step printed last to stderr, set by the screen."""

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="card")
        self.model = model
        self.error = ""

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        build = self.model.paused
        if build is None or build.pause is None:
            return []
        tight = height < 5
        rows = height if tight else height - 1
        where, facts = self._where(build), [] if tight else self._facts(build)
        error = self._error(build.pause, max(1, rows - 2))
        facts = facts[: rows - 2 - len(error)]
        spare = rows - 2 - len(facts) - len(error)
        air = [blank(width, self.ground())]
        above = air if not tight and spare > 0 else []
        below = air if height > 7 and spare > 1 else []
        return [self._band(build, build.pause), *above, *error, where, *below, *facts][:rows]

    def _band(self, build: BuildState, pause: Pause) -> Strip:
        look, mine = self.look, not self.model.company.watching
        on, words = ("paused_solid", "on_paused") if mine else ("paused_band", "paused")
        row = self.row(on)
        bold, plain = look.style(words, on, bold=True), look.style(words, on)
        row.fill(0, row.width, " ", plain)
        now = self.model.now()
        end = row.right(row.width - 2, paused.kept(build, pause, now, row.width), plain) - 4
        end = row.right(end, formats.duration(now - pause.since), plain) - 3
        text = paused.band(build, build.name)
        if len(text) > end - 4:
            text = paused.band(build, self.model.short_name(build))
        text = formats.cut_end(text, end - 4, look.marks.left_out)
        row.parts(1, (look.marks.paused, bold), (f" {text}", bold))
        return row.strip()

    def _error(self, pause: Pause, rows: int) -> list[Strip]:
        """The first error over as many rows as are free; only what is longer still is cut."""
        room, style = self.size.width - 2, self.look.style("failed" if pause.reason == "failure" else "text", bold=True)
        lines = textwrap.wrap(paused.headline(pause, self.error), room) or [""]
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
        where = paused.where(build, paused.elsewhere(build, self.model.builds))
        if len(where) > self.size.width - 2:
            where = paused.where(build, "")
        name, _, rest = where.partition(" ")
        row.parts(1, (name, self.look.style()), (f" {rest}", self.look.style("muted")))
        return row.strip()

    def _facts(self, build: BuildState) -> list[Strip]:
        strips = []
        for label, text in paused.facts(build, self.model.state.directory):
            row = self.row()
            row.put(1, label, self.look.style("muted"))
            cut = formats.cut_end if label == "machine" else formats.cut_middle
            row.put(12, cut(text, row.width - 13, self.look.marks.left_out), self.look.style())
            strips.append(row.strip())
        return strips


class Verbs(Painted):
    """A rule and the verbs in two columns; without sentences in three or four where the screen is tiny.

    title, rows: set while something else is asked (a diff to run or not), as (key, label, text, role of the key).
    """

    ground_role = "surface"

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="verbs")
        self.model = model
        self.title = ""
        self.rows: list[tuple[str, str, str, str]] = []

    @property
    def needed(self) -> int:
        """Rows that it wants, rule included."""
        if self.model.company.watching and not self.title:
            return watching_rows.ROWS
        return 1 + (len(self.rows) if self.title else FIRST_COLUMN)

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        if self.title:
            return [self._rule(width, self.title), *self._asked(width)]
        build = self.model.paused
        if build is None:
            return []
        if self.model.company.watching:
            return watching_rows.offer(self, self.model, width)
        texts = verbs(build, width)
        if height < self.needed:
            return self._tiny(width, texts)
        left, right = texts[:FIRST_COLUMN], texts[FIRST_COLUMN:]
        rows = [self.row() for _ in left]
        name, text, second = (22, 17, 64) if width >= 120 else (15, 16, 40) if width >= 80 else (15, 16, 31)
        for row, verb in zip(rows, left, strict=False):
            self._verb(row, 0, name, second - name, verb)
        for row, verb in zip(rows, right, strict=False):
            self._verb(row, second, text, width - second - text - 1, verb)
        return [self._rule(width, "What next?"), *(row.strip() for row in rows)]

    def _verb(self, row: Row, x: int, text: int, room: int, verb: VerbText) -> None:
        look, on = self.look, self.ground_role
        key = "muted" if verb.reason else "failed" if verb.ends else "paused"
        row.put(x + 1, verb.key, look.style(key, on, bold=not verb.reason))
        row.put(x + 4, verb.label, look.style("muted" if verb.reason else "text", on, bold=not verb.reason))
        end = row.put(x + text, verb.text(room), look.style("muted", on))
        if verb.taints and not verb.reason:
            row.put(end + 1, look.marks.tainted, look.style("skipped", on))

    def _tiny(self, width: int, texts: list[VerbText]) -> list[Strip]:
        look, on = self.look, self.ground_role
        rows = [self.row() for _ in range(3)]
        shown = texts if width >= 56 else [verb for verb in texts if verb.name not in LEFT_OUT]
        x = 0
        for at, verb in enumerate(shown):
            if at and at % 3 == 0:
                x += max(len(other.label) for other in shown[at - 3 : at]) + 3
            row = rows[at % 3]
            key = "muted" if verb.reason else "failed" if verb.ends else "paused"
            row.put(x + 1, verb.key, look.style(key, on, bold=True))
            row.put(x + 3, verb.label, look.style("muted" if verb.reason else "text", on))
        return [row.strip() for row in rows]

    def _rule(self, width: int, title: str) -> Strip:
        look = self.look
        row = self.row("background")
        row.fill(0, width, look.marks.heavy, look.style("paused_solid", bold=True))
        row.put(2, f" {title} ", look.style("paused", bold=True))
        text = TAINTS[0 if width >= 100 else 1]
        muted = look.style("muted")
        start = width - 6 - len(text)
        if start > len(title) + 6:
            row.parts(start, (" ", muted), (look.marks.tainted, look.style("skipped")), (f" {text} ", muted))
        return row.strip()

    def _asked(self, width: int) -> list[Strip]:
        look, on, strips = self.look, self.ground_role, []
        name, text = (6, 24) if width >= 100 else (5, 20)
        for key, label, what, role in self.rows:
            row = self.row()
            row.put(1, key, look.style(role, on, bold=True))
            row.put(name, label, look.style("text", on, bold=True))
            row.put(text, what, look.style("muted", on))
            strips.append(row.strip())
        return strips
