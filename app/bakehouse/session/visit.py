"""One viewer in one shell: bytes both ways over a connection of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bakehouse.errors import Refused, first_of
from bakehouse.session.host import Host, PtyStream
from bakehouse.session.pace import Pace
from bakehouse.session.protocol import FromEngine, FromViewer, Goodbye, Join, Resize, StreamData, StreamEnd
from bakehouse.session.roles import Party, Roles

KEYS = (200, 1000)
"""Messages a second, and at once; what is pasted comes in few."""
PIECE = 1 << 16
"""Bytes in one message, at most."""


class Misplaced(Exception):
    """The viewer sent what has no place here, or said goodbye (no text)."""


class Visit:
    """Enters the shell that `join` names; leaves it as it is. Who may not type looks on."""

    def __init__(
        self,
        host: Host,
        roles: Roles,
        party: Party,
        receive: Callable[[], Awaitable[FromViewer]],
        send: Callable[[FromEngine], Awaitable[None]],
    ) -> None:
        self._host = host
        self._roles = roles
        self._party = party
        self._receive = receive
        self._send = send
        self._pace = Pace(*KEYS)

    async def run(self, join: Join) -> None:
        """Until the program ends or the viewer leaves. Raises Refused, Misplaced, and what receiving raises."""
        shell = self._enter(join)
        self._party.shells.append(shell)
        try:
            async with asyncio.TaskGroup() as group:
                keys = group.create_task(self._hear(shell))
                await self._show(shell)
                keys.cancel()
        except ExceptionGroup as ends:
            raise first_of(ends) from ends
        finally:
            self._party.shells.remove(shell)
            shell.close()

    def _enter(self, join: Join) -> PtyStream:
        if not self._party.peer.drives:
            raise Refused(
                "You were let in to watch, and a shell is not masked. Its transcript is in the log.", code="role"
            )
        shell = self._host.stream(join.stream, watch=not self._roles.acts(self._party))
        if self._roles.acts(self._party):
            shell.resize(join.rows, join.columns)
        return shell

    async def _show(self, shell: PtyStream) -> None:
        while data := await shell.read():
            for first in range(0, len(data), PIECE):
                await self._send(StreamData(data[first : first + PIECE]))
        await self._send(StreamEnd(shell.exit_status or 0))

    async def _hear(self, shell: PtyStream) -> None:
        while True:
            message = await self._receive()
            await self._pace.turn()
            acts = self._roles.acts(self._party)
            if isinstance(message, StreamData):
                if acts:
                    shell.write(message.data)
            elif isinstance(message, Resize):
                if acts:
                    shell.resize(message.rows, message.columns)
            else:
                raise Misplaced("" if isinstance(message, Goodbye) else "This message has no place in a stream.")
