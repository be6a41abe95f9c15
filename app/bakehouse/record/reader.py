"""Events out of a run directory. A torn last line is waited for, a line that is no event passed over."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from bakehouse.record.events import Event, decode
from bakehouse.record.rundir import RunDirectory

PIECE = 1 << 20
LOOK_AGAIN = 0.25
"""Seconds between two looks at the file of a run that is read without its engine."""


class EventReader:
    """Reads `events.jsonl` piece by piece; the file may not be there yet, and may grow."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._rest = b""

    @property
    def torn(self) -> bool:
        """Whether the file ends in the middle of a line, as far as it was read."""
        return bool(self._rest)

    def read(self) -> list[Event]:
        """The events that came since the last call."""
        return [fact for line in self.lines() if (fact := _decoded(line)) is not None]

    def lines(self) -> list[bytes]:
        """The whole lines that came since the last call, whatever they are."""
        try:
            fd = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return []
        found: list[bytes] = []
        try:
            while piece := os.pread(fd, PIECE, self._offset):
                self._offset += len(piece)
                lines = (self._rest + piece).split(b"\n")
                self._rest = lines.pop()
                found.extend(lines)
        finally:
            os.close(fd)
        return found


def read_events(directory: Path) -> list[Event]:
    """All events of a run, by its directory."""
    return EventReader(directory / "events.jsonl").read()


async def follow(run: RunDirectory) -> AsyncIterator[list[Event]]:
    """Batches of events from the first on, until the run has finished or is lost. For who cannot use its session."""
    reader = EventReader(run.events)
    while True:
        alive = run.alive
        batch = reader.read()
        if batch:
            yield batch
        if not alive or (batch and batch[-1].kind == "RunFinished"):
            return
        await asyncio.sleep(LOOK_AGAIN)


def _decoded(line: bytes) -> Event | None:
    try:
        return decode(line)
    except ValueError:
        return None
