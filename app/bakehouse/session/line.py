"""One connection of a viewer's: whole messages in and out, and the bytes of a shell."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import msgspec

from bakehouse import __version__
from bakehouse.errors import Disconnected, Incompatible, Refused, Silent
from bakehouse.session.protocol import (
    ENGINE_LIMIT,
    OLDEST,
    PROTOCOL,
    FromEngine,
    FromViewer,
    Goodbye,
    Hello,
    Join,
    Resize,
    StreamData,
    StreamEnd,
    decode_from_engine,
    encode,
)

GREETING = 8.0
"""Seconds in which an engine says who it is; one that does not was stopped, or is in great trouble."""
PARTING = 1.0
"""Seconds that the engine has to take in what was typed last, once its viewer leaves."""


class Line:
    """One connection to an engine: whole messages in and out."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hello: Hello) -> None:
        self._reader = reader
        self._writer = writer
        self.hello = hello

    @classmethod
    async def open(cls, path: Path, join: Join) -> Line:
        """Connect and join, in the words of an older engine if need be.

        Raises Disconnected if nobody is there, Silent if nobody answers, Refused for who may not come in, Incompatible
        for another protocol.
        """
        try:
            reader, writer = await asyncio.open_unix_connection(path, limit=ENGINE_LIMIT)
        except OSError as error:
            raise Disconnected(f"No run answers at {path}: {error.strerror or error}.") from error
        try:
            try:
                async with asyncio.timeout(GREETING):
                    hello = await cls._greeting(reader)
            except TimeoutError:
                raise Silent(f"The engine at {path} does not answer.") from None
            line = cls(reader, writer, hello)
            await line.send(msgspec.structs.replace(join, protocol=min(PROTOCOL, hello.protocol)))
        except BaseException:
            writer.close()
            raise
        return line

    @staticmethod
    async def _greeting(reader: asyncio.StreamReader) -> Hello:
        try:
            raw = await reader.readline()
            if not raw:
                raise Disconnected("The engine closed the connection: it is ending.")
            hello: Hello | Goodbye = msgspec.json.decode(raw, type=Hello | Goodbye)
        except (msgspec.DecodeError, ValueError, OSError) as error:
            raise Disconnected(f"What answered is no engine of Bakehouse's: {error}.") from error
        if isinstance(hello, Goodbye):
            raise Refused(hello.reason, code=hello.code)
        if not (hello.min <= PROTOCOL and hello.protocol >= OLDEST):
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
        """Leave; the program goes on. What was typed before arrives: a line that is just cut, while the program still
        shows something, takes it along."""
        with suppress(Disconnected, Incompatible, TimeoutError):
            async with asyncio.timeout(PARTING):
                await self._line.send(Goodbye(""))
                while True:
                    await self._line.receive()
        await self._line.close()
