"""Standard output as a run needs it: whole pieces, at once, and a clear sign when its reader is gone."""

from __future__ import annotations

import os
import select
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from bakehouse.record.events import Event  # 7 ms, and `validate` has no use for them


class View(Protocol):
    """Something that shows a run, event by event. May block: it is called in a thread."""

    def take(self, batch: list[Event]) -> None:
        """Show what these events say. Raises OSError when there is nowhere to show it."""


class Output:
    """A file descriptor to write text to. Blocks while its reader is slow; BrokenPipeError when that is gone."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor

    def write(self, data: bytes) -> None:
        """Write all of it."""
        left = memoryview(data)
        while left:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:
                ready = select.poll()  # select cannot take a descriptor above 1023
                ready.register(self._descriptor, select.POLLOUT)
                ready.poll()


async def follow(view: View, batches: AsyncIterator[list[Event]]) -> None:
    """Show a run to its end. The engine's loop goes on while the view waits for a slow reader."""
    import asyncio

    async for batch in batches:
        await asyncio.to_thread(view.take, batch)
