"""What the dashboard needs of a session; `bakehouse.session.client.Session` has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from bakehouse.record.commands import Expects
from bakehouse.record.events import Event
from bakehouse.session.protocol import Answer, Changes


class Stream(Protocol):
    """The viewer's end of a PTY; every method raises Disconnected when the socket goes away."""

    async def read(self) -> bytes:
        """What the program showed; b"" once it has ended."""

    async def write(self, data: bytes) -> None:
        """Type."""

    async def resize(self, rows: int, columns: int) -> None:
        """Tell the terminal's size."""

    async def close(self) -> None:
        """Leave."""


class Door(Protocol):
    """A live run, as its viewers reach it."""

    run: str
    directory: Path
    viewer: int
    """What others know this viewer by, in Presence and DriverChanged; 0 before the first batch of events."""

    def events(self, after: int = 0) -> AsyncIterator[list[Event]]:
        """Batches after seq `after`; ends with the run, raises Disconnected before that."""

    async def send(
        self, verb: str, build: str = "", expects: Expects | None = None, **arguments: bool | int | float | str
    ) -> Answer:
        """Give a command; raises Refused or Disconnected."""

    async def changes(self, build: str = "") -> Changes:
        """Files on disk that differ from what a build ran, by default from the plan in force."""

    async def stream(self, span: int, rows: int = 24, columns: int = 80) -> Stream:
        """The PTY of an open shell."""
