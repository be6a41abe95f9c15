"""Questions on a terminal without a dashboard: `-on-error=ask`, and a breakpoint that waits for Enter.

The asker is one more viewer: it hears of a pause, asks, and sends the same command that anybody else could send. If
somebody does, the question is withdrawn.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

from bakehouse.errors import Refused
from bakehouse.record import events
from bakehouse.record.commands import Command, Expects
from bakehouse.record.events import Event
from bakehouse.session.admission import user_name
from bakehouse.session.host import Host

FAILED = "[c] clean up and exit, [a] abort without cleanup, or [r] retry the step? "
BREAKPOINT = "Press Enter to go on. "
Answer = tuple[str, dict[str, bool | int | float | str]]
ANSWERS: dict[str, Answer] = {
    "c": ("cancel", {"keep": False}),
    "a": ("cancel", {"keep": True}),
    "r": ("retry", {"changed": True}),
}


class Question:
    """A pause that somebody must answer. `over` is done once it needs no answer any more."""

    def __init__(self, fact: Event, name: str) -> None:
        self.build = fact.build
        self.name = name
        self.expects = Expects(fact.span, "paused", fact.at)
        self.failure = fact.decode(events.BuildPaused).reason == "failure"
        self.over: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def withdraw(self) -> None:
        """Somebody else answered."""
        if not self.over.done():
            self.over.set_result("")


class Asker:
    """Asks one question after another. failures: also about failures, not only at breakpoints."""

    def __init__(self, failures: bool) -> None:
        self._failures = failures
        self._terminal = sys.stdin.isatty()
        self._names: dict[str, str] = {}
        self._questions: asyncio.Queue[Question | None] = asyncio.Queue()
        self._open: dict[str, Question] = {}

    def hear(self, batch: Sequence[Event]) -> None:
        """Take note of pauses, and of their ends; called once the events are printed."""
        for fact in batch:
            if fact.kind == "PlanRevised":
                self._names = {build.key: build.name for build in fact.decode(events.PlanRevised).builds}
            elif fact.kind == "BuildPaused" and self._terminal and fact.decode(events.BuildPaused).reason != "disk":
                question = Question(fact, self._names.get(fact.build, fact.build))
                if self._failures or not question.failure:
                    self._open[fact.build] = question
                    self._questions.put_nowait(question)
            elif fact.kind in ("BuildResumed", "BuildFinished") and fact.build in self._open:
                self._open.pop(fact.build).withdraw()

    def end(self) -> None:
        """The run is over, or nobody sees it any more."""
        for question in self._open.values():
            question.withdraw()
        self._questions.put_nowait(None)

    async def attend(self, host: Host) -> None:
        """An attendant of `conduct`."""
        number, by = 0, user_name(os.getuid())
        while (question := await self._questions.get()) is not None:
            while (answer := await _answer(question)) is not None:
                number += 1
                try:
                    await host.command(Command(number, answer[0], question.build, question.expects, answer[1], by))
                    break
                except Refused as refusal:
                    _write(f"{refusal}\n")


async def _answer(question: Question) -> Answer | None:
    """None if the question was withdrawn."""
    while not question.over.done():
        _write(f"==> {question.name}: {FAILED if question.failure else BREAKPOINT}")
        line = await line_or(question.over)
        if line is None:
            _write("\n")
            return None
        if not question.failure:
            return "continue", {}
        letter = line.strip().lower() if line else "c"  # the end of input cleans up
        if letter in ANSWERS:
            return ANSWERS[letter]
        _write("Answer c, a or r.\n")
    return None


async def line_or(over: asyncio.Future[str]) -> str | None:
    """A line from the terminal; "" at its end; None if `over` is done first."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[str] = loop.create_future()

    def read() -> None:
        if not typed.done():
            typed.set_result(os.read(0, 4096).decode(errors="replace"))

    loop.add_reader(0, read)
    try:
        await asyncio.wait((typed, over), return_when=asyncio.FIRST_COMPLETED)
    finally:
        loop.remove_reader(0)
    return typed.result() if typed.done() else None


def _write(text: str) -> None:
    os.write(1, text.encode())
