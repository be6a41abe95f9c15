"""A script's commands as the record has them: spans of type "command" below the attempt's.

A loop must not flood the record: of one line the first `EACH` runs stand by themselves, of one script the first `ALL`
commands; what is beyond that is one last span that says how many there were.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from bakehouse.engine.ports import Sink
from bakehouse.record.events import FailureSwallowed, ScriptTraced, SpanFinished, SpanStarted
from bakehouse.sdk.script import ScriptWatch, StopAnswer

EACH = 20
ALL = 300


@dataclass(frozen=True, slots=True)
class Standing:
    """Before which command a script stands. meant, skips: as in `ScriptWatch.stop`. round: as in BuildPaused."""

    line: int
    text: str
    meant: frozenset[int] = frozenset()
    skips: bool = True
    round: int = 0


class Stopper(Protocol):
    """Who knows where scripts stop (`bakehouse.engine.breakpoints.Breakpoints`)."""

    def script_lines(self, step: str, script: str) -> frozenset[int] | None:
        """The lines to stop before; None: before the next command."""

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Ask to be called when they change; what is returned ends that."""

    async def stop_in_script(self, step: str, script: str, span: int, standing: Standing) -> StopAnswer:
        """A script stands before a command."""


class Watching:
    """Whether the scripts of a build are followed."""

    def __init__(self, sink: Sink, on: bool, stopper: Stopper) -> None:
        self._sink = sink
        self._on = on
        self._stopper = stopper

    def watch(self, step: str, span: int, script: str) -> Watch | None:
        """Of a script of an attempt; None if it is not followed. A breakpoint on one of its lines needs that it is."""
        if not self._on and not self._stopper.script_lines(step, script):
            return None
        return Watch(self._sink, self._stopper, Place(step, span, script))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a script runs: step, the attempt's span, and the script's path, "" for an inline one."""

    step: str
    span: int
    script: str


class Watch(ScriptWatch):
    """One script of one attempt."""

    def __init__(self, sink: Sink, stopper: Stopper, place: Place) -> None:
        self._sink = sink
        self._stopper = stopper
        self._place = place
        self._count = 0
        self._spans: dict[int, int] = {}
        self._runs: Counter[int] = Counter()
        self._rounds: Counter[tuple[int, str]] = Counter()
        self._latest: dict[tuple[int, str], int] = {}
        self._stood = 0.0
        self._stood_before: dict[int, float] = {}
        self._told = 0
        self._folded = 0
        self._swallowed: list[FailureSwallowed] = []
        self._forget: list[Callable[[], None]] = []

    def traced(self, reason: str = "") -> None:
        self._sink.emit(ScriptTraced(self._place.script, True, reason), self._place.span)

    def untraced(self, reason: str) -> None:
        self._sink.emit(ScriptTraced(self._place.script, False, reason), self._place.span)

    def began(self, line: int, text: str, *, label: str = "") -> int:
        self._count += 1
        self._runs[line] += 1
        self._rounds[line, text] += 1
        self._latest[line, text] = self._count
        if self._told >= ALL or self._runs[line] > EACH:
            self._folded += 1
            return self._count
        self._told += 1
        title = f"{text} ({label})" if label else text
        body = SpanStarted("command", title, step=self._place.step, parent=self._place.span, line=line)
        self._spans[self._count] = self._sink.begin(body)
        self._stood_before[self._count] = self._stood
        return self._count

    def ended(self, command: int, exit_status: int | None, seconds: float) -> None:
        span, stood = self._spans.pop(command, 0), self._stood - self._stood_before.pop(command, self._stood)
        if span:
            seconds = max(0.0, seconds - stood)
            outcome = "failed" if exit_status else "ok"
            self._sink.emit(SpanFinished(outcome, exit_status=exit_status, seconds=seconds), span)

    def swallowed(self, line: int, text: str, exit_status: int, how: Literal["ignored", "pipe", "note"]) -> None:
        self._swallowed.append(FailureSwallowed(self._place.step, line, text, exit_status, how))

    def stops(self) -> frozenset[int] | None:
        return self._stopper.script_lines(self._place.step, self._place.script)

    def on_stops(self, callback: Callable[[], None]) -> None:
        self._forget.append(self._stopper.on_change(callback))

    async def stop(
        self, line: int, text: str, meant: frozenset[int] = frozenset(), *, skips: bool = True
    ) -> StopAnswer:
        place, clock = self._place, asyncio.get_running_loop().time
        standing = Standing(line, text, meant, skips, self._rounds[line, text])
        begun = clock()
        try:
            answer = await self._stopper.stop_in_script(place.step, place.script, place.span, standing)
        finally:
            self._stood += clock() - begun
        if answer == "skip" and (span := self._spans.pop(self._latest.get((line, text), 0), 0)):
            self._sink.emit(SpanFinished("skipped"), span)
        return answer

    def close(self) -> None:
        """The attempt is over: nothing of it runs any more."""
        for forget in self._forget:
            forget()
        self._forget.clear()
        for span in self._spans.values():
            self._sink.emit(SpanFinished("cancelled"), span)
        self._spans.clear()
        if self._folded:
            title = f"{self._folded:,} more commands, not told one by one"
            body = SpanStarted("command", title, step=self._place.step, parent=self._place.span)
            self._sink.emit(SpanFinished("ok"), self._sink.begin(body))
            self._folded = 0

    def tell_swallowed(self) -> None:
        """The attempt went well."""
        for failure in self._swallowed:
            self._sink.emit(failure, self._place.span)
