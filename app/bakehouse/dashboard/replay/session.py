"""A past run as if it were live: a session that gives events, and logs that have lines, only up to its own clock."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from bakehouse.dashboard.door import Stream
from bakehouse.errors import RecordError, Refused
from bakehouse.record.commands import Expects
from bakehouse.record.events import Event, SpanStarted
from bakehouse.record.fold import fold
from bakehouse.record.log import LogReader
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.sound import SoundReader, log_damage
from bakehouse.session.protocol import Answer, Changes

TICK = 0.1
"""Seconds between two looks at the clock while it runs."""
SPEEDS = (1.0, 10.0, 60.0, 0.0)
"""0: as fast as one can see, from event to event."""
NOTHING = "A replay: nothing can be changed."
QUIET = frozenset({"ResourceClaimed", "ResourceGone", "DriverChanged", "StepCached", "ScriptTraced"})
"""Kinds that are no place to stop at."""


class ReplaySession:
    """Met as `Door`. at: where the clock stands, ns since 1970. rewound: called before the past is told anew.

    damage: sentences on what of the record cannot be read. Raises RecordError if nothing of it can be.
    """

    def __init__(self, directory: RunDirectory, *, speed: float = 1.0) -> None:
        self.run, self.directory, self.viewer = directory.run, directory.path, 0
        self.rewound: Callable[[], None] = lambda: None
        self._run, self._reader = directory, SoundReader(directory.path)
        self._facts: list[Event] = []
        self._times: list[int] = []
        self._stops: list[int] = []
        self._cursor, self._wake = 0, asyncio.Event()
        self.running, self.speed = True, speed
        self._read()
        if not self._facts:
            raise RecordError(f"Run {self.run} has no events that can be read: {directory.events}.")
        self.at = self.start
        self._since = time.monotonic()
        builds = fold(self._facts).builds
        over = not directory.alive
        self.damage = self._reader.damage(ended=over) + log_damage(directory.path, builds, ended=over)

    @property
    def start(self) -> int:
        """When the run began."""
        return self._times[0]

    @property
    def end(self) -> int:
        """The last that is known of it: when it ended, or its newest event."""
        return self._times[-1]

    @property
    def facts(self) -> list[Event]:
        """All events that can be read, in order."""
        return self._facts

    @property
    def stops(self) -> list[int]:
        """When something happened that is worth stopping at, in order."""
        return self._stops

    def now(self) -> int:
        """The clock of everything that is drawn."""
        return self.at

    def log(self, path: Path) -> LogReader:
        """A log up to the clock."""
        return _PastLog(path, self.now)

    # Moving through time

    def play(self, running: bool) -> None:
        """Let the clock run, or stop it. At the end it begins anew."""
        if running and self.at >= self.end:
            self.go(self.start)
        self.running, self._since = running, time.monotonic()
        self._wake.set()

    def go(self, at: int) -> None:
        """To a moment of the run; back is from its beginning on."""
        at = max(self.start, min(at, self.end))
        if at < self.at:
            self._cursor = 0
            self.at = at
            self.rewound()
        self.at, self._since = at, time.monotonic()
        self._wake.set()

    def step(self, by: int) -> None:
        """To the next event (1) or the one before (-1); the clock stops there."""
        self.running = False
        place = bisect_right(self._stops, self.at)
        if by > 0:
            self.go(self._stops[place] if place < len(self._stops) else self.end)
            return
        earlier = [at for at in self._stops[:place] if at < self.at]
        self.go(earlier[-1] if earlier else self.start)

    def tick(self) -> None:
        """What the clock does in the time that has passed."""
        now = time.monotonic()
        passed, self._since = now - self._since, now
        if not self.running:
            return
        if self.speed:
            self.at = min(self.end, self.at + round(passed * self.speed * 1e9))
        else:
            place = bisect_right(self._stops, self.at)
            self.at = self._stops[place] if place < len(self._stops) else self.end
        if self.at >= self.end and not self._run.alive:
            self.running = False

    # As a session

    async def events(self, after: int = 0) -> AsyncIterator[list[Event]]:
        """What has happened up to the clock, then what happens as it runs; never ends by itself."""
        while True:
            due = bisect_right(self._times, self.at)
            batch, self._cursor = self._facts[self._cursor : due], max(due, self._cursor)
            yield batch
            self._wake.clear()
            try:
                async with asyncio.timeout(TICK if self.running else None):
                    await self._wake.wait()
            except TimeoutError:
                self.tick()
            if self._run.alive:
                self._read()

    async def send(
        self, verb: str, build: str = "", expects: Expects | None = None, **arguments: bool | int | float | str
    ) -> Answer:
        """Raises Refused."""
        raise Refused(NOTHING)

    async def changes(self, build: str = "") -> Changes:
        """Raises Refused."""
        raise Refused(NOTHING)

    async def stream(self, span: int, rows: int = 24, columns: int = 80) -> Stream:
        """Raises Refused."""
        raise Refused(NOTHING)

    async def close(self) -> None:
        """Nothing is open."""

    def _read(self) -> None:
        for fact in self._reader.read():
            at = max(fact.at, self._times[-1] if self._times else 0)  # a clock that was set back moves nothing back
            self._facts.append(fact)
            self._times.append(at)
            if _is_stop(fact) and (not self._stops or at > self._stops[-1]):
                self._stops.append(at)


def _is_stop(fact: Event) -> bool:
    if fact.kind == "SpanStarted":
        return not fact.decode(SpanStarted).parent
    return fact.kind not in QUIET


class _PastLog(LogReader):
    """Has no line that came after `now`."""

    def __init__(self, path: Path, now: Callable[[], int]) -> None:
        super().__init__(path)
        self._now = now

    def refresh(self) -> int:
        return self.limit(super().refresh(), self._now())

    @property
    def open_line(self) -> bytes:
        """When it came, nobody knows."""
        return b""

    def limit(self, lines: int, now: int) -> int:
        """Lines up to a moment."""
        self._lines = self.line_at(now + 1) if lines else 0
        return self._lines
