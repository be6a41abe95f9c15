"""Where a replay stands: the run's time as a line, with what happened when, and the last thing that did."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.replay.session import ReplaySession
from bakehouse.dashboard.widgets.painted import Painted


def speed_name(speed: float) -> str:
    """`10x`, `max`."""
    return f"{speed:g}x" if speed else "max"


class TimeBar(Painted):
    """session: what is replayed; None where nothing is. said: the last event, in words."""

    ground_role = "surface"

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="timebar")
        self.session: ReplaySession | None = None
        self.failures: list[int] = []
        self.said = ""

    @property
    def needed(self) -> int:
        """Rows that it wants."""
        return 2 if self.session is not None else 0

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        session, look = self.session, self.look
        if session is None:
            return []
        line, words = self.row("background"), self.row()
        at = self._cell(session.at, width)
        line.fill(0, width - 1, look.marks.thin, look.style("border"))
        line.fill(0, at, look.marks.heavy, look.style("accent", bold=True))
        for when in self.failures:
            line.put(self._cell(when, width), look.marks.failed, look.style("failed"))
        total = session.end - session.start
        place = f"{formats.duration(session.at - session.start)} of {formats.duration(total)}"
        state = "plays" if session.running else "stands"
        muted, text = look.style("muted", self.ground_role), look.style("text", self.ground_role, bold=True)
        x = words.parts(1, (place, text), (f"   {formats.clock(session.at)}   {state}  ", muted))
        x = words.put(x, speed_name(session.speed), text)
        room = width - x - 5
        if room > 12:
            words.put(x + 3, formats.cut_end(self.said, room, look.marks.left_out), muted)
        return [line.strip(), words.strip()]

    def _cell(self, at: int, width: int) -> int:
        session = self.session
        if session is None or session.end <= session.start:
            return 0
        return (at - session.start) * (width - 1) // (session.end - session.start)

    def on_click(self, event: events.Click) -> None:
        """Go to the moment under the pointer."""
        session = self.session
        if session is not None:
            session.go(session.start + (session.end - session.start) * event.x // max(1, self.size.width - 1))
