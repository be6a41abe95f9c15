"""How to reach into a machine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

Stream = Literal["stdout", "stderr"]
OnOutput = Callable[[Stream, bytes], None]
"""Takes a piece of output as it came: any length, cut anywhere, also inside a character."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command line for the machine's `/bin/sh -c`.

    environment: variables for this command alone; they never appear on a command line (DESIGN 8).
    stdin: bytes that the command reads, then end of file.
    user: another user than the communicator's own; None leaves it.
    """

    line: str
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes | None = None
    user: str | None = None


class Terminal(ABC):
    """A person at a terminal, as an interactive program in the machine sees them; the engine owns the PTY behind it."""

    rows: int
    columns: int

    @abstractmethod
    async def read(self) -> bytes:
        """What the person typed; b"" once nobody types any more."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """What the program shows."""

    @abstractmethod
    def on_resize(self, callback: Callable[[int, int], None]) -> None:
        """Ask to be called with (rows, columns) at each change of size."""


class Communicator(ABC):
    """Run commands in a machine, and carry files in and out.

    Every method raises `StepError` when the machine cannot be reached. Cancelling the task that awaits `run` ends
    the command in the machine, and everything that it started, before the cancellation goes on.
    """

    HAS_SHELL: ClassVar[bool] = True
    """Whether `interactive` reaches anything; else people are told so before they try."""

    @abstractmethod
    async def run(self, command: Command, on_output: OnOutput) -> int:
        """Run it to its end and return its exit status; 128 + N for death by signal N.

        It ends when the command exits, not when the last process holding its output does: what a daemon left behind
        prints within 0.2 s is still passed on.
        """

    async def run_script(self, content: bytes, path: str, command: Command, on_output: OnOutput) -> int:
        """Write a script to `path`, mode 0755, and run a command that uses it: `upload` and `run`.

        A communicator that can do both in one round trip does.
        """
        await self.upload(content, path, mode=0o755)
        return await self.run(command, on_output)

    @abstractmethod
    async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None:
        """Write one file; `destination` is its whole path in the machine; a Path is streamed, not read at once."""

    @abstractmethod
    async def upload_directory(self, source: Path, destination: str) -> None:
        """Copy what lies in `source` into `destination`, which is made if need be. Links stay links."""

    @abstractmethod
    async def download(self, source: str, destination: Path) -> None:
        """Fetch one file; parents of `destination` are made."""

    @abstractmethod
    async def download_directory(self, source: str, destination: Path) -> None:
        """Fetch what lies in `source` into `destination`, which is made if need be."""

    @abstractmethod
    async def interactive(self, terminal: Terminal) -> int:
        """Run a login shell on `terminal` until it ends; its exit status."""

    async def close(self) -> None:
        """Let go of connections. Does not touch the machine."""
        return
