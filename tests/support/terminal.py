"""A person at a terminal, for tests of interactive programs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bakehouse.sdk import Terminal


class TypingTerminal(Terminal):
    """What is typed is put in by the test; what is shown can be waited for."""

    def __init__(self, rows: int = 24, columns: int = 80) -> None:
        self.rows = rows
        self.columns = columns
        self.shown = b""
        self._typed: asyncio.Queue[bytes] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._resized: list[Callable[[int, int], None]] = []

    async def read(self) -> bytes:
        return await self._typed.get()

    def write(self, data: bytes) -> None:
        self.shown += data
        self._changed.set()

    def on_resize(self, callback: Callable[[int, int], None]) -> None:
        self._resized.append(callback)

    def type(self, data: bytes) -> None:
        """Press keys; b"" is a person who went away."""
        self._typed.put_nowait(data)

    def resize(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        for callback in self._resized:
            callback(rows, columns)

    async def wait_for(self, text: bytes, *, seconds: float = 20) -> None:
        """Until `text` is shown."""
        try:
            async with asyncio.timeout(seconds):
                while text not in self.shown:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"{text!r} was not shown; shown was {self.shown!r}") from None
