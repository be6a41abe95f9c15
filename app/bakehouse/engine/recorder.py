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
from functools import partial
from typing import Protocol

import msgspec

from bakehouse.engine.held import Budget, Held, Write
from bakehouse.engine.keeping import read_log, write_masked
from bakehouse.engine.shared_ledger import SharedLedger
from bakehouse.errors import RecordError, StepError
from bakehouse.record.append import AppendFile
from bakehouse.record.events import (
    Body,
    Event,
    OutputGrew,
    OutputLost,
    ResourceClaimed,
    ResourceGone,
    SpanFinished,
    SpanStarted,
    encode,
    event,
)
from bakehouse.record.feed import Feed
from bakehouse.record.fold import fold
from bakehouse.record.ledger import Ledger, entry
from bakehouse.record.log import SAY, WARN, LogWriter
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import RunState
from bakehouse.redact import Redactor, Stream
from bakehouse.sdk import Resource
from bakehouse.sdk.flow import Flow

LOGGER = logging.getLogger(__name__)
OPEN_LINE = 0.1
"""Seconds until a line without an end is shown."""
GROWTH = 1 / 30
"""Seconds between two OutputGrew of a build, at least."""
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


class BuildSink:
    """The sink of one build (`bakehouse.engine.ports.Sink`)."""

    def __init__(self, recorder: Recorder, build: str, directory: RunDirectory) -> None:
        self._recorder = recorder
        self._build = build
        self._path = directory.log(build)
        self._beside = directory.path
        self._log: LogWriter | None = None
        self._masks: dict[tuple[int, int], Stream] = {}
        self._show: asyncio.TimerHandle | None = None
        self._tell: asyncio.TimerHandle | None = None
        self._told = 0.0
        self._held = Held(recorder.budget)
        self._room = asyncio.Event()
        self._room.set()
        self._given_up = False
        self.flow = Flow()

    def emit(self, body: Body, span: int = 0) -> None:
        if isinstance(body, SpanFinished):
            self.settle(span)
        if body.kind == "BuildFinished":
            self._held.give_up()
            self._tell_lost()
        self._recorder.emit(body, self._build, span)

    def live(self, body: Body, span: int = 0) -> None:
        self._recorder.live(body, self._build, span)

    def begin(self, body: SpanStarted) -> int:
        span = self._recorder.next_span()
        self._recorder.emit(body, self._build, span)
        return span

    def output(self, span: int, stream: int, data: bytes) -> None:
        if stream in (SAY, WARN) and self._log is not None:  # a prompt, say, came before what is said of it
            self._put(partial(LogWriter.end, span=span, at=time.time_ns()), 0)
        if self._recorder.redactor:
            mask = self._masks.get((stream, span))
            if mask is None:
                mask = self._masks[stream, span] = Stream(self._recorder.redactor)
            data = mask.feed(data)
        self._log_data(data, stream, span)

    def settle(self, span: int) -> None:
        for place in [place for place in self._masks if place[1] == span]:
            self._log_data(self._masks.pop(place).flush(), *place)
        if self._log is not None:
            self._put(partial(LogWriter.end, span=span, at=time.time_ns()), 0)
            self._grew()

    async def room(self) -> None:
        if self._recorder.broken:
            raise StepError(self._recorder.broken)
        if not self._room.is_set():
            self._recorder.waits(self._build)
            await self._room.wait()

    def hold(self) -> None:
        """There is no space: leave pipes unread, unless the build was told to end."""
        if not self._given_up:
            self.flow.hold()
            self._room.clear()

    def go_on(self) -> None:
        """There is space again, and all is written: read on."""
        self._room.set()
        self.flow.go_on()
        self._tell_lost()

    def give_up(self) -> None:
        """The build is told to end: it waits for space no more."""
        self._given_up = True
        self._room.set()
        self.flow.go_on()

    def write_held(self) -> None:
        """Write what could not be written before. Raises OSError."""
        if self._held:
            if self._log is None:
                self._open()
            assert self._log is not None
            self._held.write(self._log)
            self._log.show_open(time.time_ns())
            self._grew()

    async def keep(self, name: str, content: bytes) -> str:
        path = self._beside / name
        await asyncio.to_thread(write_masked, path, content, self._recorder.redactor)
        return str(path)

    async def keep_log(self, name: str, span: int) -> str:
        content = await asyncio.to_thread(read_log, self._path, span)
        return await self.keep(name, content)

    async def note(self, resource: Resource) -> None:
        await self._recorder.ledger(resource, gone=False)
        body = ResourceClaimed(resource.owner, resource.kind, resource.name, resource.step, resource.id, resource.kept)
        self._recorder.emit(body, self._build)

    async def strike(self, resource: Resource) -> None:
        await self._recorder.ledger(resource, gone=True)
        self._recorder.emit(ResourceGone(resource.owner, resource.kind, resource.name), self._build)

    def close(self) -> None:
        """Nothing more is printed."""
        for timer in (self._show, self._tell):
            if timer is not None:
                timer.cancel()
        for stream, span in list(self._masks):
            self._log_data(self._masks[stream, span].flush(), stream, span)
        if self._log is not None:
            try:
                self._log.close(time.time_ns())
            except OSError as error:
                LOGGER.error("The end of a log is lost: %s", error)

    def _log_data(self, data: bytes, stream: int, span: int) -> None:
        if not data:
            return
        self._put(partial(LogWriter.write, data=data, stream=stream, span=span, at=time.time_ns()), len(data))
        if self._log is not None and self._log.waits and self._show is None:
            self._show = asyncio.get_running_loop().call_later(OPEN_LINE, self._show_open)
        self._grew()

    def _open(self) -> None:
        self._log = LogWriter(self._path)

    def _show_open(self) -> None:
        self._show = None
        if self._log is not None and not self._recorder.full:
            try:
                self._log.show_open(time.time_ns())
            except OSError as error:  # it waits still
                self._recorder.disk_failed(error)
            self._grew()

    def _put(self, write: Write, size: int) -> None:
        """Write something into the log, or hold it."""
        if not self._recorder.full and not self._recorder.broken:
            try:
                if self._log is None:
                    self._open()
                assert self._log is not None
                write(self._log)
                return
            except OSError as error:
                self._recorder.disk_failed(error)
        if self._recorder.full:
            self._held.put(write, size)
        else:
            self._held.lost += size

    def _tell_lost(self) -> None:
        if self._held.lost:
            reason = self._recorder.broken or "the disk was full"
            self._recorder.emit(OutputLost(self._held.lost, reason), self._build)
            self._held.lost = 0

    def _grew(self) -> None:
        """Tell at once, or as soon as the last telling is long enough ago."""
        if self._tell is None:
            loop = asyncio.get_running_loop()
            wait = self._told + GROWTH - loop.time()
            if wait > 0:
                self._tell = loop.call_later(wait, self._tell_now)
            else:
                self._tell_now()

    def _tell_now(self) -> None:
        self._tell = None
        self._told = asyncio.get_running_loop().time()
        if self._log is not None:
            self.live(OutputGrew(self._log.lines, self._log.size))
