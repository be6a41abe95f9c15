"""The viewers' side of the door: one `Session` serves dashboard, attach, `ctl` and tests alike.

A session asks over a connection of its own, one question at a time; every `events` and `stream` opens another, so that
a flood of events never delays an answer.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from bakehouse import __version__
from bakehouse.errors import Disconnected, Refused, SessionError, Silent
from bakehouse.record.commands import Command, Expects
from bakehouse.record.events import Event
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.session import address
from bakehouse.session.line import Line, Stream
from bakehouse.session.mirror import Mirror
from bakehouse.session.place import of_viewer
from bakehouse.session.protocol import (
    PROTOCOL,
    Answer,
    AskChanges,
    AskLines,
    AskLog,
    Changes,
    Events,
    FromEngine,
    FromViewer,
    Goodbye,
    Join,
    Lines,
    LogPart,
    Send,
    Welcome,
)

__all__ = ["Session", "Stream"]

Reply = TypeVar("Reply", Answer, Changes, Lines, LogPart)
ALWAYS = ("continue", "cancel")
"""Verbs that mean the same in every version."""
SLOW = frozenset({"run", "diff", "open", "copy", "details", "edit-retry", "retry", "rollback", "rollback-retry"})
"""Verbs whose answer may take a while, in which other commands must not wait behind them."""
LOST = 10.0
"""Seconds without a socket after which a run whose lock cannot be seen is given up; a server puts it back in five."""


class Session:
    """A live run. `run`: its id; `directory`: with its record, which viewers on this host read for log text (a copy, if
    it is somebody else's run).

    `viewer`: what others know this one by, in Presence and DriverChanged; 0 until `events` has given its first batch.
    """

    def __init__(self, path: Path, line: Line, join: Join) -> None:
        self.path = path
        self.run = line.hello.run
        self.directory = Path(line.hello.directory)
        self.version = line.hello.version
        self._hello = line.hello
        self._mirror: Mirror | None = None
        if not os.access(self.directory, os.R_OK | os.X_OK):
            self._mirror = Mirror(line.hello, self._log_part)
            self.directory = self._mirror.path
        self._lost = 0.0
        self.viewer = 0
        self._join = join
        self._line: Line | None = line
        self._turn = asyncio.Lock()
        self._ids = itertools.count(1)

    @property
    def is_copied(self) -> bool:
        """Whether `directory` is a copy, which goes away with this session: the run is somebody else's."""
        return self._mirror is not None

    @property
    def behind(self) -> bool:
        """Whether `directory` is a copy to which more of the logs is to come."""
        return self._mirror is not None and self._mirror.behind

    @classmethod
    async def connect(cls, target: Path | str, *, client: str = "", watch: bool = False) -> Session:
        """Open the door of a run, given the path of its socket or its whole id.

        client: what others see of this viewer. watch: it never wants to drive. Raises Disconnected if nobody is
        there, Incompatible.
        """
        path = target if isinstance(target, Path) else address.socket_path(target)
        join = Join(PROTOCOL, __version__, client, token=secrets.token_hex(16), watch=watch, place=of_viewer())
        return cls(path, await Line.open(path, join), join)

    async def events(self, after: int = 0) -> AsyncGenerator[list[Event], None]:
        """Batches of events after seq `after`, live ones among them; ends when the run does.

        Raises Disconnected when the socket goes away before that; ask again with the last seq to go on. When the
        engine is gone, the rest comes out of the record, and that is the end.
        """
        last = after
        try:
            async with aclosing(self._live_events(after)) as batches:
                async for batch in batches:
                    last = max(last, *(fact.seq for fact in batch))
                    yield batch
        except Disconnected:
            self._doubt()
            if RunDirectory(self.directory).alive:
                raise
            if rest := [fact for fact in read_events(self.directory) if fact.seq > last]:
                yield rest

    async def _live_events(self, after: int) -> AsyncGenerator[list[Event], None]:
        line = await Line.open(self.path, msgspec.structs.replace(self._join, after=after))
        self._lost = 0.0
        try:
            while True:
                message = await self._next(line)
                if message is None or isinstance(message, Events):
                    if batch := await self._mirrored(message.events if message is not None else []):
                        yield batch
                elif isinstance(message, Welcome):
                    self.viewer = message.viewer
                elif isinstance(message, Goodbye):
                    if message.code != "ended":
                        raise Disconnected(message.reason)
                    with suppress(Disconnected):
                        while rest := await self._mirrored([]):
                            yield rest
                    if self._mirror is not None:
                        self._mirror.end()
                    return
        finally:
            await line.close()

    async def _next(self, line: Line) -> FromEngine | None:
        """The next message; None if there is none now, and a copy of the record has to catch up."""
        if self._mirror is None or not self._mirror.behind:
            return await line.receive()
        try:
            async with asyncio.timeout(0):
                return await line.receive()
        except TimeoutError:
            return None

    async def _mirrored(self, batch: list[Event]) -> list[Event]:
        """What may be shown: all of it, or as much as the copy of the record has."""
        if self._mirror is None:
            return batch
        return self._mirror.take(batch) + await self._mirror.catch_up()

    def _doubt(self) -> None:
        """Nobody answers: where the lock of the run cannot be seen, the engine is given up after a while."""
        now = time.monotonic()
        self._lost = self._lost or now
        if self._mirror is not None and now - self._lost > LOST:
            self._mirror.end()

    async def send(
        self, verb: str, build: str = "", expects: Expects | None = None, **arguments: bool | int | float | str
    ) -> Answer:
        """Give a command. Raises Refused with the engine's reason, Disconnected."""
        if self._hello.protocol < PROTOCOL and verb not in ALWAYS:
            raise Refused(
                f"This run is served by the older Bakehouse {self.version}: from here you can watch, continue and "
                f"cancel. For the rest: {self._hello.executable} attach {self.run}",
                code="version",
            )
        command = Command(next(self._ids), verb, build, expects, arguments)
        ask = self._ask_apart if verb in SLOW else self._ask
        answer = await ask(Send(command), command.id, Answer)
        if answer.code:
            raise Refused(answer.reason, code=answer.code)
        return answer

    async def changes(self, build: str = "") -> Changes:
        """Which files on disk differ from what a build ran, by default from what the plan in force was made of."""
        number = next(self._ids)
        return await self._ask(AskChanges(number, build), number, Changes)

    async def lines(self, build: str, first: int, count: int) -> Lines:
        """Log lines by number, for a viewer that cannot read the run's files; may be fewer than asked for."""
        number = next(self._ids)
        return await self._ask(AskLines(number, build, first, count), number, Lines)

    async def _log_part(self, build: str, log: int, index: int) -> LogPart:
        number = next(self._ids)
        return await self._ask(AskLog(number, build, log, index), number, LogPart)

    async def stream(self, span: int, rows: int = 24, columns: int = 80) -> Stream:
        """The PTY of the shell that `send("shell", ...)` opened as `span`."""
        join = msgspec.structs.replace(self._join, stream=span, rows=rows, columns=columns)
        return Stream(await Line.open(self.path, join))

    async def answers(self) -> bool:
        """Whether the engine answers, as far as can be told; where nobody is there at all, `events` says so."""
        try:
            line = await Line.open(self.path, msgspec.structs.replace(self._join, after=-1))
        except Silent:
            return False
        except SessionError:
            return True
        await line.close()
        return True

    async def close(self) -> None:
        """Hang up; what `events` and `stream` opened is closed by whoever asked for it."""
        if self._line is not None:
            await self._line.close()
            self._line = None

    async def _ask(self, question: FromViewer, number: int, kind: type[Reply]) -> Reply:
        async with self._turn:
            if self._line is None:
                self._line = await Line.open(self.path, self._join)
            try:
                await self._line.send(question)
                return await self._reply(self._line, number, kind)
            except Disconnected:
                await self.close()
                raise

    async def _ask_apart(self, question: FromViewer, number: int, kind: type[Reply]) -> Reply:
        """Over a connection of its own: the answer may take long."""
        line = await Line.open(self.path, self._join)
        try:
            await line.send(question)
            return await self._reply(line, number, kind)
        finally:
            await line.close()

    async def _reply(self, line: Line, number: int, kind: type[Reply]) -> Reply:
        """Answers to questions that somebody no longer waits for are passed over."""
        while True:
            message = await line.receive()
            if isinstance(message, Goodbye):
                raise Disconnected(message.reason)
            if isinstance(message, Answer | Changes | Lines | LogPart) and message.id == number:
                if isinstance(message, kind):
                    return message
                if isinstance(message, Answer):
                    raise Refused(message.reason, code=message.code)
