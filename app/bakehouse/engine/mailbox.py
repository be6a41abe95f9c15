"""The decisions about one build, in the engine's own process (`bakehouse.engine.ports.Commands`)."""

from __future__ import annotations

import asyncio

from bakehouse.engine.ports import Decision, ShellTerminal
from bakehouse.engine.shell import ShellStream


class Mailbox:
    """Decisions go in at one end and come out at the other. ending: one of them ends the build."""

    def __init__(self) -> None:
        self.ending = False
        self.terminals: dict[int, ShellStream] = {}
        self._decisions: asyncio.Queue[Decision] = asyncio.Queue()

    def put(self, decision: Decision) -> None:
        self.ending = self.ending or decision.verb in ("cancel", "cut", "force")
        self._decisions.put_nowait(decision)

    async def next(self) -> Decision:
        return await self._decisions.get()

    def terminal(self, span: int) -> ShellTerminal:
        return self.terminals[span]
