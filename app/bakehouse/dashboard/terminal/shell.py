"""A shell in the machine: the terminal is handed over, bytes go both ways, ctrl+] comes back."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import sys
import termios
import tty
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TextIO

from bakehouse.dashboard.door import Stream
from bakehouse.errors import Disconnected, Refused, first_of
from bakehouse.session.leaving import on_termination

LEAVE = b"\x1d"
"""ctrl+]"""
USUAL_SCREEN = b"\x1b[?1049l"
"""After a program that has switched to the other screen, and is left there; elsewhere it moves the cursor."""
RESET = (
    b"\x1b7\x1b[?1l\x1b>\x1b[?7h\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l"
    b"\x1b[?6l\x1b[r\x1b8\x1b[0m"
)
"""After a program that is left as it is (vi, say): the usual cursor, keys and colours. ESC [ r moves the cursor to the
top, so its place is saved before and restored after."""
_SCREEN = re.compile(rb"\x1b\[\?(?:1049|1047|47)([hl])")
_LONGEST = len(b"\x1b[?1049h")


class Screen:
    """Which screen a program is on. other: not the usual one."""

    def __init__(self) -> None:
        self.other = False
        self._tail = b""

    def feed(self, data: bytes) -> None:
        """Take what the program showed, cut anywhere."""
        data = self._tail + data
        for switch in _SCREEN.finditer(data):
            self.other = switch[1] == b"h"
        self._tail = data[1 - _LONGEST :]

    @property
    def reset(self) -> bytes:
        """What makes the terminal usual again."""
        return USUAL_SCREEN + RESET if self.other else RESET


class Terminal:
    """The person's terminal, raw. Reads and writes bytes without blocking the loop."""

    def __init__(self, source: int, target: int) -> None:
        self.source, self.target = source, target

    @classmethod
    def own(cls, source: TextIO | None = None, target: TextIO | None = None) -> Terminal:
        """That of this process; the dashboard draws on stderr, which is where its terminal surely is."""
        return cls((source or sys.__stdin__ or sys.stdin).fileno(), (target or sys.__stderr__ or sys.stderr).fileno())

    @contextmanager
    def raw(self) -> Iterator[None]:
        """Every key comes as it is, also ctrl+c."""
        before = termios.tcgetattr(self.source)
        tty.setraw(self.source, termios.TCSANOW)  # not FLUSH: that waits for a reader, and drops what was typed
        try:
            yield
        finally:
            termios.tcsetattr(self.source, termios.TCSANOW, before)

    @asynccontextmanager
    async def keys(self) -> AsyncIterator[asyncio.Queue[bytes]]:
        """What is typed; b"" when the terminal is gone."""
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[bytes]()

        def ready() -> None:
            try:
                data = os.read(self.source, 4096)
            except OSError:
                data = b""
            queue.put_nowait(data)
            if not data:
                loop.remove_reader(self.source)

        loop.add_reader(self.source, ready)
        try:
            yield queue
        finally:
            loop.remove_reader(self.source)

    async def show(self, data: bytes) -> None:
        """Write all of it."""
        await asyncio.to_thread(self._write, data)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self.target, view) :]

    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        size = shutil.get_terminal_size()
        with suppress(OSError):
            size = os.get_terminal_size(self.target)
        return size.lines, size.columns


async def relay(stream: Stream, terminal: Terminal) -> str:
    """Hand the terminal over until ctrl+], SIGTERM, the end of the program or of the socket; says why it ended: "left",
    "ended" or "lost".

    Raises Refused if there is no such shell, OSError if the terminal cannot be written.
    """
    try:
        return await _relay(stream, terminal)
    except ExceptionGroup as group:
        raise first_of(group) from group


async def _relay(stream: Stream, terminal: Terminal) -> str:
    reason = "left"
    sizes: asyncio.Queue[None] = asyncio.Queue()
    screen = Screen()
    async with terminal.keys() as keys:
        with terminal.raw(), _resized(sizes), on_termination(lambda: keys.put_nowait(LEAVE)):
            async with asyncio.TaskGroup() as tasks:
                outward = tasks.create_task(_show(stream, terminal, screen))
                others = [tasks.create_task(_type(stream, keys)), tasks.create_task(_resize(stream, terminal, sizes))]
                await asyncio.wait([outward, others[0]], return_when=asyncio.FIRST_COMPLETED)
                if outward.done():
                    reason = outward.result()
                for task in (outward, *others):
                    task.cancel()
        if reason != "ended":
            with suppress(OSError):  # it may be the terminal that is gone
                await terminal.show(screen.reset)
    return reason


async def _show(stream: Stream, terminal: Terminal, screen: Screen) -> str:
    shown = False
    try:
        while data := await stream.read():
            await terminal.show(data)
            screen.feed(data)
            shown = True
    except Disconnected:
        return "lost"
    except Refused:
        if not shown:
            raise
        return "lost"  # the engine said goodbye: the run is over
    return "ended"


async def _type(stream: Stream, keys: asyncio.Queue[bytes]) -> None:
    """Ends at ctrl+]; what was typed before it still goes."""
    with suppress(Disconnected):
        while data := await keys.get():
            typed, leave, _ = data.partition(LEAVE)
            if typed:
                await stream.write(typed)
            if leave:
                return


async def _resize(stream: Stream, terminal: Terminal, sizes: asyncio.Queue[None]) -> None:
    with suppress(Disconnected):
        while True:
            await sizes.get()
            rows, columns = terminal.size()
            await stream.resize(rows, columns)


@contextmanager
def _resized(sizes: asyncio.Queue[None]) -> Iterator[None]:
    """Hear of SIGWINCH; the handler of before comes back afterwards."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGWINCH)
    try:
        signal.signal(signal.SIGWINCH, lambda *_: loop.call_soon_threadsafe(sizes.put_nowait, None))
    except ValueError:  # not in the main thread: then sizes stay as they are
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGWINCH, before)
