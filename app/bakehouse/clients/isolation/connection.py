"""The engine's end of a machine: starts the holder, sends requests to the agent, waits for their answers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

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


async def run_helper(module: str, *arguments: str) -> tuple[int, bytes, str]:
    """Run one to its end: exit status, what it printed, what it complained of. A cancellation kills it."""
    process = await asyncio.create_subprocess_exec(
        *helper(module, *arguments), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        printed, errors = await process.communicate()
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    return process.returncode or 0, printed, errors.decode(errors="replace").strip()


class Exchange:
    """One request under way, with a socket of its own for the answer; bound to the loop that made it.

    status: its exit status, or StepError. terminal: the master side of its PTY.
    """

    def __init__(self, number: int, reply: socket.socket) -> None:
        self.number = number
        self._loop = asyncio.get_running_loop()
        self._reply = reply
        self.status: asyncio.Future[int] = self._loop.create_future()
        self.terminal: asyncio.Future[int] = self._loop.create_future()
        reply.setblocking(False)
        self._loop.add_reader(reply, self._receive)

    def _receive(self) -> None:
        try:
            packet, opened = wire.receive(self._reply)
        except BlockingIOError:
            return
        except OSError:
            packet, opened = b"", []
        kind, _, text = packet.decode(errors="replace").partition(" ")
        if kind == "terminal" and opened and not self.terminal.done():
            self.terminal.set_result(opened.pop())
        elif kind == "status" and text.isdecimal():
            self._end()
            self.status.set_result(int(text))
        else:
            self.fail(text if kind == "error" else "The machine is gone: it was stopped, or its agent was killed.")
        for file in opened:
            os.close(file)

    def fail(self, text: str) -> None:
        """Both waits end with a StepError."""
        self._end()
        for future in (self.terminal, self.status):
            if not future.done():
                future.set_exception(StepError(text))
                future.exception()  # seen: nobody need wait for it

    def _end(self) -> None:
        self._loop.remove_reader(self._reply)
        self._reply.close()


class Connection:
    """A machine that runs. made: paths in it that are no part of its image (`mounts.NewRoot.made`).

    It belongs to no loop: what waits for an answer is the exchange.
    """

    def __init__(self, directory: Path, sock: socket.socket, process: subprocess.Popen[bytes]) -> None:
        self.directory = directory
        self.made: tuple[str, ...] = ()
        self._sock = sock
        self._process = process
        self._last = 0
        self._open = True

    @classmethod
    async def start(cls, spec: wire.Payload) -> Connection:
        """Start the machine that `spec` (see `holder.Holder`) describes. Raises Unavailable if it cannot be."""
        directory = Path(spec["directory"])
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs, await asyncio.to_thread(open, directory / _LOG, "wb") as log:
            process = subprocess.Popen(  # noqa: ASYNC220  a fork and exec; asyncio's own would bind it to this loop
                helper("holder", "machine", spec["name"]),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=log,
                env={},
                cwd="/",
                start_new_session=True,
            )
        connection = cls(directory, ours, process)
        try:
            hello, reply = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with hello, reply:
                message = wire.pack(spec)
                try:
                    connection._send(b"spec", (reply.fileno(), message))
                finally:
                    os.close(message)
                reply.close()
                hello.setblocking(False)
                connection.made = connection._made(await asyncio.get_running_loop().sock_recv(hello, wire.PACKET))
        except BaseException:
            await connection.close()
            raise
        return connection

    def _made(self, packet: bytes) -> tuple[str, ...]:
        word, *rest = packet.split(b"\0")
        if word == b"ready":
            return tuple(os.fsdecode(path) for path in rest)
        reason = b" ".join(rest).decode(errors="replace")
        if not reason:
            log = (self.directory / _LOG).read_text(errors="replace").strip()
            reason = log.splitlines()[-1] if log else "its holder ended without a word"
        raise Unavailable(f"The machine could not be started: {reason}")

    def begin(self, verb: str, payload: wire.Payload, files: Sequence[int] = ()) -> Exchange:
        """Send a request; `files` are closed here once they are on their way."""
        self._last += 1
        message = wire.pack(payload)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._send(f"{verb} {self._last}".encode(), (theirs.fileno(), message, *files))
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            for file in (message, *files):
                os.close(file)
        return Exchange(self._last, ours)

    async def finish(self, exchange: Exchange, *, unless: Iterable[asyncio.Future[None]] = ()) -> int:
        """Its exit status. A cancellation, or one of `unless`, ends it in the machine, with all that it started."""
        waits: list[asyncio.Future[Any]] = [exchange.status, *unless]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self.cancel(exchange)
        return await exchange.status

    async def cancel(self, exchange: Exchange) -> None:
        """End a request, if it has not ended, and all that it started, and wait for that."""
        if self._open and not exchange.status.done():
            with contextlib.suppress(StepError):  # it is gone already, and the exchange will know
                self._send(f"cancel {exchange.number}".encode(), ())
            await asyncio.wait({exchange.status})

    async def call(self, verb: str, payload: wire.Payload, files: Sequence[int] = ()) -> int:
        """`begin` and `finish`."""
        return await self.finish(self.begin(verb, payload, files))

    async def close(self) -> None:
        """End the machine with everything in it, and wait until nothing is left."""
        self._open = False
        self._sock.close()
        await asyncio.to_thread(self._process.wait)

    def _send(self, text: bytes, files: tuple[int, ...]) -> None:
        if not self._open:
            raise StepError("The machine is not running any more.")
        try:
            wire.send(self._sock, text, files)
        except BlockingIOError:  # far more requests under way than anybody makes
            raise StepError("The machine does not take requests any more.") from None
        except OSError as error:
            raise StepError(f"The machine is gone: {error.strerror}") from error
