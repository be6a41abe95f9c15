"""How wide this terminal draws a line: where `│` takes two cells, only ASCII keeps the layout."""

from __future__ import annotations

import os
import re
import select
import termios
import time
import tty

PATIENCE = 0.2
"""Seconds to wait for the answer; a terminal that gives none is taken to be an ordinary one."""
_QUESTION = "\r│\x1b[6n".encode()
_WIPE = b"\r\x1b[K"
_ANSWER = re.compile(rb"\x1b\[\d+;(\d+)R")


def line_is_wide(source: int, target: int, patience: float = PATIENCE) -> bool:
    """Print one `│` and ask where the cursor is. source, target: descriptors of the terminal, to read and to write."""
    try:
        before = termios.tcgetattr(source)
    except termios.error:
        return False
    try:
        tty.setcbreak(source, termios.TCSANOW)
        os.write(target, _QUESTION)
        column = _column(source, time.monotonic() + patience)
        os.write(target, _WIPE)
    except OSError:
        return False
    finally:
        termios.tcsetattr(source, termios.TCSANOW, before)
    return column > 2


def _column(source: int, deadline: float) -> int:
    seen = b""
    poll = select.poll()  # select() takes no descriptor above 1023
    poll.register(source, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0 and poll.poll(left * 1000):
        data = os.read(source, 64)
        if not data:
            break
        seen += data
        found = _ANSWER.search(seen)
        if found is not None:
            return int(found.group(1))
    return 0
