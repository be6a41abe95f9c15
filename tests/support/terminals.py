"""A program on a terminal of its own, 120 by 36, typed into and read from."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 20.0


class OnTerminal:
    """Runs `command` with a PTY as its stdin, stdout and controlling terminal. stderr goes there too."""

    def __init__(self, command: list[str], cwd: Path, environment: Mapping[str, str]) -> None:
        self.shown = ""
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (36, 120))
        self.process = subprocess.Popen(
            ["setsid", "-c", "-w", *command], stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=environment
        )
        os.close(slave)

    def read_until(self, text: str) -> str:
        """Everything shown, once `text` is in it. Raises AssertionError after PATIENCE seconds, or at the end."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.shown:
            left = deadline - time.monotonic()
            if left < 0 or not self._read(left):
                raise AssertionError(f"{text!r} was not shown, but:\n{self.shown}")
        return self.shown

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._master, keys.encode())

    def wait(self) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(max(0.0, deadline - time.monotonic())):
            pass
        os.close(self._master)
        return self.process.wait(timeout=PATIENCE)

    def resize(self, rows: int, columns: int) -> None:
        """Give the terminal another size."""
        termios.tcsetwinsize(self._master, (rows, columns))

    @property
    def pid(self) -> int:
        """Of the program itself: `setsid` stands before it and waits."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else self.process.pid

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.type("\x03")

    def hang_up(self) -> None:
        """The terminal is closed."""
        os.close(self._master)

    def kill(self) -> None:
        """End it if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def _read(self, seconds: float) -> bool:
        ready = select.poll()
        ready.register(self._master, select.POLLIN)
        if not ready.poll(seconds * 1000):
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.shown += data.decode(errors="replace").replace("\r\n", "\n")
        return bool(data)


def bakehouse_on_terminal(*words: str, cwd: Path, **environment: str) -> OnTerminal:
    """`bakehouse WORDS` on a terminal."""
    command = [sys.executable, "-m", "bakehouse", *words]
    return OnTerminal(command, cwd, {**os.environ, "TERM": "xterm-256color", **environment})
