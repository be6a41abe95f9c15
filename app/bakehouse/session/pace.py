"""How fast one connection may ask: a viewer that floods the engine waits, and nobody else notices."""

from __future__ import annotations

import asyncio

LONGEST = 1.0
"""Seconds that one turn takes at most after many refusals."""
PATIENCE = 20
"""Refusals in a row that cost nothing extra: two people who press the same keys are refused every other time."""


class Pace:
    """rate: turns a second in the long run; burst: turns that may be taken at once."""

    def __init__(self, rate: float, burst: int) -> None:
        self._step = 1 / rate
        self._ahead = burst / rate
        self._due = 0.0
        self._refused = 0

    async def turn(self) -> None:
        """Wait until it is this one's turn; others always get one in between."""
        now = asyncio.get_running_loop().time()
        self._due = max(self._due, now - self._ahead) + self._step
        await asyncio.sleep(max(0.0, self._due - now, min(LONGEST, (self._refused - PATIENCE) * 0.05)))

    def refused(self, code: str) -> None:
        """What became of the last turn, "" if accepted. Every refusal is recorded, so they must not come fast."""
        self._refused = self._refused + 1 if code else 0
