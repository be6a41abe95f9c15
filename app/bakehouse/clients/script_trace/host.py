"""A trace on this host: a directory that is read and written without any further process."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from bakehouse.clients.script_trace.trace import NotReady, OnPiece, Trace
from bakehouse.errors import StepError

POLL = 0.05
SHELLS = {"bash": "bash", "dash": "sh", "ash": "sh", "busybox": "sh"}


class HostTrace(Trace):
    """parent: a directory of ours; it is made if need be."""

    def __init__(self, parent: Path, on_piece: OnPiece) -> None:
        self.path = str(parent / f"trace-{secrets.token_hex(6)}")
        self.pid = os.getpid()
        self.shell = SHELLS.get(os.path.basename(os.path.realpath("/bin/sh")), "other")
        self._on_piece = on_piece
        self._file = -1
        self._over = asyncio.Event()

    async def wait_ready(self) -> None:
        if not _plain(self.path) or not _is_null("/dev/null"):
            raise NotReady("its records have no place here")
        try:
            self._make()
        except OSError as error:
            raise NotReady(f"its records have no place here: {error.strerror}") from error

    async def read(self) -> None:
        try:
            while not self._over.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._over.wait()
                while self._file >= 0 and (piece := os.read(self._file, 65536)):
                    self._on_piece(piece)
        finally:
            if self._file >= 0:
                os.close(self._file)
                self._file = -1
            await self.remove()

    async def write(self, files: dict[str, str]) -> None:
        try:
            for name, text in files.items():
                new = Path(self.path, f".{name}")
                new.write_text(f"{text}\n")
                new.chmod(0o666)
                new.rename(Path(self.path, name))
        except OSError as error:
            raise StepError(f"{self.path}: {error.strerror}") from error

    async def remove_file(self, name: str) -> None:
        Path(self.path, name).unlink(missing_ok=True)

    async def remove(self) -> None:
        gone = f"{self.path}.gone"
        with suppress(OSError):
            os.rename(self.path, gone)
            shutil.rmtree(gone)

    def ended(self) -> None:
        self._over.set()

    def _make(self) -> None:
        Path(self.path).mkdir(parents=True)
        Path(self.path).chmod(0o777)
        trace = Path(self.path, "t")
        self._file = os.open(trace, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o666)
        trace.chmod(0o666)
        os.mkfifo(Path(self.path, "ctl"))
        Path(self.path, "ctl").chmod(0o666)


def _plain(path: str) -> bool:
    """Whether a shell takes it for one word."""
    return all(letter.isalnum() or letter in "/._-" for letter in path) and path.isascii()


def _is_null(path: str) -> bool:
    with suppress(OSError):
        return stat.S_ISCHR(os.stat(path).st_mode)
    return False
