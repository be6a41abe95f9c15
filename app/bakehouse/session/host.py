"""What the session's server needs of a run. The engine meets these without knowing of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Protocol

import msgspec

from bakehouse.record.commands import Command
from bakehouse.record.events import Event
from bakehouse.session.protocol import Changes


class Accepted(msgspec.Struct, frozen=True):
    """What came of a command. span: that it opened (`shell`, `run`), or 0. data: the answer to a question (`diff`)."""

    span: int = 0
    data: dict[str, Any] = {}


class Feed(Protocol):
    """The events of a run as they come."""

    def follow(self, after: int) -> AsyncIterator[list[Event]]:
        """Batches of events after seq `after`, recorded ones in order, live ones coalesced; ends with the run.

        Each follower has a cursor of its own: one that does not ask again costs nothing.
        """

    def publish_live(self, fact: Event) -> None:
        """Give a live-only event (seq 0) to everyone who follows now."""


class PtyStream(Protocol):
    """A person's end of a PTY of the engine. Many may look on; one types, the hand of the shell."""

    @property
    def exit_status(self) -> int | None:
        """Of the program, once it has ended."""

    async def read(self) -> bytes:
        """What the program showed, first of all what it showed lately; b"" once it has ended."""

    def write(self, data: bytes) -> None:
        """What the person typed. Takes the hand if nobody has it; without it nothing happens."""

    def resize(self, rows: int, columns: int) -> None:
        """The person's terminal has another size; as with `write`."""

    def let_go(self) -> None:
        """Leave the hand to others, and look on."""

    def close(self) -> None:
        """The person left; the program goes on."""


class Host(Protocol):
    """A live run."""

    run: str
    directory: Path

    @property
    def feed(self) -> Feed:
        """Its events."""

    async def command(self, command: Command) -> Accepted:
        """Act on it. Raises `Refused`."""

    def driver_changed(self, viewer: int, user: str) -> None:
        """Record who drives now; 0 and "" for nobody."""

    def note(self, text: str) -> None:
        """Record something that people should know."""

    async def changes(self, build: str = "") -> Changes:
        """Files on disk that differ from what a build ran, by default from the plan in force; `id` is 0."""

    def stream(self, span: int, *, watch: bool = False) -> PtyStream:
        """Enter an open shell. watch: look on. Raises `Refused` if there is none, or somebody else has the hand."""
