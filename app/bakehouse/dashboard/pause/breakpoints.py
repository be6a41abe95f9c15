"""The breakpoints of the run, with how often each was hit; here they are cleared."""

from __future__ import annotations

from collections.abc import Callable

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.pause import stops
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.record.state import BreakpointState


class BreakpointList(Overlay[str]):
    """Returns "new" if somebody wants another one. clear: takes one away; it stays until the engine says so."""

    heading = "Breakpoints"
    closing = "x clears   n new   esc closes"
    top = 5

    def __init__(self, look: Look, model: RunModel, clear: Callable[[int], None]) -> None:
        super().__init__(look)
        self.model, self.clear = model, clear
        self.at = 0

    def on_mount(self) -> None:
        """Others may set and clear, and hits are counted, while it is open."""
        super().on_mount()
        self.set_interval(0.5, self.renew)

    def closed(self) -> str:
        """Nothing."""
        return ""

    @property
    def found(self) -> list[BreakpointState]:
        """Those that stand, in the order in which they were set."""
        return list(self.model.state.breakpoints.values())

    def key(self, key: str) -> None:
        """Move, clear, set another."""
        found = self.found
        if key in ("down", "j"):
            self.at = min(self.at + 1, max(0, len(found) - 1))
        elif key in ("up", "k"):
            self.at = max(0, self.at - 1)
        elif key in ("x", "delete") and self.at < len(found):
            self.clear(found[self.at].info.id)
        elif key == "n":
            self.dismiss("new")

    def rows_needed(self, width: int) -> int:
        """A row each, and what they are about."""
        return max(1, len(self.found)) + 5

    def inside(self, width: int, height: int) -> list[Row]:
        """Id, what it says, where it stands, who set it, how often it was hit."""
        look, found = self.look, self.found
        muted = look.style("muted", "panel")
        head = self.row(width)
        head.put(4, "stops", muted)
        where = self._where(width)
        head.put(where, "at", muted)
        head.right(width - 5, "hits", muted)
        rows = [self.row(width), head]
        if not found:
            row = self.row(width)
            row.put(4, "None stands. b in Steps sets one, n takes any: before:setup, exit!=0, output~E:", muted)
            return [*rows, row]
        self.at = min(self.at, len(found) - 1)
        room = height - 6
        first = max(0, min(self.at - room // 2, len(found) - room))
        rows += [self._stop(width, stop, n == self.at) for n, stop in enumerate(found)][first : first + room]
        last = self.row(width)
        chosen = found[self.at].info
        by = f" by {chosen.by}" if chosen.by else ""
        origin = {"command line": " on the command line", "viewer": ""}.get(chosen.origin, f" in the {chosen.origin}")
        last.put(4, f"Number {chosen.id}, set{origin}{by}.", muted)  # ctl sets them, too, so no viewer is named
        return [*rows, self.row(width), last]

    def _where(self, width: int) -> int:
        return 36 if width >= 80 else 24

    def _stop(self, width: int, stop: BreakpointState, chosen: bool) -> Row:
        look, on = self.look, "selection" if chosen else "panel"
        row = self.row(width)
        if chosen:
            row.fill(1, width - 2, " ", look.style("text", on))
            row.put(1, look.marks.cursor, look.style("accent", on))
        builds, where = self.model.builds, self._where(width)
        text = formats.cut_end(stops.called(stop, builds), where - 6, look.marks.left_out)
        row.put(4, text, look.style("text", on, bold=True))
        place = formats.cut_end(stops.place(stop, builds), width - where - 18, look.marks.left_out)
        row.put(where, place, look.style("muted", on))
        row.right(width - 5, stops.hits(stop), look.style("text" if stop.hits else "muted", on))
        return row
