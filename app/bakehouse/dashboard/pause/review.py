"""What would run after an edit, file by file, before anything runs."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.strip import Strip

from bakehouse.dashboard import diff, formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import blank
from bakehouse.dashboard.widgets.diff_rows import DiffRows
from bakehouse.dashboard.widgets.painted import Painted
from bakehouse.session.protocol import FileChange

MOVES = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": 10, "ctrl+d": 10, "pageup": -10, "ctrl+u": -10}


class Review(Painted, can_focus=True):
    """active: shown. answers: what each key does, by the name of the action. title, note: what is asked, and what else
    is to be known. directory: what paths are shown relative to. withheld: there is no difference to show, since what
    does not compile may hold a secret that nobody knows.
    """

    footer: ClassVar[list[tuple[str, str]]] = [("j k", "scroll"), ("esc", "back")]

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="review")
        self.active = False
        self.title = ""
        self.note = ""
        self.directory = ""
        self.withheld = False
        self.uses: dict[str, str] = {}
        self.files: list[FileChange] = []
        self.answers: dict[str, str] = {}
        self.top = 0
        self._diffs = DiffRows(look)

    def ask(
        self,
        title: str,
        files: Sequence[FileChange],
        answers: dict[str, str],
        *,
        note: str = "",
        uses: dict[str, str] | None = None,
        directory: str = "",
    ) -> None:
        """Show the files and wait for one of the keys. uses: what is said beside a path."""
        self.title, self.files, self.answers, self.note = title, list(files), answers, note
        self.uses, self.directory, self.top, self.active = uses or {}, directory, 0, True

    def close(self) -> None:
        """Back to what was there before."""
        self.active = False

    def key(self, key: str, act: Callable[[str], bool]) -> bool:
        """Scroll or answer; Enter does nothing."""
        if key in MOVES:
            self.top = max(0, self.top + MOVES[key])
            self.repaint()
            return True
        if key in self.answers:
            return act(self.answers[key])
        return key == "enter"

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        self.top += 3
        self.repaint()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        self.top = max(0, self.top - 3)
        self.repaint()

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        strips = [blank(width, self.ground()), *self._head(width)]
        body, note = self._body(width), self._notice(width) if self.note else []
        room, air = height - len(strips), blank(width, self.ground())
        if note:  # right under the last file, but never out of sight
            body = [*body, air, *note] if len(body) + 1 + len(note) <= room else [*note, air, *body]
        self.top = max(0, min(self.top, len(body) - room))
        return strips + body[self.top : self.top + room]

    def _head(self, width: int) -> list[Strip]:
        look = self.look
        row, line = self.row(), self.row()
        row.put(1, self.title, look.style(bold=True))
        end = width - 2
        if not self.withheld:
            added, removed = map(sum, zip(*(diff.counts(file.diff) for file in self.files), (0, 0), strict=True))
            end = row.right(end, f"-{removed}", look.style("remove")) - 1
            end = row.right(end, f"+{added} ", look.style("add")) - 3
        row.right(end, formats.plural(len(self.files), "file"), look.style("muted"))
        line.fill(0, width, look.marks.thin, look.style("border"))
        return [row.strip(), line.strip()]

    def _body(self, width: int) -> list[Strip]:
        strips: list[Strip] = []
        for file in self.files:
            if strips:
                strips.append(blank(width, self.ground()))
            strips.append(self._file(file, width))
            if file.gone:
                strips.append(self._sentence("This file is not there any more.", "warning"))
            elif not file.diff and not self.withheld:
                strips.append(self._sentence("Changed; too large or not text, so not shown here.", "muted"))
            strips.extend(self._diffs.row(row, width) for row in diff.rows(file.diff))
        if not self.files and not self.withheld:
            strips.append(self._sentence("Nothing has changed on disk.", "text"))
        return strips

    def _sentence(self, text: str, role: str) -> Strip:
        row = self.row()
        row.put(1, text, self.look.style(role))
        return row.strip()

    def _file(self, file: FileChange, width: int) -> Strip:
        row, look = self.row(), self.look
        end = width - 2
        if not self.withheld:
            added, removed = diff.counts(file.diff)
            end = row.right(end, f"-{removed}", look.style("remove")) - 1
            end = row.right(end, f"+{added} ", look.style("add")) - 1
        shown = formats.inside(file.path, self.directory)
        x = row.put(1, formats.cut_middle(shown, max(8, end - 3), look.marks.left_out), look.style(bold=True))
        uses = self.uses.get(file.path, "")
        if x + 2 + len(uses) < end:
            row.put(x + 2, uses, look.style("muted"))
        return row.strip()

    def _notice(self, width: int) -> list[Strip]:
        strips = []
        wrapped = [part for line in self.note.splitlines() for part in (textwrap.wrap(line, width - 3) or [""])]
        for number, text in enumerate(["", *wrapped, ""]):
            row = self.row("paused_band")
            row.put(0, self.look.marks.cursor, self.look.style("paused_solid", "paused_band"))
            row.put(1, text, self.look.style("text", "paused_band", bold=number == 1))
            strips.append(row.strip())
        return strips
