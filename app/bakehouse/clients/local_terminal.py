"""A program on the host with a terminal of its own: a PTY of the engine's, so that sudo and ssh can ask (DESIGN 6)."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Callable, Sequence

from bakehouse.sdk.communicator import OnOutput, Terminal

_PIECE = 65536
_QUIET = 0.5  # seconds that an open line stands before it counts as a question
_CONTROL = "import fcntl,os,sys,termios;fcntl.ioctl(0,termios.TIOCSCTTY,0);os.execvp(sys.argv[1],sys.argv[1:])"


def with_terminal(arguments: Sequence[str]) -> list[str]:
    """The same program, in a session whose terminal is its standard input. asyncio's own fork cannot do that."""
    return [sys.executable, "-I", "-S", "-c", _CONTROL, *arguments]


class LocalTerminal:
    """Joins a PTY and a person's terminal. slave: what the program gets. drained: nobody holds the slave any more.

    on_output gets what is shown as one stream, with the line ends that the program wrote. asks: called with the open
    line once the program waits for an answer to it, and with "" once somebody has typed.
    """

    def __init__(self, terminal: Terminal, on_output: OnOutput, asks: Callable[[str], None]) -> None:
        self._master, self.slave = pty.openpty()
        self._terminal = terminal
        self._on_output = on_output
        self._asks = asks
        self._line = b""
        self._carry = b""
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self.drained: asyncio.Future[None] = self._loop.create_future()
        self._asked = self._closed = False
        os.set_blocking(self._master, False)
        self._resize(terminal.rows, terminal.columns)
        terminal.on_resize(self._resize)
        self._loop.add_reader(self._master, self._read)

    def started(self) -> None:
        """The program has its end: ours goes."""
        os.close(self.slave)
        self.slave = -1

    async def type(self) -> None:
        """Pass on what people type, until nobody types any more."""
        while data := await self._terminal.read():
            if self._asked:
                self._asked = False
                self._asks("")
            while data and not self._closed:
                try:
                    data = data[os.write(self._master, data) :]
                except BlockingIOError:
                    await asyncio.sleep(0.01)
                except OSError:  # EIO: the program is gone
                    return

    def hold(self) -> None:
        """Leave unread what is shown, until `go_on`."""
        self._loop.remove_reader(self._master)

    def go_on(self) -> None:
        """Read on."""
        if not self._closed and not self.drained.done():
            self._loop.add_reader(self._master, self._read)

    def close(self) -> None:
        """Hang up."""
        if self._closed:
            return
        self._closed = True
        self._flush()
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._master)
        os.close(self._master)
        if self.slave >= 0:
            os.close(self.slave)

    def _read(self) -> None:
        try:
            data = os.read(self._master, _PIECE)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:
            self._loop.remove_reader(self._master)
            if not self.drained.done():
                self.drained.set_result(None)
            return
        self._terminal.write(data)
        self._pass_on(data)
        self._line = (self._line + data).rpartition(b"\n")[2][-256:]
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(_QUIET, self._look) if self._line.strip() else None

    def _pass_on(self, data: bytes) -> None:
        data = self._carry + data
        self._carry = b"\r" if data.endswith(b"\r") else b""
        data = data.removesuffix(b"\r").replace(b"\r\n", b"\n")
        if data:
            self._on_output("stdout", data)

    def _flush(self) -> None:
        if self._carry:
            self._on_output("stdout", self._carry)
            self._carry = b""

    def _look(self) -> None:
        if not self._closed and self._is_asked():
            self._asked = True
            self._asks(self._line.decode(errors="replace").strip())

    def _is_asked(self) -> bool:
        """Whether the program reads: no echo, as for a password; or the kernel says so, where it tells us."""
        if not termios.tcgetattr(self._master)[3] & termios.ECHO:
            return True
        group = os.tcgetpgrp(self._master)
        return any(_reads_a_terminal(pid, group) for pid in os.listdir("/proc") if pid.isdecimal())

    def _resize(self, rows: int, columns: int) -> None:
        if not self._closed:
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _reads_a_terminal(pid: str, group: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            if int(file.read().rpartition(b")")[2].split()[2]) != group:
                return False
        with open(f"/proc/{pid}/wchan", encoding="ascii") as file:
            return file.read() in ("n_tty_read", "wait_woken")
    except OSError:
        return False
