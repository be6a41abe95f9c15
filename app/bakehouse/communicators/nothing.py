"""The communicator of a builder that has no machine but, in Packer, takes every provisioner: it does nothing."""

from __future__ import annotations

from pathlib import Path

from bakehouse.sdk import Command, Communicator, Context, OnOutput, StepError, Terminal


class Nothing(Communicator):
    """Says once that there is nothing behind it, and succeeds (Packer's file builder uses a mock likewise)."""

    HAS_SHELL = False

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said = False

    def _say(self) -> None:
        if not self._said:
            self._context.warn("There is no machine here: what would run in one, or be copied to one, does nothing.")
        self._said = True

    async def run(self, command: Command, on_output: OnOutput) -> int:
        self._say()
        return 0

    async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None:
        self._say()

    async def upload_directory(self, source: Path, destination: str) -> None:
        self._say()

    async def download(self, source: str, destination: Path) -> None:
        self._say()

    async def download_directory(self, source: str, destination: Path) -> None:
        self._say()

    async def interactive(self, terminal: Terminal) -> int:
        raise StepError("There is no machine to open a shell in.")
