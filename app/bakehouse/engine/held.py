"""Output that cannot be written now, for want of space: kept in memory in its order, up to a limit for all builds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from bakehouse.record.log import LogWriter

MOST = 64 << 20
"""Bytes that all builds of a run hold together. Pipes that can be left unread are; this is for what cannot."""
_EACH = 256
"""Bytes that one piece costs beyond its content."""
Write = Callable[[LogWriter], None]


class Budget:
    """What is held by all builds of a run, in bytes."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.held = 0


class Held:
    """What waits to be written to one log. lost: bytes that found no place any more."""

    def __init__(self, budget: Budget) -> None:
        self.lost = 0
        self._budget = budget
        self._writes: deque[tuple[Write, int]] = deque()

    def __bool__(self) -> bool:
        return bool(self._writes)

    def put(self, write: Write, size: int) -> None:
        """Keep it for later, if there is room. size: bytes of output in it, 0 for the end of a line."""
        if size and self._budget.held + size + _EACH > self._budget.most:
            self.lost += size
            return
        self._budget.held += size + _EACH
        self._writes.append((write, size))

    def write(self, log: LogWriter) -> None:
        """Write what is held, the oldest first. Raises OSError, and then the rest still waits."""
        while self._writes:
            write, size = self._writes[0]
            write(log)
            self._writes.popleft()
            self._budget.held -= size + _EACH

    def give_up(self) -> None:
        """It is lost."""
        for _, size in self._writes:
            self.lost += size
            self._budget.held -= size + _EACH
        self._writes.clear()
