"""One viewer's connection, as the engine sees it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

import msgspec

from bakehouse import __version__
from bakehouse.errors import BakehouseError, Refused, first_of
from bakehouse.record.commands import VERBS
from bakehouse.record.events import Event
from bakehouse.session.host import Host
from bakehouse.session.lines import LineSource
from bakehouse.session.pace import Pace
from bakehouse.session.protocol import (
    LIMIT,
    OLDEST,
    PROTOCOL,
    Answer,
    AskChanges,
    AskLines,
    AskLog,
    Events,
    FromEngine,
    FromViewer,
    Goodbye,
    Hello,
    Join,
    Send,
    Welcome,
    decode_from_viewer,
    encode,
)
from bakehouse.session.roles import Party, Peer, Roles
from bakehouse.session.visit import Misplaced, Visit

LOGGER = logging.getLogger(__name__)
HIGH_WATER = 1 << 18
"""Bytes waiting to be sent to one viewer, beyond which it gets nothing new."""
PATIENCE = 10.0
"""Seconds between the greeting and the viewer's answer."""
MANY = 500
"""Events in one message, at most."""
COMMAND = 1 << 16
"""Bytes of a command, at most; what is refused is recorded with what it said."""
COMMANDS = (100, 200)
"""A second, and at once."""
READS = (1000, 2000)
"""Of the log: they cost less, and a copy of a long log needs many."""


LONGEST_NAME = 64


class Leave(Exception):
    """This connection is over; the message, if any, says why to the viewer."""

    def __init__(self, reason: str = "", code: str = "") -> None:
        super().__init__(reason)
        self.goodbye = Goodbye(reason, code) if reason else None


class Door(Protocol):
    """What a connection needs of the server."""

    host: Host
    roles: Roles

    def hello(self) -> Hello:
        """What every viewer hears first."""

    async def turn(self, peer: Peer) -> None:
        """Wait until somebody may join again."""


class Connection:
    """Greets, hears the Join, then serves until either side has had enough."""

    def __init__(self, server: Door, peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._host = server.host
        self._roles = server.roles
        self._peer = peer
        self._reader = reader
        self._writer = writer
        self._lines = LineSource(server.host.directory)
        self._commands = Pace(*COMMANDS)
        self._reads = Pace(*READS)
        self._size = 0
        writer.transport.set_write_buffer_limits(high=HIGH_WATER)

    async def run(self) -> None:
        """Serve it to its end. Raises nothing but cancellation: a viewer must not be able to end a run."""
        goodbye = None
        try:
            await self._serve()
        except (Leave, OSError) as end:
            goodbye = end.goodbye if isinstance(end, Leave) else None
        except asyncio.CancelledError:
            self._writer.transport.abort()  # it did not take the last events in time
            raise
        except Exception:
            LOGGER.exception("The connection of %s failed", self._peer.user)
            goodbye = Goodbye("The engine could not serve this; its engine.log has the reason.", "fault")
        finally:
            if goodbye is not None:
                with suppress(OSError):
                    await self._send(goodbye)
            self._writer.close()

    async def _serve(self) -> None:
        await self._send(self._server.hello())
        try:
            async with asyncio.timeout(PATIENCE):
                join = await self._receive()
        except TimeoutError:
            raise Leave("No greeting came.", "garbage") from None
        if not isinstance(join, Join):
            raise Leave("The first message must be a join.", "garbage")
        if not OLDEST <= join.protocol <= PROTOCOL:
            raise Leave(self._unfit(join), "version")
        if len(join.token) > LONGEST_NAME:
            raise Leave("This is no token.", "garbage")
        await self._server.turn(self._peer)
        shown = msgspec.structs.replace(join, client=printable(join.client), place=printable(join.place))
        party = self._roles.enter(self._peer, shown)
        try:
            if join.stream:
                await self._stream(join, party)
            elif join.after >= 0:
                await self._follow(join, party)
            else:
                await self._obey(party)
        finally:
            self._roles.leave(party)

    def _unfit(self, join: Join) -> str:
        run, executable = self._host.run, self._server.hello().executable
        return (
            f"Run {run} is served by Bakehouse {__version__}, protocol {PROTOCOL}; this is Bakehouse {join.version}, "
            f"protocol {join.protocol}. Use: {executable} attach {run}"
        )

    async def _follow(self, join: Join, party: Party) -> None:
        self._roles.follow(party)
        try:
            if join.token:
                await self._send(Welcome(party.viewer))
            async with asyncio.TaskGroup() as group:
                ears = group.create_task(self._obey(party))
                await self._pour(join.after)
                ears.cancel()
        except ExceptionGroup as ends:
            raise first_of(ends) from ends
        finally:
            self._roles.unfollow(party)

    async def _pour(self, after: int) -> None:
        async for batch in self._host.feed.follow(after):
            for first in range(0, len(batch), MANY):
                await self._send_events(batch[first : first + MANY])
        raise Leave("The run has ended.", "ended")

    async def _send_events(self, batch: list[Event]) -> None:
        if len(batch) > 1 and sum(len(bytes(fact.body)) for fact in batch) > LIMIT // 2:
            middle = len(batch) // 2
            await self._send_events(batch[:middle])
            await self._send_events(batch[middle:])
            return
        await self._send(Events(batch))

    async def _obey(self, party: Party) -> None:
        while True:
            message = await self._receive()
            await (self._reads if isinstance(message, AskLines | AskLog) else self._commands).turn()
            if isinstance(message, Send):
                answer = await self._command(message, party)
                self._commands.refused(answer.code)
                await self._send(answer)
            elif isinstance(message, AskChanges):
                await self._send(await self._changes(message))
            elif isinstance(message, AskLines):
                await self._send(self._lines.answer(message))
            elif isinstance(message, AskLog):
                await self._send(self._lines.part(message))
            elif isinstance(message, Goodbye):
                raise Leave
            else:
                raise Leave("This message has no place here.", "garbage")

    async def _command(self, message: Send, party: Party) -> Answer:
        command = msgspec.structs.replace(message.command, by=self._peer.user)
        try:
            if command.verb not in VERBS:
                raise Refused(f'There is no command "{printable(command.verb)}".', code="unknown")
            if self._size > COMMAND:
                raise Refused(f"A command has {COMMAND >> 10} KiB at most.")
            if command.verb == "take-control":
                done = self._roles.control(party, command)
            else:
                self._roles.check(party, command.verb)
                done = await self._host.command(command)
            return Answer(command.id, span=done.span, data=done.data)
        except Refused as refusal:
            return Answer(command.id, refusal.code, str(refusal))
        except BakehouseError as error:
            return Answer(command.id, "invalid", str(error))

    async def _changes(self, message: AskChanges) -> FromEngine:
        try:
            return msgspec.structs.replace(await self._host.changes(message.build), id=message.id)
        except Refused as refusal:
            return Answer(message.id, refusal.code, str(refusal))
        except BakehouseError as error:
            return Answer(message.id, "invalid", str(error))

    async def _stream(self, join: Join, party: Party) -> None:
        try:
            await Visit(self._host, self._roles, party, self._receive, self._send).run(join)
        except Refused as refusal:
            raise Leave(str(refusal), refusal.code) from refusal
        except Misplaced as stray:
            raise Leave(str(stray), "garbage") from stray

    async def _receive(self) -> FromViewer:
        try:
            line = await self._reader.readline()
        except ValueError:
            raise Leave(f"No message may be longer than {LIMIT} bytes.", "garbage") from None
        if not line.endswith(b"\n"):
            raise Leave
        self._size = len(line)
        try:
            return decode_from_viewer(line)
        except (msgspec.DecodeError, RecursionError) as error:
            raise Leave(f"This is no message of Bakehouse's protocol: {error}", "garbage") from error

    async def _send(self, message: FromEngine) -> None:
        self._writer.write(encode(message))
        await self._writer.drain()


def printable(text: str) -> str:
    """What a stranger called something, fit to be shown to others."""
    return "".join(letter for letter in text if letter.isprintable())[:LONGEST_NAME]
