"""The sink of one build (`bakehouse.engine.ports.Sink`): its log and its facts, on their way to the threshold."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import Protocol

from bakehouse.engine.held import Budget, Held, Write
from bakehouse.engine.keeping import read_log, write_masked
from bakehouse.errors import StepError
from bakehouse.record.events import (
    Body,
    OutputGrew,
    OutputLost,
    ResourceClaimed,
    ResourceGone,
    SpanFinished,
    SpanStarted,
)
from bakehouse.record.log import SAY, WARN, LogWriter
from bakehouse.record.rundir import RunDirectory
from bakehouse.redact import Redactor, Stream
from bakehouse.sdk import Resource
from bakehouse.sdk.flow import Flow

LOGGER = logging.getLogger(__name__)
OPEN_LINE = 0.1
"""Seconds until a line without an end is shown."""
GROWTH = 1 / 30
"""Seconds between two OutputGrew of a build, at least."""


class Threshold(Protocol):
    """What a sink needs of the recorder behind it."""

    full: bool
    broken: str
    redactor: Redactor
    budget: Budget

    def emit(self, body: Body, build: str = "", span: int = 0) -> None: ...
    def live(self, body: Body, build: str, span: int = 0) -> None: ...
    def next_span(self) -> int: ...
    async def ledger(self, resource: Resource, *, gone: bool) -> None: ...
    def disk_failed(self, error: OSError) -> None: ...
    def waits(self, build: str) -> None: ...


class BuildSink:
    """The sink of one build (`bakehouse.engine.ports.Sink`)."""

    def __init__(self, recorder: Threshold, build: str, directory: RunDirectory) -> None:
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
