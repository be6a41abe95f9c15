"""A shell of the engine in the terminal of this process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager

from bakehouse.session.client import Stream


def terminal_size() -> tuple[int, int]:
    """Rows and columns of this terminal."""
    size = shutil.get_terminal_size()
    return size.lines, size.columns


async def interact(stream: Stream) -> int:
    """Give keyboard and screen to `stream` until its program ends; its exit status.

    Standard input must be a terminal. Raises Refused if the engine would not open the stream, Disconnected.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Queue[bytes] = asyncio.Queue()
    resized = asyncio.Event()
    with _raw(0):
        loop.add_reader(0, lambda: typed.put_nowait(os.read(0, 65536)))
        loop.add_signal_handler(signal.SIGWINCH, resized.set)
        try:
            async with asyncio.TaskGroup() as group:
                keys = group.create_task(_type(stream, typed))
                sizes = group.create_task(_resize(stream, resized))
                try:
                    while data := await stream.read():
                        sys.stdout.buffer.write(data)
                        sys.stdout.buffer.flush()
                finally:
                    keys.cancel()
                    sizes.cancel()
        except* Exception as troubles:
            raise troubles.exceptions[0] from None
        finally:
            loop.remove_reader(0)
            loop.remove_signal_handler(signal.SIGWINCH)
            await stream.close()
    return stream.exit_status or 0


async def _type(stream: Stream, typed: asyncio.Queue[bytes]) -> None:
    while data := await typed.get():
        await stream.write(data)


async def _resize(stream: Stream, resized: asyncio.Event) -> None:
    while True:
        await resized.wait()
        resized.clear()
        await stream.resize(*terminal_size())


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
