"""What becomes of a viewer whose terminal has gone: it ends. Most are told by SIGHUP; under `nohup`, say, nobody tells,
and a screen without a terminal would be drawn for ever."""

from __future__ import annotations

import os
import select
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GONE = select.POLLHUP | select.POLLERR | select.POLLNVAL


@contextmanager
def ends_with_terminal(code: int) -> Iterator[None]:
    """While the body runs, end this process with exit code `code` as soon as its terminal is gone.

    It ends at once, from a thread of its own: writing to a terminal that is gone may have stopped the loop already, and
    there is nothing left to put in order. The run goes on, as whenever a viewer dies.
    """
    done, wake = os.pipe()
    watcher = threading.Thread(target=_watch, args=(sys.stdin.fileno(), done, code), daemon=True, name="hang-up")
    watcher.start()
    try:
        yield
    finally:
        os.close(wake)
        watcher.join()
        os.close(done)


def _watch(terminal: int, done: int, code: int) -> None:
    poll = select.poll()
    poll.register(terminal, 0)
    poll.register(done, select.POLLIN)
    for file, what in poll.poll():
        if file == terminal and what & GONE:
            os._exit(code)
