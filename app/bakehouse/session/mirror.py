"""A private copy of a run's record, for a viewer that may not read the original: somebody else's run, shared.

It is a run directory like any other, filled from the socket as it grows, so that whoever reads one needs to know
nothing of this. Events about the growth of logs are held back until the copy has grown as far.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
import weakref
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from bakehouse.errors import SessionError
from bakehouse.record import events
from bakehouse.record.events import Event, OutputGrew, RunStarted, event
from bakehouse.record.log import RECORD, index_path
from bakehouse.record.rundir import RunInfo
from bakehouse.session.protocol import Hello, LogPart

PREFIX = "bakehouse-watch-"
YOUNG = 60.0
"""Seconds within which a copy may not have its lock yet."""
Ask = Callable[[str, int, int], Awaitable[LogPart]]
"""(build, bytes of its log, bytes of its index that are here) to what follows."""


class Mirror:
    """`path`: the copy. It goes away with this object, at the latest when the process ends; what a killed one left goes
    when the next is made.

    Its lock is held while the run is believed to be alive. Every method raises SessionError if the disk is full.
    """

    def __init__(self, hello: Hello, ask: Ask) -> None:
        self._ask = ask
        self._goals: dict[str, Event] = {}
        self._here: dict[str, tuple[int, int]] = {}
        self._last = 0
        try:
            sweep()
            top = Path(tempfile.mkdtemp(prefix=PREFIX))
            weakref.finalize(self, shutil.rmtree, top, ignore_errors=True)
            claim = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
            weakref.finalize(self, os.close, claim)
            fcntl.flock(claim, fcntl.LOCK_EX)
            self.path = top / hello.run
            (self.path / "logs").mkdir(parents=True)
            self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._closing = weakref.finalize(self, os.close, self._lock)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._info(RunInfo(hello.run, "", "", 0, 0, hello.version, hello.executable, ""))
        except OSError as error:
            raise _failed(error) from error

    @property
    def behind(self) -> bool:
        """Whether logs have grown that are not here yet."""
        return bool(self._goals)

    def take(self, batch: list[Event]) -> list[Event]:
        """Keep the facts; what of them may be shown already."""
        fresh = [fact for fact in batch if fact.seq > self._last]
        for fact in batch:
            if fact.kind == "OutputGrew":
                self._goals[fact.build] = fact
            elif fact.kind == "RunStarted":
                self._began(fact)
        try:
            with (self.path / "events.jsonl").open("ab") as file:
                file.writelines(map(events.encode, fresh))
        except OSError as error:
            raise _failed(error) from error
        if fresh:
            self._last = fresh[-1].seq
        return [fact for fact in batch if fact.kind != "OutputGrew"]

    async def catch_up(self) -> list[Event]:
        """Fetch a piece of every log that has grown; how far each of them is now."""
        grown = []
        for build, goal in list(self._goals.items()):
            log, index = self._here.get(build, (0, 0))
            part = await self._ask(build, log, index)
            self._append(build, part)
            log, index = self._here[build] = (log + len(part.log), index + len(part.index))
            wanted = goal.decode(OutputGrew)
            done = log >= wanted.bytes and index >= wanted.lines * RECORD.size
            if done or not (part.log or part.index):
                self._goals.pop(build, None)
            body = OutputGrew(index // RECORD.size, log)
            grown.append(event(body, seq=0, at=goal.at, build=build))
        return grown

    def end(self) -> None:
        """The run is over, or its engine is gone."""
        if self._closing.alive:
            self._closing()

    def _append(self, build: str, part: LogPart) -> None:
        path = self.path / "logs" / f"{build}.log"
        try:
            for place, data in ((path, part.log), (index_path(path), part.index)):
                with place.open("ab") as file:
                    file.write(data)
        except OSError as error:
            raise _failed(error) from error

    def _began(self, fact: Event) -> None:
        body = fact.decode(RunStarted)
        self._info(
            RunInfo(body.run, body.template, body.directory, body.pid, fact.at, body.version, "", body.installation)
        )

    def _info(self, info: RunInfo) -> None:
        (self.path / "run.json").write_bytes(msgspec.json.encode(info))


def sweep() -> None:
    """Take away the copies of this user's viewers that were killed."""
    for top in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # it goes away just now, or somebody's viewer has it
            place = os.open(top, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                facts = os.fstat(place)
                if facts.st_uid == os.getuid() and time.time() - facts.st_mtime > YOUNG:
                    fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(top)
            finally:
                os.close(place)


def _failed(error: OSError) -> SessionError:
    return SessionError(f"The run's record cannot be copied to {tempfile.gettempdir()}: {error.strerror}.")
