"""A shell in the machine of a paused build, for a person at the other end of the session (DESIGN 6).

The two ends of a terminal are joined in memory: a communicator brings the PTY that its machine needs, so one of the
engine's own in between would only translate line ends twice.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from bakehouse.engine.breakpoints import Breakpoints
from bakehouse.engine.ports import Commands, Decision, ShellTerminal, Sink
from bakehouse.errors import BakehouseError
from bakehouse.record.events import SpanFinished
from bakehouse.record.log import STDOUT
from bakehouse.sdk import Communicator, Machine, Terminal

BUFFER = 1 << 20
"""Bytes that wait for a person who does not read; beyond that the oldest are dropped, and never the machine slowed."""
GRACE = 2.0
"""Seconds between the hang-up and the end of a shell that ignores it."""

HUNG_UP = 129
"""The exit status of a shell that the hang-up ended, as if by SIGHUP."""


class _Bytes:
    """A queue of bytes with an end."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._news = asyncio.Event()

    def put(self, data: bytes) -> None:
        if not data or self._ended:
            return
        self._pieces.append(data)
        self._size += len(data)
        while self._size > BUFFER and len(self._pieces) > 1:
            self._size -= len(self._pieces.popleft())
        self._news.set()

    def end(self) -> None:
        self._ended = True
        self._news.set()

    async def get(self) -> bytes:
        while not self._pieces:
            if self._ended:
                return b""
            self._news.clear()
            await self._news.wait()
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return data


class ShellStream(ShellTerminal):
    """Both ends: `Terminal` for the communicator is `self`, `host.PtyStream` for the session is `self.person`."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows = rows
        self.columns = columns
        self.hung_up = asyncio.Event()
        self.typed = _Bytes()
        self.shown = _Bytes()
        self.exit_status: int | None = None
        self.callbacks: list[Callable[[int, int], None]] = []
        self.person = Person(self)

    async def read(self) -> bytes:
        return await self.typed.get()

    def write(self, data: bytes) -> None:
        self.shown.put(data)

    def on_resize(self, callback: Callable[[int, int], None]) -> None:
        self.callbacks.append(callback)

    def finish(self, exit_status: int) -> None:
        self.exit_status = exit_status
        self.typed.end()
        self.shown.end()


class Person:
    """The person's end."""

    def __init__(self, stream: ShellStream) -> None:
        self.taken = False
        self._stream = stream

    @property
    def exit_status(self) -> int | None:
        return self._stream.exit_status

    async def read(self) -> bytes:
        return await self._stream.shown.get()

    def write(self, data: bytes) -> None:
        self._stream.typed.put(data)

    def resize(self, rows: int, columns: int) -> None:
        self._stream.rows, self._stream.columns = rows, columns
        for callback in self._stream.callbacks:
            callback(rows, columns)

    def close(self) -> None:
        self._stream.typed.end()
        self._stream.hung_up.set()


class _Transcript(Terminal):
    """Passes everything on, and what is shown to the log as well."""

    def __init__(self, terminal: ShellTerminal, sink: Sink, span: int) -> None:
        self.rows, self.columns = terminal.rows, terminal.columns
        self._terminal = terminal
        self._sink = sink
        self._span = span
        terminal.on_resize(self._resized)

    async def read(self) -> bytes:
        return await self._terminal.read()

    def write(self, data: bytes) -> None:
        self._sink.output(self._span, STDOUT, data)
        self._terminal.write(data)

    def on_resize(self, callback: Callable[[int, int], None]) -> None:
        self._terminal.on_resize(callback)

    def _resized(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns


class Shells:
    """The open shells of one build."""

    def __init__(
        self, group: asyncio.TaskGroup, commands: Commands, sink: Sink, breakpoints: Breakpoints, machine: Machine
    ) -> None:
        self._group = group
        self._commands = commands
        self._sink = sink
        self._breakpoints = breakpoints
        self._machine = machine
        self._open: set[asyncio.Task[None]] = set()

    def open(self, decision: Decision) -> None:
        """Start one. Its span was begun by who decided."""
        task = self._group.create_task(self._run(decision))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """End them all: the machine goes away."""
        for task in list(self._open):
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def _run(self, decision: Decision) -> None:
        terminal = self._commands.terminal(decision.span)
        status, outcome, text = 1, "cancelled", ""
        try:
            communicator = self._machine.communicator
            if communicator is None:  # it went away since the desk looked
                raise BakehouseError("There is no machine to open a shell in.")
            self._breakpoints.taint("opened a shell", "", decision.by)
            transcript = _Transcript(terminal, self._sink, decision.span)
            status = await self._interact(communicator, transcript, terminal.hung_up)
            outcome = "ok"
        except Exception as error:
            outcome, text = "failed", str(error)
            terminal.write(text.encode() + b"\r\n")
        finally:
            terminal.finish(status)
            self._sink.emit(SpanFinished(outcome, text, status), decision.span)

    async def _interact(self, communicator: Communicator, terminal: Terminal, hung_up: asyncio.Event) -> int:
        try:
            async with asyncio.timeout(None) as limit:
                watcher = self._group.create_task(_hang_up(hung_up, limit))
                try:
                    return await communicator.interactive(terminal)
                finally:
                    watcher.cancel()
        except TimeoutError:
            return HUNG_UP


async def _hang_up(hung_up: asyncio.Event, limit: asyncio.Timeout) -> None:
    """Once the person has left, the shell has so long to end by itself."""
    await hung_up.wait()
    limit.reschedule(asyncio.get_running_loop().time() + GRACE)
