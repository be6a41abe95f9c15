"""The decisions about one build, in the engine's own process (`bakehouse.engine.ports.Commands`)."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import msgspec

from bakehouse.engine.ports import Decision, ShellTerminal
from bakehouse.engine.shell_stream import ShellStream
from bakehouse.errors import Refused

_SIZE = (24, 80)  # until somebody enters


class Mailbox:
    """Decisions go in at one end and come out at the other. ending: one of them ends the build.

    offered: the span of the attempt whose program has a terminal, or 0.
    """

    def __init__(self) -> None:
        self.ending = False
        self.offered = 0
        self.terminals: dict[int, ShellStream] = {}
        self._decisions: asyncio.Queue[Decision] = asyncio.Queue()
        self._numbers = itertools.count(1)
        self._questions: dict[int, asyncio.Future[dict[str, Any]]] = {}

    def put(self, decision: Decision) -> None:
        self.ending = self.ending or decision.verb in ("cancel", "cut", "force")
        self._decisions.put_nowait(decision)

    async def ask(self, question: Decision) -> dict[str, Any]:
        """Put a question to the build and wait for its answer. Raises Refused with the build's own words."""
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._questions[number] = future
        try:
            self.put(msgspec.structs.replace(question, number=number))
            return await future
        finally:
            del self._questions[number]

    def reply(self, number: int, data: dict[str, Any], error: str = "") -> None:
        future = self._questions.get(number)
        if future is None or future.done():
            return
        if error:
            future.set_exception(Refused(error))
        else:
            future.set_result(data)

    def close(self) -> None:
        """The build has ended: nobody answers any more."""
        for number in list(self._questions):
            self.reply(number, {}, "The build has ended.")

    async def next(self) -> Decision:
        return await self._decisions.get()

    def terminal(self, span: int) -> ShellTerminal:
        return self.terminals[span]

    def offer(self, span: int) -> ShellTerminal:
        self.offered = span
        self.terminals[span] = stream = ShellStream(*_SIZE)
        return stream

    def withdraw(self, span: int) -> None:
        self.offered = 0
        self.terminals.pop(span).finish(0)

    def left_shell(self) -> int:
        """The span of the newest open shell in which nobody is; 0 if there is none."""
        left = [span for span, shell in self.terminals.items() if shell.free and not shell.ended]
        return max(left, default=0)

    def forget_shells(self) -> None:
        """Let go of what ended shells showed, if somebody has seen it."""
        for span in [span for span, shell in self.terminals.items() if shell.ended and shell.seen]:
            del self.terminals[span]
