"""The ledger as many builds write it at once: lines that come while the disk syncs share the next sync."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from bakehouse.record.ledger import Ledger


class SharedLedger:
    """Writes in a thread: a busy disk takes its time. One sync after the other took 0.7 s of 200 builds' 1.2 s."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._thread = ThreadPoolExecutor(1, "ledger")
        self._lines: list[bytes] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._writing = False

    async def write(self, line: bytes) -> None:
        """Return once the line is on the disk. Raises OSError, and then it is not in the ledger."""
        synced: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.append(line)
        self._waiters.append(synced)
        if not self._writing:
            self._begin()
        await synced

    def close(self) -> None:
        """Nobody writes any more."""
        self._thread.shutdown()
        self._ledger.close()

    def _begin(self) -> None:
        lines, self._lines = self._lines, []
        waiters, self._waiters = self._waiters, []
        self._writing = bool(lines)
        if lines:
            writing = asyncio.get_running_loop().run_in_executor(self._thread, self._ledger.write, lines)
            writing.add_done_callback(partial(self._end, waiters))

    def _end(self, waiters: list[asyncio.Future[None]], writing: asyncio.Future[None]) -> None:
        error = writing.exception()
        for synced in waiters:
            if synced.done():  # cancelled; its line stands all the same
                continue
            if error is None:
                synced.set_result(None)
            else:
                synced.set_exception(OSError(*error.args) if isinstance(error, OSError) else error)
        self._begin()
