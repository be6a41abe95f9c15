"""A small screen that asks which of several runs is meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.session.leaving import on_termination


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that can be chosen. about: what it is. needs: how many of its builds wait for a person."""

    run: str
    about: str
    needs: int = 0


class Which(Overlay[str]):
    """Returns the id of the run chosen, "" for none. The first is the newest, and the cursor stands there."""

    heading = "Attach to which run?"
    closing = "esc chooses none"

    def __init__(self, look: Look, candidates: Sequence[Candidate]) -> None:
        super().__init__(look)
        self.candidates = list(candidates)
        self.at = 0

    def closed(self) -> str:
        """None."""
        return ""

    def rows_needed(self, width: int) -> int:
        """A row for each, what Enter does, and air."""
        return 4 + len(self.candidates)

    def inside(self, width: int, height: int) -> list[Row]:
        """The rows around the cursor, as many as there is room for."""
        look, room = self.look, max(1, height - 6)
        first = max(0, min(self.at - room // 2, len(self.candidates) - room))
        shown = list(enumerate(self.candidates))[first : first + room]
        rows = [self.row(width), *(self._candidate(width, one, at == self.at) for at, one in shown), self.row(width)]
        hint = self.row(width)
        hidden = len(self.candidates) - len(shown)
        text = "enter attaches   j k move" + (f"   {hidden} more" if hidden else "")
        hint.put(4, text, look.style("muted", "panel"))
        return [*rows, hint]

    def _candidate(self, width: int, one: Candidate, chosen: bool) -> Row:
        look, on, row = self.look, "selection" if chosen else "panel", self.row(width)
        if chosen:
            row.fill(1, width - 2, " ", look.style("text", on))
            row.put(1, look.marks.cursor, look.style("accent", on))
        end = row.put(4, one.run, look.style("text", on, bold=True))
        limit = width - 4
        if one.needs:
            words = f"{look.marks.paused} {one.needs} {'needs' if one.needs == 1 else 'need'} you"
            limit = row.right(width - 4, words, look.style("paused", on, bold=True)) - 2
        row.put(end + 3, formats.cut_end(one.about, limit - end - 3, look.marks.left_out), look.style("muted", on))
        return row

    def key(self, key: str) -> None:
        """Move, or Enter."""
        steps = {"down": 1, "j": 1, "tab": 1, "up": -1, "k": -1, "shift+tab": -1}
        if key in steps:
            self.at = (self.at + steps[key]) % len(self.candidates)
        elif key in ("home", "g", "end", "G"):
            self.at = 0 if key in ("home", "g") else len(self.candidates) - 1
        elif key == "enter":
            self.dismiss(self.candidates[self.at].run)


class ChooserApp(App[str], inherit_bindings=False):
    """Ends with the id of the run chosen, "" for none."""

    CSS_PATH = "dashboard.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "none", priority=True, show=False),
        Binding("ctrl+c", "none", priority=True, show=False),
    ]

    def __init__(self, candidates: Sequence[Candidate], look: Look | None = None) -> None:
        super().__init__()
        self.look = look or Look()
        self.which = Which(self.look, candidates)

    def get_default_screen(self) -> Screen[str]:
        """The list alone."""
        return Screen()

    def on_mount(self) -> None:
        """Ask."""
        self.register_theme(self.look.base.textual_theme())
        self.theme = self.look.base.name
        self.push_screen(self.which, lambda run: self.exit(run or ""))

    def action_none(self) -> None:
        """Choose none."""
        self.exit("")


async def choose(candidates: Sequence[Candidate]) -> str:
    """The id of the run that the person chooses, "" for none."""
    app = ChooserApp(candidates)
    with on_termination(app.action_none):
        return await app.run_async() or ""
