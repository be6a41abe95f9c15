"""The dashboard over a past run: keys that move its clock."""

from __future__ import annotations

import re
from collections.abc import Sequence

from textual import events

from bakehouse.dashboard import commands, formats
from bakehouse.dashboard.app import DashboardApp, prepare
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.replay import session as replay
from bakehouse.dashboard.replay.session import ReplaySession
from bakehouse.dashboard.replay.words import failures, told
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.record.events import NANOSECONDS, Event
from bakehouse.session.leaving import on_termination

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,3}):(\d\d)")
_UNITS = re.compile(r"(?=.)(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def moment(text: str, total: int) -> int | None:
    """Nanoseconds after the start: of `2:31`, `1:02:31`, `90s`, `2m31s`, `50%`; None for anything else."""
    text = text.strip()
    if found := _CLOCK.fullmatch(text) or _UNITS.fullmatch(text):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return (hours * 3600 + minutes * 60 + seconds) * NANOSECONDS
    if found := re.fullmatch(r"(\d{1,3})%", text):
        return total * min(100, int(found[1])) // 100
    return None


class GoTo(Overlay[str]):
    """Asks for a time; returns what was typed."""

    heading = "Go to a time"
    closing = "esc closes"

    def __init__(self, look: Look, total: int) -> None:
        super().__init__(look)
        self.total, self.text, self.problem = total, "", ""

    def rows_needed(self, width: int) -> int:
        """A line to type in, and what can be typed."""
        return 5

    def inside(self, width: int, height: int) -> list[Row]:
        """What was typed, and what can be."""
        look, rows = self.look, [self.row(width) for _ in range(5)]
        end = rows[1].put(4, self.text, look.style("text", "panel", bold=True))
        rows[1].put(end, look.marks.cursor, look.style("accent", "panel"))
        hint = (
            self.problem or f"2:31, 90s, 2m31s or 50%; the run took {formats.duration(self.total)}. Enter goes there."
        )
        rows[3].put(4, hint, look.style("warning" if self.problem else "muted", "panel"))
        return rows

    def typed(self, event: events.Key) -> None:
        """A letter, backspace or Enter."""
        if event.key == "enter":
            if moment(self.text, self.total) is None:
                self.problem = f'"{self.text}" is no time: write 2:31, 90s, 2m31s or 50%.'
            else:
                self.dismiss(self.text)
        elif event.key == "backspace":
            self.text, self.problem = self.text[:-1], ""
        elif event.character is not None and event.character.isprintable() and len(self.text) < 20:
            self.text, self.problem = self.text + event.character, ""


class ReplayApp(DashboardApp):
    """The same screens; what a verb would be says that nothing can be changed."""

    def __init__(self, session: ReplaySession, *, look: Look | None = None) -> None:
        super().__init__(session, launched=False, look=look, now=session.now)
        self.replayed, main = session, self.main
        self.model.company.replay = True
        session.rewound = self._rewound
        main.first, main.timebar.session = self._key, session
        main.timebar.failures = failures(session.facts)
        for pane in main.panes:
            pane.reader = session.log
        if session.damage:
            main.lasting = (f"The record is damaged: {session.damage[0]} The rest is shown.", "warning")
            main.footer.said = main.lasting

    def took(self, batch: Sequence[Event]) -> None:
        """Say the last thing that happened."""
        for fact in reversed(batch):
            if words := told(fact, self.model.state):
                self.main.timebar.said = words
                break

    def _rewound(self) -> None:
        self.model.restart()
        self.main.timebar.said = ""
        for pane in self.main.panes:
            pane.forget()

    def _key(self, key: str) -> bool:
        """What moves the clock; False for other keys."""
        action = commands.find("Replay", "space" if key == " " else key)
        if action is None or action.group != "Replay":
            return False
        session, speeds = self.replayed, replay.SPEEDS
        at = speeds.index(session.speed) if session.speed in speeds else 0
        if action.name == "replay-play":
            session.play(not session.running)
        elif action.name in ("replay-next", "replay-previous"):
            session.step(1 if action.name == "replay-next" else -1)
        elif action.name in ("replay-faster", "replay-slower"):
            session.speed = speeds[max(0, min(len(speeds) - 1, at + (1 if action.name == "replay-faster" else -1)))]
        elif action.name == "replay-tenth":
            session.go(session.start + (session.end - session.start) * int(key) // 10)
        else:
            self.cover(GoTo(self.look, session.end - session.start), self._go)
        return True

    def _go(self, text: str | None) -> None:
        after = moment(text or "", self.replayed.end - self.replayed.start)
        if after is not None:
            self.replayed.go(self.replayed.start + after)


async def show_replay(session: ReplaySession) -> None:
    """On the terminal, until the person leaves."""
    app = ReplayApp(session, look=await prepare())
    with on_termination(lambda: app.close_as("left")):
        await app.run_async()
