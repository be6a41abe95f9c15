"""One line to type: a command for the machine, a breakpoint."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from rich.cells import cell_len
from textual import events

from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.screens.overlay import Overlay


class Prompt(Overlay[str]):
    """Returns what was typed, "" for nothing. title: what is asked. note: what will become of it.

    hand_in: what Enter does instead of closing: it calls `settle` in the end.
    """

    closing = "enter does it   esc goes back"

    def __init__(self, look: Look, title: str, note: str, *, flag: bool = False) -> None:
        super().__init__(look)
        self.heading, self.note, self.flag = title, note, flag
        self.text = self.problem = ""
        self.at = 0
        self.hand_in: Callable[[str], None] | None = None

    def settle(self, problem: str) -> None:
        """What became of what was handed in: taken (""), or why not; then it stays, with what was typed."""
        if not self.is_attached:
            return
        if not problem:
            self.dismiss("")
            return
        self.problem = problem
        self.renew()

    def closed(self) -> str:
        """Nothing."""
        return ""

    def rows_needed(self, width: int) -> int:
        """The line, and the note below; what was wrong with the line is above that."""
        return 5 + len(self._below(width))

    def _below(self, width: int) -> list[tuple[str, str]]:
        """Text and role of the lines below the one to type in."""
        problem = [(text, "failed") for text in textwrap.wrap(self.problem, width - 10)]
        return problem + [(text, "muted") for text in textwrap.wrap(self.note, width - 10)]

    def typed(self, event: events.Key) -> None:
        """Edit the line; Enter with nothing in it does nothing."""
        key, before, after = event.key, self.text[: self.at], self.text[self.at :]
        if key == "enter":
            if self.text.strip():
                (self.hand_in or self.dismiss)(self.text.strip())
            return
        if key in ("left", "right", "home", "end", "ctrl+a", "ctrl+e"):
            last = len(self.text)
            to = {"left": self.at - 1, "right": self.at + 1, "end": last, "ctrl+e": last}.get(key, 0)
            self.at = max(0, min(last, to))
        elif key in ("backspace", "ctrl+h"):
            self.text, self.at = before[:-1] + after, max(0, self.at - 1)
        elif key == "delete":
            self.text = before + after[1:]
        elif key == "ctrl+u":
            self.text, self.at = after, 0
        elif event.character is not None and event.character.isprintable():
            self.text, self.at = before + event.character + after, self.at + 1

    def on_paste(self, event: events.Paste) -> None:
        """The first line of what is pasted."""
        event.stop()
        line = next(iter(event.text.splitlines()), "")
        shown = "".join(c for c in line if c.isprintable())
        self.text = self.text[: self.at] + shown + self.text[self.at :]
        self.at += len(shown)
        self.box.repaint()

    def inside(self, width: int, height: int) -> list[Row]:
        """The line scrolls sideways, so that the cursor is always in view."""
        look = self.look
        row, line = self.row(width), self.row(width)
        room = width - 10
        start = 0
        while cell_len(self.text[start : self.at]) > room:
            start += 1
        x = row.put(4, "> ", look.style("accent", "panel", bold=True))
        row.put(x, self.text[start : start + room], look.style("text", "panel"))
        under = self.text[self.at : self.at + 1] or " "
        row.put(x + cell_len(self.text[start : self.at]), under, look.style("on_accent", "accent_solid"))
        line.fill(1, width - 2, look.marks.thin, look.style("track", "panel"))
        rows = [self.row(width), row, line]
        for text, role in self._below(width):
            note = self.row(width)
            end = note.put(4, text, look.style(role, "panel"))
            rows.append(note)
        if self.flag and len(rows) > 3:
            rows[-1].put(end + 1, look.marks.tainted, look.style("skipped", "panel"))
        return rows
