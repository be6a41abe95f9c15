"""The engine's side of the door: a unix socket that any number of viewers may open.

Every connection is a task of one group. Events go out through the cursor of each follower, and each is drained, so
that a viewer that stalls holds up itself alone. Whatever goes wrong with a connection ends that connection.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bakehouse import __version__
from bakehouse.errors import SessionError
from bakehouse.record.events import Body, event
from bakehouse.session import address, admission
from bakehouse.session.admission import Sharing
from bakehouse.session.connection import Connection
from bakehouse.session.host import Host
from bakehouse.session.pace import Pace
from bakehouse.session.protocol import LIMIT, OLDEST, PROTOCOL, Goodbye, Hello, encode
from bakehouse.session.roles import Peer, Roles

FAREWELL = 1.0
"""Seconds that connections have to take the last events once the run has ended."""
JOINS = (50, 100)
"""Connections of one user: a second, and at once."""
MOST = 256
"""Connections of one user: a viewer has two, and one for each shell that it is in."""
WATCH = 5.0
"""Seconds between two looks at whether the socket is still in its place."""


@asynccontextmanager
async def serve(
    host: Host, *, root: Path | None = None, watch: float = WATCH, shared: Sharing | None = None
) -> AsyncIterator[Server]:
    """Serve `host` while the body runs; then let viewers hear the end, and close. shared: who else may come in.

    Raises SessionError before the body starts if the socket cannot be made.
    """
    server = Server(host, root or address.ROOT, shared)
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

    def __init__(self, host: Host, root: Path, shared: Sharing | None) -> None:
        self.host = host
        self._shared = shared
        self._gid = shared.gid if shared is not None else -1
        self.path = address.socket_path(host.run, root, self._gid)
        self.group: asyncio.TaskGroup | None = None
        self._root = root
        self._server: asyncio.Server | None = None
        self._inode = 0
        self._joins: dict[int, Pace] = {}
        self._present = Counter[int]()
        self._tasks: set[asyncio.Task[None]] = set()
        self.roles = Roles(self._tell, host.driver_changed)

    async def open(self) -> None:
        """Bind and listen. Raises SessionError."""
        address.secure_folder(self._root, self._gid)
        door = self._bind()
        self._inode = self.path.stat().st_ino
        server = await asyncio.start_unix_server(self._arrived, sock=door, limit=LIMIT, start_serving=False)
        self._server = server  # before anything can cut this short, so that `close` finds it
        await server.start_serving()

    def _bind(self) -> socket.socket:
        for number in range(1, 10):
            try:
                return address.listen(self.path, self._gid)
            except address.InUse:
                self.path = self.path.with_name(f"{self.host.run}-{number}")
        return address.listen(self.path, self._gid)

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

    async def turn(self, peer: Peer) -> None:
        """Wait until a user may join again: who drives is recorded, so it must not change hands too fast."""
        await self._joins.setdefault(peer.uid, Pace(*JOINS)).turn()

    def _tell(self, body: Body) -> None:
        self.host.feed.publish_live(event(body, seq=0, at=time.time_ns()))

    def _arrived(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.group is None:
            writer.transport.abort()
            return
        task = self.group.create_task(self._receive(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _receive(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door = writer.get_extra_info("socket")
        try:
            peer = admission.friend(door)
            if peer is None:
                peer = await asyncio.to_thread(admission.stranger, door, self.host.run, self._shared)
            self._count(peer)
        except (SessionError, OSError) as error:
            if isinstance(error, SessionError):
                writer.write(encode(Goodbye(str(error), "admission")))
            writer.close()
            return
        try:
            await Connection(self, peer, reader, writer).run()
        finally:
            self._present[peer.uid] -= 1

    def _count(self, peer: Peer) -> None:
        """Raises SessionError if somebody has too many connections."""
        if self._present[peer.uid] >= MOST:
            raise SessionError(f"{peer.user} has {MOST} connections to run {self.host.run} already.")
        if peer.uid != os.getuid() and peer.uid not in self._present:
            self.host.note(f"{peer.user} is attached{'' if peer.drives else ' and watches'}.")
        self._present[peer.uid] += 1
