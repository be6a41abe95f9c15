"""The viewers' side of the door: one `Session` serves dashboard, attach, `ctl` and tests alike.

A session asks over a connection of its own, one question at a time; every `events` and `stream` opens another, so that
a flood of events never delays an answer.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from bakehouse import __version__
from bakehouse.errors import Disconnected, Incompatible, Refused
from bakehouse.record.commands import Command, Expects
from bakehouse.record.events import Event
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.session import address
from bakehouse.session.protocol import (
    ENGINE_LIMIT,
    PROTOCOL,
    Answer,
    AskChanges,
    AskLines,
    Changes,
    Events,
    FromEngine,
    FromViewer,
    Goodbye,
    Hello,
    Join,
    Lines,
    Resize,
    Send,
    StreamData,
    StreamEnd,
    Welcome,
    decode_from_engine,
    encode,
)

Reply = TypeVar("Reply", Answer, Changes, Lines)


class Line:
    """One connection to an engine: whole messages in and out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: Hello) -> None:
        self._reader = reader
        self._writer = writer
        self.hello = hello

    @classmethod
    async def open(cls, path: Path, join: Join) -> Line:
        """Connect and join. Raises Disconnected if nobody is there, Incompatible for another protocol version."""
        try:
            reader, writer = await asyncio.open_unix_connection(path, limit=ENGINE_LIMIT)
        except OSError as error:
            raise Disconnected(f"No run answers at {path}: {error.strerror or error}.") from error
        try:
            hello = await cls._greeting(reader)
            line = cls(reader, writer, hello)
            await line.send(join)
        except BaseException:
            writer.close()
            raise
        return line

    @staticmethod
    async def _greeting(reader: asyncio.StreamReader) -> Hello:
        try:
            raw = await reader.readline()
            if not raw:
                raise Disconnected("The engine closed the connection: you are not its user, or it is ending.")
            hello = msgspec.json.decode(raw, type=Hello)
        except (msgspec.DecodeError, ValueError, OSError) as error:
            raise Disconnected(f"What answered is no engine of Bakehouse's: {error}.") from error
        if hello.protocol != PROTOCOL:
            raise Incompatible(
                f"Run {hello.run} is served by Bakehouse {hello.version}, protocol {hello.protocol}; "
                f"this is Bakehouse {__version__}, protocol {PROTOCOL}. Use: {hello.executable} attach {hello.run}"
            )
        return hello

    async def send(self, message: FromViewer) -> None:
        """Raises Disconnected."""
        try:
            self._writer.write(encode(message))
            await self._writer.drain()
        except OSError as error:
            raise Disconnected("The run's socket went away.") from error

    async def receive(self) -> FromEngine:
        """The next message. Raises Disconnected at the end, Incompatible or Refused when the engine said so."""
        try:
            raw = await self._reader.readline()
        except (OSError, ValueError) as error:
            raise Disconnected("The run's socket went away.") from error
        if not raw.endswith(b"\n"):
            raise Disconnected("The run's socket went away.")
        try:
            message = decode_from_engine(raw)
        except msgspec.DecodeError as error:
            raise Disconnected(f"The engine sent what is no message: {error}.") from error
        if isinstance(message, Goodbye) and message.code == "version":
            raise Incompatible(message.reason)
        return message

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()


class Stream:
    """A PTY of the engine, from the viewer's end."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.exit_status: int | None = None

    async def read(self) -> bytes:
        """What the program showed; b"" once it has ended. Raises Refused if the engine would not open it."""
        message = await self._line.receive()
        if isinstance(message, StreamData):
            return message.data
        if isinstance(message, StreamEnd):
            self.exit_status = message.exit_status
            return b""
        if isinstance(message, Goodbye):
            raise Refused(message.reason, code=message.code)
        raise Disconnected("The engine sent what has no place in a stream.")

    async def write(self, data: bytes) -> None:
        """Type."""
        await self._line.send(StreamData(data))

    async def resize(self, rows: int, columns: int) -> None:
        """Tell the size of the viewer's terminal."""
        await self._line.send(Resize(rows, columns))

    async def close(self) -> None:
        """Leave; the program goes on."""
        await self._line.close()


class Session:
    """A live run. `run`: its id; `directory`: with its record, which viewers on this host read for log text.

    `viewer`: what others know this one by, in Presence and DriverChanged; 0 until `events` has given its first batch.
    """

    def __init__(self, path: Path, line: Line, join: Join) -> None:
        self.path = path
        self.run = line.hello.run
        self.directory = Path(line.hello.directory)
        self.version = line.hello.version
        self.viewer = 0
        self._join = join
        self._line: Line | None = line
        self._turn = asyncio.Lock()
        self._ids = itertools.count(1)

    @classmethod
    async def connect(cls, target: Path | str, *, client: str = "", watch: bool = False) -> Session:
        """Open the door of a run, given the path of its socket or its whole id.

        client: what others see of this viewer. watch: it never wants to drive. Raises Disconnected if nobody is
        there, Incompatible.
        """
        path = target if isinstance(target, Path) else address.socket_path(target)
        join = Join(PROTOCOL, __version__, client, token=secrets.token_hex(16), watch=watch)
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
            if RunDirectory(self.directory).alive:
                raise
            if rest := [fact for fact in read_events(self.directory) if fact.seq > last]:
                yield rest

    async def _live_events(self, after: int) -> AsyncGenerator[list[Event], None]:
        line = await Line.open(self.path, msgspec.structs.replace(self._join, after=after))
        try:
            while True:
                message = await line.receive()
                if isinstance(message, Events):
                    yield message.events
                elif isinstance(message, Welcome):
                    self.viewer = message.viewer
                elif isinstance(message, Goodbye):
                    if message.code == "ended":
                        return
                    raise Disconnected(message.reason)
        finally:
            await line.close()

    async def send(
        self, verb: str, build: str = "", expects: Expects | None = None, **arguments: bool | int | float | str
    ) -> Answer:
        """Give a command. Raises Refused with the engine's reason, Disconnected."""
        command = Command(next(self._ids), verb, build, expects, arguments)
        answer = await self._ask(Send(command), command.id, Answer)
        if answer.code:
            raise Refused(answer.reason, code=answer.code)
        return answer

    async def changes(self) -> Changes:
        """Which files on disk differ from what the plan in force was made of."""
        number = next(self._ids)
        return await self._ask(AskChanges(number), number, Changes)

    async def lines(self, build: str, first: int, count: int) -> Lines:
        """Log lines by number, for a viewer that cannot read the run's files; may be fewer than asked for."""
        number = next(self._ids)
        return await self._ask(AskLines(number, build, first, count), number, Lines)

    async def stream(self, span: int, rows: int = 24, columns: int = 80) -> Stream:
        """The PTY of the shell that `send("shell", ...)` opened as `span`."""
        join = msgspec.structs.replace(self._join, stream=span, rows=rows, columns=columns)
        return Stream(await Line.open(self.path, join))

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

    async def _reply(self, line: Line, number: int, kind: type[Reply]) -> Reply:
        """Answers to questions that somebody no longer waits for are passed over."""
        while True:
            message = await line.receive()
            if isinstance(message, Goodbye):
                raise Disconnected(message.reason)
            if isinstance(message, Answer | Changes | Lines) and message.id == number:
                if isinstance(message, kind):
                    return message
                if isinstance(message, Answer):
                    raise Refused(message.reason, code=message.code)
