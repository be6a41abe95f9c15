"""SIGTERM to a viewer: it leaves, as if its person had. The run goes on."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_termination(leave: Callable[[], object]) -> Iterator[None]:
    """Call `leave` for SIGTERM while the body runs, in a running loop; what stood before comes back afterwards."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGTERM)
    try:
        loop.add_signal_handler(signal.SIGTERM, leave)
    except (RuntimeError, ValueError):  # not in the main thread, where no signal arrives
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGTERM)
        signal.signal(signal.SIGTERM, before)
