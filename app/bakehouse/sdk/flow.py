"""Back-pressure: what a build prints is not read while there is nowhere to keep it, so whoever prints waits (DESIGN 5).

A communicator takes output inside of `current().heeded(...)`. One that does not is not slowed: what it prints is kept
in memory, up to a limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Act = Callable[[], None]


class Flow:
    """The output of one build."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._readers: dict[int, tuple[Act, Act]] = {}
        self._last = 0

    @property
    def held(self) -> bool:
        """Whether nothing is to be read now."""
        return not self._open.is_set()

    def hold(self) -> None:
        """Read no more, until `go_on`."""
        if self._open.is_set():
            self._open.clear()
            for hold, _ in list(self._readers.values()):
                hold()

    def go_on(self) -> None:
        """Read on."""
        if not self._open.is_set():
            self._open.set()
            for _, go_on in list(self._readers.values()):
                go_on()

    async def opened(self) -> None:
        """Return once it is not held: what stands in a pipe whose writer has ended is still to be read."""
        await self._open.wait()

    @contextmanager
    def heeded(self, hold: Act, go_on: Act) -> Iterator[None]:
        """Have a reader stopped and started while the body runs; stopped at once if output is held now."""
        self._last += 1
        place = self._last
        self._readers[place] = hold, go_on
        if self.held:
            hold()
        try:
            yield
        finally:
            del self._readers[place]


_CURRENT: ContextVar[Flow] = ContextVar("_CURRENT")


def current() -> Flow:
    """The flow of the build whose task this is; one that is never held outside of any."""
    found = _CURRENT.get(None)
    return found if found is not None else Flow()


@contextmanager
def flowing(flow: Flow) -> Iterator[None]:
    """What runs inside, in tasks begun there as well, belongs to a build with this flow."""
    token = _CURRENT.set(flow)
    try:
        yield
    finally:
        _CURRENT.reset(token)
