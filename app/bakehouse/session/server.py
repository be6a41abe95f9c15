"""The engine's side of the door: a unix socket that any number of viewers may open.

Every connection is a task of one group. Events go out through the cursor of each follower, and each is drained, so
that a viewer that stalls holds up itself alone. Whatever goes wrong with a connection ends that connection.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bakehouse import __version__
from bakehouse.errors import SessionError
from bakehouse.record.events import Body, event
from bakehouse.session import address
from bakehouse.session.connection import Connection
from bakehouse.session.host import Host
from bakehouse.session.protocol import LIMIT, OLDEST, PROTOCOL, Hello
from bakehouse.session.roles import Peer, Roles

FAREWELL = 1.0
"""Seconds that connections have to take the last events once the run has ended."""
WATCH = 5.0
"""Seconds between two looks at whether the socket is still in its place."""


@asynccontextmanager
async def serve(host: Host, *, root: Path | None = None, watch: float = WATCH) -> AsyncIterator[Server]:
    """Serve `host` while the body runs; then let viewers hear the end, and close.

    Raises SessionError before the body starts if the socket cannot be made.
    """
    server = Server(host, root or address.ROOT)
    await server.open()
    failure = None
    try:
        async with asyncio.TaskGroup() as group:
            server.group = group
            guard = group.create_task(server.keep_in_place(watch))
            try:
                yield server
            except Exception as error:
                failure = error
            finally:
                guard.cancel()
                await server.close()
    finally:
        server.path.unlink(missing_ok=True)
    if failure is not None:
        raise failure  # outside of the group, which would wrap it


class Server:
    """A socket, its connections, and who is attached."""

    def __init__(self, host: Host, root: Path) -> None:
        self.host = host
        self.path = address.socket_path(host.run, root)
        self.group: asyncio.TaskGroup | None = None
        self._root = root
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.roles = Roles(self._tell, host.driver_changed)

    async def open(self) -> None:
        """Bind and listen. Raises SessionError."""
        address.secure_folder(self._root)
        door = self._bind()
        self._inode = self.path.stat().st_ino
        self._server = await asyncio.start_unix_server(self._arrived, sock=door, limit=LIMIT)

    def _bind(self) -> socket.socket:
        for number in range(1, 10):
            try:
                return address.listen(self.path)
            except address.InUse:
                self.path = self.path.with_name(f"{self.host.run}-{number}")
        return address.listen(self.path)

    async def keep_in_place(self, interval: float) -> None:
        """Bind anew whenever somebody (a cleaner of /tmp) took the socket's file away; those inside stay."""
        while True:
            await asyncio.sleep(interval)
            try:
                gone = self.path.lstat().st_ino != self._inode
            except OSError:
                gone = True
            if gone:
                if self._server is not None:
                    self._server.close()
                with suppress(OSError, SessionError):
                    await self.open()

    async def close(self) -> None:
        """Nobody comes in any more; those inside get FAREWELL seconds to hear the end."""
        self.roles.close()
        if self._server is not None:
            self._server.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=FAREWELL)
            for task in late:
                task.cancel()

    def hello(self) -> Hello:
        """What every viewer hears first."""
        executable = f"{sys.executable} -m bakehouse"
        return Hello(PROTOCOL, OLDEST, __version__, executable, self.host.run, str(self.host.directory))

    def _tell(self, body: Body) -> None:
        self.host.feed.publish_live(event(body, seq=0, at=time.time_ns()))

    def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = admitted(writer.get_extra_info("socket"))
        if peer is None or self.group is None:
            writer.transport.abort()
            return
        task = self.group.create_task(Connection(self, peer, reader, writer).run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def admitted(door: socket.socket) -> Peer | None:
    """Who is at the other end, or None if the kernel says that it is neither our user nor root."""
    _, uid, _ = struct.unpack("3i", door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    if uid not in (os.getuid(), 0):
        return None
    return Peer(uid, user_name(uid))


def user_name(uid: int) -> str:
    """What people call a user."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
