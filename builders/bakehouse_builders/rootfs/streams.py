"""Pipes and pseudo-terminals on the engine's loop."""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
import termios
from collections.abc import Coroutine
from typing import Any

from bakehouse.sdk import OnOutput, Stream, Terminal

_PIECE = 65536
_DRAIN = 0.2


class Output:
    """One output stream of a command: a pipe whose read end is ours. `ended`: set at its end of file."""

    def __init__(self, stream: Stream, on_output: OnOutput) -> None:
        self._stream: Stream = stream
        self._on_output = on_output
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
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
        self._loop.remove_reader(self._read_end)
        if not self.ended.done():
            self.ended.set_result(None)


class Master:
    """The master side of a PTY on the loop. `ended`: set once no process has the other side open any more."""

    def __init__(self, file: int, terminal: Terminal) -> None:
        self._file = file
        self._terminal = terminal
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self._closed = False
        os.set_blocking(file, False)
        self._loop.add_reader(file, self._read)
        terminal.on_resize(self._resize)

    async def type(self) -> None:
        """Pass on what the person types, until nobody types any more."""
        while data := await self._terminal.read():
            while data and not self._closed:
                try:
                    data = data[os.write(self._file, data) :]
                except BlockingIOError:
                    await self._writable()
                except OSError:  # EIO: the shell is gone; its exit ends this
                    return

    def close(self) -> None:
        """Hang up: what still runs on the terminal gets SIGHUP."""
        self._closed = True
        self._loop.remove_reader(self._file)
        self._loop.remove_writer(self._file)
        os.close(self._file)

    async def _writable(self) -> None:
        ready = self._loop.create_future()
        self._loop.add_writer(self._file, lambda: ready.done() or ready.set_result(None))
        try:
            await ready
        finally:
            if not self._closed:
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
        if not self.ended.done():
            self.ended.set_result(None)

    def _resize(self, rows: int, columns: int) -> None:
        if not self._closed:
            fcntl.ioctl(self._file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


async def attach(terminal: Terminal, file: int, finish: Coroutine[Any, Any, int]) -> int:
    """Join a person's terminal and a PTY until the program on it ends; its exit status."""
    master = Master(file, terminal)
    try:
        async with asyncio.TaskGroup() as group:
            typing = group.create_task(master.type())
            try:
                status = await finish
                await asyncio.wait({master.ended}, timeout=_DRAIN)
            finally:
                typing.cancel()
        return status
    finally:
        master.close()
