"""Pipes and pseudo-terminals on the engine's loop."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import termios

from bakehouse.clients.isolation.connection import Connection, Exchange
from bakehouse.sdk import OnOutput, Stream, Terminal

_PIECE = 65536
_DRAIN = 0.2  # seconds that output may still come after the program's end
_HANG_UP = 1.0  # seconds that a program has to end once nobody is there any more


class Output:
    """One output stream of a command: a pipe whose read end is ours.

    ended: set at its end of file. failed: set once its taker has raised; nothing is read any more then.
    """

    def __init__(self, stream: Stream, on_output: OnOutput) -> None:
        self._stream: Stream = stream
        self._on_output = on_output
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.failed: asyncio.Future[None] = self._loop.create_future()
        self._read_end, self._write_end = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._read_end, False)
        self._loop.add_reader(self._read_end, self._read)
        self._error: Exception | None = None

    def take_write_end(self) -> int:
        """The end for the command; whoever takes it closes it."""
        write_end, self._write_end = self._write_end, -1
        return write_end

    def check(self) -> None:
        """Raises what the taker of the output raised, if it did."""
        if self._error is not None:
            raise self._error

    def hold(self) -> None:
        """Leave it unread, until `go_on`."""
        self._loop.remove_reader(self._read_end)

    def go_on(self) -> None:
        """Read on."""
        if not self.ended.done():
            self._loop.add_reader(self._read_end, self._read)

    def close(self) -> None:
        """Let go of the pipe."""
        self._loop.remove_reader(self._read_end)
        os.close(self._read_end)
        if self._write_end >= 0:
            os.close(self._write_end)

    def _read(self) -> None:
        try:
            data = os.read(self._read_end, _PIECE)
        except BlockingIOError:
            return
        try:
            if data:
                self._on_output(self._stream, data)
                return
        except Exception as error:  # raised again by `check`, in the task that awaits the command
            self._error = error
            _resolve(self.failed)
        self._loop.remove_reader(self._read_end)
        _resolve(self.ended)


class Master:
    """The master side of a PTY on the loop. `ended`: set once no process has the other side open any more."""

    def __init__(self, file: int, terminal: Terminal) -> None:
        self._file = file
        self._terminal = terminal
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.closed = False
        os.set_blocking(file, False)
        self._loop.add_reader(file, self._read)
        terminal.on_resize(self._resize)

    async def type(self) -> None:
        """Pass on what the person types, until nobody types any more."""
        while data := await self._terminal.read():
            while data and not self.closed:
                try:
                    data = data[os.write(self._file, data) :]
                except BlockingIOError:
                    await self._writable()
                except OSError:  # EIO: the shell is gone; its exit ends this
                    return

    def close(self) -> None:
        """Hang up: what still runs on the terminal gets SIGHUP."""
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._file)
        self._loop.remove_writer(self._file)
        os.close(self._file)

    async def _writable(self) -> None:
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._file, _resolve, ready)
        try:
            await ready
        finally:
            if not self.closed:
                self._loop.remove_writer(self._file)

    def _read(self) -> None:
        try:
            data = os.read(self._file, _PIECE)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last process has closed the other side
            data = b""
        if data:
            self._terminal.write(data)
            return
        self._loop.remove_reader(self._file)
        _resolve(self.ended)

    def _resize(self, rows: int, columns: int) -> None:
        if not self.closed:
            fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


async def attach(terminal: Terminal, file: int, connection: Connection, exchange: Exchange) -> int:
    """Join a person's terminal and a PTY until the program on it ends; its exit status.

    A person who goes away hangs up, as with any terminal; a program that does not mind that is ended.
    """
    master = Master(file, terminal)
    try:
        async with asyncio.TaskGroup() as group:
            typing = group.create_task(master.type())
            running = group.create_task(connection.finish(exchange))
            await asyncio.wait({typing, running}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                master.close()
                await asyncio.wait({running}, timeout=_HANG_UP)
                await connection.cancel(exchange)
            status = await running
            typing.cancel()
            await asyncio.wait({master.ended}, timeout=0 if master.closed else _DRAIN)
        return status
    finally:
        master.close()
