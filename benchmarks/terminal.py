"""Programs on a terminal of 120x40: how long until they show something, and what they use at rest."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import measure

PATIENCE = 20.0
SETTLE = 2.0
ROWS, COLUMNS = 40, 120
CURSOR = b"\x1b[6n"


class Screen:
    """A program on a terminal of its own; it is killed when the block ends."""

    def __init__(self, command: Sequence[str], cwd: Path) -> None:
        self._started = time.perf_counter()
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            _become(command, cwd)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._terminal)

    def wait_for(self, *wanted: bytes) -> float:
        """Seconds from the start until all of `wanted` has been drawn."""
        seen = b""
        while not all(text in seen for text in wanted):
            if not select.select([self._terminal], [], [], PATIENCE)[0]:
                sys.exit(f"No {wanted!r} in {PATIENCE:g} s: {seen[-2000:]!r}")
            seen += (data := os.read(self._terminal, 1 << 16))
            if CURSOR in data:  # any real terminal answers at once where its cursor is
                os.write(self._terminal, b"\x1b[1;2R")
        return time.perf_counter() - self._started

    def at_rest(self, seconds: float) -> tuple[float, float]:
        """What shares of a core the program, and those it has started, use over so many seconds."""
        self._drain(SETTLE)
        others = [pid for pid in measure.tree(self.pid) if pid != self.pid]
        before = measure.processor_time([self.pid]), measure.processor_time(others)
        started = time.perf_counter()
        self._drain(seconds)
        took = time.perf_counter() - started
        return (
            (measure.processor_time([self.pid]) - before[0]) / took,
            (measure.processor_time(others) - before[1]) / took,
        )

    def _drain(self, seconds: float) -> None:
        deadline = time.perf_counter() + seconds
        while (left := deadline - time.perf_counter()) > 0:
            if select.select([self._terminal], [], [], left)[0]:
                with suppress(OSError):
                    os.read(self._terminal, 1 << 16)


def _become(command: Sequence[str], cwd: Path) -> None:
    os.chdir(cwd)
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    environment.pop("CI", None)
    os.execvpe(command[0], list(command), environment)
