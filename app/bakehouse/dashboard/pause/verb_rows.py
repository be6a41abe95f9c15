"""What can be done about the pause of the selected build."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.pause.verbs import FIRST_COLUMN, VerbText, verbs
from bakehouse.dashboard.watching.rows import ROWS, offer
from bakehouse.dashboard.widgets.painted import Painted

LEFT_OUT = ("diff", "details", "hold")
"""Of the verbs, where three rows of 40 cells are all there is; their keys work."""
TEXT, SECOND = 24, 64
"""Cells where the text of an answer begins, and the second column."""
TAINTS = ("marks the image tainted. Enter does nothing here.", "taints. Enter does nothing.")

Asked = tuple[str, str, str, str]
"""Key, label, text, role of the key."""


class Verbs(Painted):
    """A rule and the verbs in two columns; without sentences in three or four where the screen is tiny.

    title, rows: set while something else is asked (a diff to run or not), as (key, label, text, role of the key).
    """

    ground_role = "surface"

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="verbs")
        self.model = model
        self.title = ""
        self.rows: list[Asked] = []

    @property
    def needed(self) -> int:
        """Rows that it wants, rule included."""
        if self.model.company.watching and not self.title:
            return ROWS
        if not self.title:
            return 1 + FIRST_COLUMN
        left, right = self._columns(self.screen.size.width)
        return 1 + max(len(left), len(right))

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        if self.title:
            return [self._rule(width, self.title), *self._asked(width)]
        build = self.model.paused
        if build is None:
            return []
        if self.model.company.watching:
            return offer(self, self.model, width)
        texts = verbs(build, width, self.model.changed_files(build))
        if height < self.needed:
            return self._tiny(width, texts)
        left, right = texts[:FIRST_COLUMN], texts[FIRST_COLUMN:]
        rows = [self.row() for _ in left]
        name, text, second = (22, 17, 64) if width >= 120 else (15, 16, 40) if width >= 80 else (15, 16, 31)
        for row, verb in zip(rows, left, strict=False):
            self._verb(row, 0, name, second - name - (2 if width >= 120 else 1), verb)
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

    def _columns(self, width: int) -> tuple[list[Asked], list[Asked]]:
        """What runs something at the left; what does not beside it, where there is room."""
        left = [row for row in self.rows if row[3] != "accent"]
        if width < 120 or any(TEXT + len(row[2]) >= SECOND for row in left):
            return self.rows, []
        return left, [row for row in self.rows if row[3] == "accent"]

    def _asked(self, width: int) -> list[Strip]:
        left, right = self._columns(width)
        rows = [self.row() for _ in range(max(len(left), len(right)))]
        name, text = (6, TEXT) if width >= 100 else (5, TEXT - 2)
        for row, asked in zip(rows, left, strict=False):
            self._answer(row, asked, 0, name, text)
        for row, asked in zip(rows, right, strict=False):
            self._answer(row, asked, SECOND, SECOND + 6, SECOND + 18)
        return [row.strip() for row in rows]

    def _answer(self, row: Row, asked: Asked, x: int, name: int, text: int) -> None:
        look, on = self.look, self.ground_role
        key, label, what, role = asked
        row.put(x + 1, key, look.style(role, on, bold=True))
        row.put(name, label, look.style("text", on, bold=True))
        row.put(text, what, look.style("muted", on))
