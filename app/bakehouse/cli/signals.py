"""What signals do to a run (DESIGN 6).

Ctrl-C: stop and clean up; again: cut the removal that runs now; a third time: exit, the rest stays in the ledger.
SIGTERM: stop and clean up, after `--stop-timeout` cut and end. SIGHUP: as SIGTERM, unless it was ignored at the start.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

LAST_WORD = 5.0
"""Seconds that a forced run has to write down its end."""


class Stoppable(Protocol):
    """A run."""

    def stop(self, how: str) -> None:
        """how: clean, cut, force."""


class Stopper:
    """Turns signals into `stop`."""

    def __init__(self, run: Stoppable, timeout: float) -> None:
        self._run = run
        self._timeout = timeout
        self._interrupts = 0
        self._terminated = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Handle signals while the body runs, in a running loop."""
        loop = asyncio.get_running_loop()
        handlers = {signal.SIGINT: self.interrupt, signal.SIGTERM: self.terminate}
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            handlers[signal.SIGHUP] = self.terminate
        for number, handler in handlers.items():
            loop.add_signal_handler(number, handler)
        try:
            yield
        finally:
            for number in handlers:
                loop.remove_signal_handler(number)

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._interrupts += 1
        if self._interrupts > 2:
            leave()
        self._run.stop("clean" if self._interrupts == 1 else "cut")

    def terminate(self) -> None:
        """SIGTERM, SIGHUP."""
        if self._terminated:
            return
        self._terminated = True
        self._run.stop("clean")
        loop = asyncio.get_running_loop()
        loop.call_later(self._timeout, self._run.stop, "force")
        loop.call_later(self._timeout + LAST_WORD, leave)


def leave() -> None:
    """End this process as it is: what is left behind stands in the ledger, for `bakehouse gc`."""
    with suppress(OSError):
        os.write(2, b"What is left stands in the ledger. Remove it with: bakehouse gc\n")
    os._exit(1)
