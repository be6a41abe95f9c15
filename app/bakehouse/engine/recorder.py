"""The threshold: whatever leaves the engine is masked, numbered and written here, and folded at once (DESIGN 2).

For each build the order on disk is bytes, index, event. When the disk is full no output is written by anyone, so that
the reserve is left for the few events that say so: pipes are left unread (`bakehouse.sdk.flow`), and what comes all the
same is held in memory until there is space.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from bakehouse.engine.held import Budget
from bakehouse.engine.shared_ledger import SharedLedger
from bakehouse.engine.sink import BuildSink
from bakehouse.errors import RecordError, StepError
from bakehouse.record.append import AppendFile
from bakehouse.record.events import (
    Body,
    Event,
    encode,
    event,
)
from bakehouse.record.feed import Feed
from bakehouse.record.fold import fold
from bakehouse.record.ledger import Ledger, entry
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import RunState
from bakehouse.redact import Redactor
from bakehouse.sdk import Resource

LOGGER = logging.getLogger(__name__)
LOOK = 0.5
"""Seconds between two looks whether there is space again."""
FOR_WANT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT)
OnEvent = Callable[[Event], None]


class OnDisk(Protocol):
    """Who is told of a disk that takes no more. Each is called in a turn of the loop of its own."""

    def full(self) -> None:
        """For want of space: from now on output is held."""

    def waits(self, build: str) -> None:
        """A build goes no further until there is space."""

    def space(self) -> None:
        """All that was held is written."""

    def broken(self, reason: str) -> None:
        """Never again, for another reason. Once."""


class Recorder:
    """Writes the record of one run. full: for want of space no output is written now. broken: why nothing is kept."""

    on_disk: OnDisk

    def __init__(self, directory: RunDirectory, redactor: Redactor, on_event: OnEvent) -> None:
        self.state = RunState()
        self.feed = Feed()
        self.redactor = redactor
        self.full = False
        self.broken = ""
        self.closed = False
        self.budget = Budget()
        self._directory = directory
        self._on_event = on_event
        self._unwritten: list[bytes] = []
        self._look: asyncio.TimerHandle | None = None
        self._span = 0
        self._sinks: dict[str, BuildSink] = {}
        try:
            self._events = AppendFile(directory.events)
            self._ledger = SharedLedger(Ledger(directory.ledger))
        except OSError as error:
            raise RecordError(f"{directory.path} cannot be written: {error.strerror}.") from error

    def emit(self, body: Body, build: str = "", span: int = 0) -> None:
        """Record a fact: mask, number, write, fold, tell."""
        if self.redactor and body.free:
            body = msgspec.convert(self.redactor.body(msgspec.to_builtins(body), body.free), type(body))
        fact = event(body, seq=self.state.seq + 1, at=time.time_ns(), build=build, span=span)
        self._write(encode(fact))
        fold([fact], self.state)
        self.feed.publish(fact)
        self._on_event(fact)

    def live(self, body: Body, build: str, span: int = 0) -> None:
        """Tell those who watch now."""
        self.feed.publish_live(event(body, seq=0, at=time.time_ns(), build=build, span=span))

    def next_span(self) -> int:
        """A new id, unique in the run."""
        self._span += 1
        return self._span

    def sink(self, build: str) -> BuildSink:
        """The sink of a build, by its key; the same one each time."""
        if build not in self._sinks:
            self._sinks[build] = BuildSink(self, build, self._directory)
            if self.full:
                self._sinks[build].hold()
        return self._sinks[build]

    async def ledger(self, resource: Resource, *, gone: bool) -> None:
        """Write and sync a line of the ledger. Raises StepError."""
        for last in (False, True):  # once more, when the reserve is free
            try:
                await self._ledger.write(entry(resource, gone=gone))
                return
            except OSError as error:
                self.disk_failed(error)
                if last:
                    text = "" if gone else ", so nothing is made"
                    raise StepError(f"The ledger cannot be written{text}: {error.strerror}.") from error

    def disk_failed(self, error: OSError) -> None:
        """Something could not be written. For want of space, only events are from now on, and their reserve is free."""
        if error.errno not in FOR_WANT_OF_SPACE:
            self._break(f"The record cannot be written: {self._directory.path}: {error.strerror}.")
        elif not self.full:
            self.full = True
            LOGGER.error("Cannot write the record: %s", error)
            self._directory.free_reserve()
            for sink in self._sinks.values():
                sink.hold()
            loop = asyncio.get_running_loop()
            loop.call_soon(self.on_disk.full)  # not in the midst of an event
            self._look = loop.call_later(LOOK, self._look_for_space)

    def waits(self, build: str) -> None:
        """A build stands still for want of space."""
        asyncio.get_running_loop().call_soon(self.on_disk.waits, build)

    def close(self) -> None:
        """The run is over."""
        self.closed = True
        if self._look is not None:
            self._look.cancel()
        for sink in self._sinks.values():
            sink.close()
        if self._unwritten:
            LOGGER.error("%s events are lost", len(self._unwritten))
        self._ledger.close()
        self._events.close()
        self.feed.close()

    def _write(self, line: bytes) -> None:
        if not self.broken and not self._events.is_at(self._directory.events):
            self._break(f"The directory of this run, {self._directory.path}, is gone: somebody has removed it.")
        if not self._unwritten:
            for _ in range(2):  # once more, when the reserve is free
                try:
                    self._events.append(line)
                    return
                except OSError as error:
                    self.disk_failed(error)
        self._unwritten.append(line)

    def _break(self, reason: str) -> None:
        if not self.broken:
            self.broken = reason
            LOGGER.error("%s", reason)
            for sink in self._sinks.values():
                sink.give_up()
            asyncio.get_running_loop().call_soon(self.on_disk.broken, reason)

    def _look_for_space(self) -> None:
        """Write what is held, if there is space; else look again later."""
        self._look = None
        try:
            if self._directory.take_reserve(self.budget.held):
                for sink in self._sinks.values():
                    sink.write_held()
                while self._unwritten:
                    self._events.append(self._unwritten[0])
                    del self._unwritten[0]
                self.full = False
        except OSError as error:
            LOGGER.error("Still no space: %s", error)
            self._directory.free_reserve()
        if self.full:
            self._look = asyncio.get_running_loop().call_later(LOOK, self._look_for_space)
            return
        for sink in self._sinks.values():
            sink.go_on()
        self.on_disk.space()
