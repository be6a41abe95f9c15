"""The engine's end of a machine: starts the holder, sends requests to the agent, waits for their answers."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import bakehouse
from bakehouse.clients.isolation import wire
from bakehouse.errors import StepError, Unavailable

_SOURCE_ROOT = str(Path(bakehouse.__file__).resolve().parent.parent)
_START = "import sys;sys.path.append(sys.argv.pop(1));from bakehouse.clients.isolation.{module} import main;main()"
_LOG = "holder.log"


def helper(module: str, *arguments: str) -> list[str]:
    """The command line that runs one of this package's modules on its own, without site-packages."""
    code = _START.format(module=module)
    return [sys.executable, "-I", "-S", "-X", "utf8", "-c", code, _SOURCE_ROOT, *arguments]


class Exchange:
    """One request under way. status: its exit status, or StepError. terminal: the master side of its PTY."""

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop) -> None:
        self.number = number
        self.status: asyncio.Future[int] = loop.create_future()
        self.terminal: asyncio.Future[int] = loop.create_future()

    def fail(self, text: str) -> None:
        """Both waits end with a StepError."""
        for future in (self.terminal, self.status):
            if not future.done():
                future.set_exception(StepError(text))
                future.exception()  # seen: nobody need wait for it


class Connection:
    """A machine that runs. made: paths in it that are no part of its image (`mounts.NewRoot.made`)."""

    def __init__(self, directory: Path, sock: socket.socket, process: asyncio.subprocess.Process) -> None:
        self.directory = directory
        self.made: tuple[str, ...] = ()
        self._sock = sock
        self._process = process
        self._loop = asyncio.get_running_loop()
        self._hello: asyncio.Future[list[bytes]] = self._loop.create_future()
        self._exchanges: dict[int, Exchange] = {}
        self._last = 0
        self._open = True
        self._loop.add_reader(sock, self._receive)

    @classmethod
    async def start(cls, spec: wire.Payload) -> Connection:
        """Start the machine that `spec` (see `holder.Holder`) describes. Raises Unavailable if it cannot be."""
        directory = Path(spec["directory"])
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, await asyncio.to_thread(open, directory / _LOG, "wb") as log:
            process = await asyncio.create_subprocess_exec(
                *helper("holder", "machine", spec["name"]),
                stdin=theirs,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=log,
                env={},
                cwd="/",
                start_new_session=True,
            )
        ours.setblocking(False)
        connection = cls(directory, ours, process)
        try:
            connection._send(b"spec", (wire.pack(spec),))
            connection.made = await connection._ready()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _ready(self) -> tuple[str, ...]:
        word, *rest = await self._hello
        if word == b"ready":
            return tuple(os.fsdecode(path) for path in rest)
        reason = b" ".join(rest).decode(errors="replace")
        if not reason:
            log = await asyncio.to_thread((self.directory / _LOG).read_text, errors="replace")
            reason = log.strip().splitlines()[-1] if log.strip() else "its holder ended without a word"
        raise Unavailable(f"The machine could not be started: {reason}")

    def begin(self, verb: str, payload: wire.Payload, files: Sequence[int] = ()) -> Exchange:
        """Send a request; `files` are closed here once they are on their way."""
        self._last += 1
        exchange = Exchange(self._last, self._loop)
        message = wire.pack(payload)
        try:
            if not self._open:
                raise StepError("The machine is not running any more.")
            self._exchanges[exchange.number] = exchange
            self._send(f"{verb} {exchange.number}".encode(), (message, *files))
        finally:
            for file in (message, *files):
                os.close(file)
        return exchange

    async def finish(self, exchange: Exchange) -> int:
        """Its exit status. A cancellation ends it in the machine, with all that it started, before it goes on."""
        try:
            return await asyncio.shield(exchange.status)
        except asyncio.CancelledError:
            await self.cancel(exchange)
            raise

    async def cancel(self, exchange: Exchange) -> None:
        """End a request and all that it started, and wait for that."""
        if self._open and not exchange.status.done():
            self._send(f"cancel {exchange.number}".encode(), ())
            await asyncio.wait({exchange.status})

    async def call(self, verb: str, payload: wire.Payload, files: Sequence[int] = ()) -> int:
        """`begin` and `finish`."""
        return await self.finish(self.begin(verb, payload, files))

    async def close(self) -> None:
        """End the machine with everything in it, and wait until nothing is left."""
        self._lost()
        await self._process.wait()

    def _send(self, text: bytes, files: tuple[int, ...]) -> None:
        try:
            wire.send(self._sock, text, files)
        except BlockingIOError:  # far more requests under way than anybody makes
            raise StepError("The machine does not take requests any more.") from None
        except OSError as error:
            self._lost()
            raise StepError(f"The machine is gone: {error.strerror}") from error

    def _receive(self) -> None:
        try:
            packet, opened = wire.receive(self._sock)
        except BlockingIOError:
            return
        except OSError:
            packet, opened = b"", []
        if not packet:
            self._lost()
        elif not self._hello.done():
            self._hello.set_result(packet.split(b"\0"))
        else:
            self._answer(packet, opened)

    def _answer(self, packet: bytes, opened: list[int]) -> None:
        number, kind, text = (packet.decode(errors="replace").split(" ", 2) + [""])[:3]
        exchange = self._exchanges.get(int(number)) if number.isdecimal() else None
        if kind == "terminal" and exchange is not None and opened and not exchange.terminal.done():
            exchange.terminal.set_result(opened.pop())
        for file in opened:
            os.close(file)
        if exchange is None or kind == "terminal":
            return
        del self._exchanges[exchange.number]
        if kind == "status" and text.isdecimal():
            if not exchange.status.done():
                exchange.status.set_result(int(text))
        else:
            exchange.fail(text)

    def _lost(self) -> None:
        if not self._open:
            return
        self._open = False
        self._loop.remove_reader(self._sock)
        self._sock.close()
        if not self._hello.done():
            self._hello.set_result([b"", b""])
        for exchange in self._exchanges.values():
            exchange.fail("The machine is gone: it was stopped, or its agent was killed.")
        self._exchanges.clear()
