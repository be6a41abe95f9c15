"""The threshold: whatever leaves the engine is masked, numbered and written here, and folded at once (DESIGN 2).

For each build the order on disk is bytes, index, event. When the disk is full nothing more is logged by anyone, so
that the reserve is left for the few events that say so.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial

import msgspec

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

LOGGER = logging.getLogger(__name__)
OPEN_LINE = 0.1
"""Seconds until a line without an end is shown."""
GROWTH = 1 / 30
"""Seconds between two OutputGrew of a build, at least."""
OnFull = Callable[[str], None]
OnEvent = Callable[[Event], None]


class Recorder:
    """Writes the record of one run. on_full is called once, with the reason, when the disk is full."""

    def __init__(self, directory: RunDirectory, redactor: Redactor, on_event: OnEvent, on_full: OnFull) -> None:
        self.state = RunState()
        self.feed = Feed()
        self.redactor = redactor
        self.full = ""
        self.closed = False
        self._directory = directory
        self._on_event = on_event
        self._on_full = on_full
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
        return self._sinks[build]

    async def ledger(self, resource: Resource, *, gone: bool) -> None:
        """Write and sync a line of the ledger. Raises StepError."""
        try:
            await self._ledger.write(entry(resource, gone=gone))
        except OSError as error:
            self.disk_failed(error)
            raise StepError(f"The ledger cannot be written, so nothing is made: {error.strerror}.") from error

    def disk_failed(self, error: OSError) -> None:
        """Something could not be written: from now on only events are, and their reserve is free."""
        if not self.full:
            self.full = f"{self._directory.path}: {error.strerror}"
            LOGGER.error("Cannot write the record: %s", error)
            self._directory.free_reserve()
            asyncio.get_running_loop().call_soon(self._on_full, self.full)  # not in the midst of an event

    def close(self) -> None:
        """The run is over."""
        self.closed = True
        for sink in self._sinks.values():
            sink.close()
        self._ledger.close()
        self._events.close()
        self.feed.close()

    def _write(self, line: bytes) -> None:
        for _ in range(2):  # once more, when the reserve is free
            try:
                self._events.append(line)
                return
            except OSError as error:
                self.disk_failed(error)
        LOGGER.error("Lost an event: %r", line)


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
        self._lost = 0

    def emit(self, body: Body, span: int = 0) -> None:
        if isinstance(body, SpanFinished):
            self.settle(span)
        if body.kind == "BuildFinished" and self._lost:
            self._recorder.emit(OutputLost(self._lost, self._recorder.full), self._build)
            self._lost = 0
        self._recorder.emit(body, self._build, span)

    def live(self, body: Body, span: int = 0) -> None:
        self._recorder.live(body, self._build, span)

    def begin(self, body: SpanStarted) -> int:
        span = self._recorder.next_span()
        self._recorder.emit(body, self._build, span)
        return span

    def output(self, span: int, stream: int, data: bytes) -> None:
        if self._recorder.full:
            self._lost += len(data)
            return
        if stream in (SAY, WARN) and self._log is not None:  # a prompt, say, came before what is said of it
            self._guarded(partial(self._log.end, span, time.time_ns()), 0)
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
            self._guarded(partial(self._log.end, span, time.time_ns()), 0)
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
            self._guarded(partial(self._log.close, time.time_ns()), 0)

    def _log_data(self, data: bytes, stream: int, span: int) -> None:
        if not data:
            return
        if self._log is None:
            self._guarded(self._open, 0)
        if self._log is None:
            return
        self._guarded(partial(self._log.write, data, stream, span, time.time_ns()), len(data))
        if self._log.waits and self._show is None:
            self._show = asyncio.get_running_loop().call_later(OPEN_LINE, self._show_open)
        self._grew()

    def _open(self) -> None:
        self._log = LogWriter(self._path)

    def _show_open(self) -> None:
        self._show = None
        if self._log is not None:
            self._guarded(partial(self._log.show_open, time.time_ns()), 0)
            self._grew()

    def _guarded(self, write: Callable[[], None], size: int) -> None:
        try:
            write()
        except OSError as error:
            self._lost += size
            self._recorder.disk_failed(error)

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
