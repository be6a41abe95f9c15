"""What breakpoints hear of an attempt while it runs: its lines (`output~`) and its time (`duration>`).

A command that runs cannot be paused. So a hit is told at once; then the build stops after the step, or, if its script
is followed, before the script's next command.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from bakehouse.engine.breakpoint_spec import compiled
from bakehouse.engine.ports import Breakpoint, Sink
from bakehouse.record.events import Body, SpanFinished, SpanStarted
from bakehouse.record.log import STDERR, STDOUT
from bakehouse.sdk import Resource

LONGEST_LINE = 1 << 16
"""Bytes of an open line that are kept to be looked at."""
SHOWN = 200
"""Characters of the line that a note quotes."""
Hit = Callable[[Breakpoint, str], None]


class Conditions:
    """The conditions of one build. on_hit: called with a breakpoint and what hit it, once an attempt.

    pending: those hit, by id, with what hit them, until the build stops there.
    """

    def __init__(self) -> None:
        self.step = ""
        self.span = 0
        self.attempt = 0
        self.listening = False
        self.pending: dict[int, str] = {}
        self.on_hit: Hit = lambda point, note: None
        self._standing: Sequence[Breakpoint] = ()
        self._patterns: list[tuple[Breakpoint, re.Pattern[bytes]]] = []
        self._tails: dict[tuple[int, int], bytes] = {}
        self._hit: set[int] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._worked = 0.0
        self._since: float | None = None

    def replace(self, standing: Sequence[Breakpoint]) -> None:
        """Other breakpoints stand from now on."""
        self._standing = standing
        self.pending = {point.id: self.pending[point.id] for point in standing if point.id in self.pending}
        self._patterns = [(point, compiled(point.spec.pattern)) for point in standing if point.spec.when == "output"]
        self._listen()
        if self._since is not None:
            self.rest()
            self.go_on()

    def began(self, span: int, step: str, attempt: int) -> None:
        """An attempt begins."""
        self.span, self.step, self.attempt = span, step, attempt
        self._worked = 0.0
        self._hit.clear()
        self._listen()
        self.go_on()

    def ended(self) -> None:
        """It has ended: also its last line, without an end of its own."""
        for tail in self._tails.values():
            self._look(tail)
        self._tails.clear()
        self.rest()
        self.step, self.span, self.listening = "", 0, False

    def rest(self) -> None:
        """No time passes until `go_on`."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        if self._since is not None:
            self._worked += asyncio.get_running_loop().time() - self._since
        self._since = None

    def go_on(self) -> None:
        """Time passes."""
        loop = asyncio.get_running_loop()
        self._since = loop.time()
        for point in self._standing:
            if point.spec.when == "duration" and self._stands(point) and point.id not in self._hit:
                wait = max(0.0, point.spec.seconds - self._worked)
                self._timers.append(loop.call_later(wait, self._late, point))

    def hear(self, span: int, stream: int, data: bytes) -> None:
        """Something was printed. Call it only while `listening`."""
        if stream not in (STDOUT, STDERR):
            return
        place = span, stream
        *lines, tail = (self._tails.get(place, b"") + data).split(b"\n")
        self._tails[place] = tail[-LONGEST_LINE:]
        for line in lines:
            self._look(line)

    def _listen(self) -> None:
        self.listening = any(self._stands(point) for point, _ in self._patterns)

    def _stands(self, point: Breakpoint) -> bool:
        return bool(self.step) and (point.steps is None or self.step in point.steps)

    def _look(self, line: bytes) -> None:
        for point, pattern in self._patterns:
            if point.id not in self._hit and self._stands(point) and pattern.search(line):
                self._tell(point, line.strip().decode(errors="replace")[:SHOWN])

    def _late(self, point: Breakpoint) -> None:
        self._tell(point, f"It has run for {point.spec.seconds:g} s.")

    def _tell(self, point: Breakpoint, note: str) -> None:
        self._hit.add(point.id)
        self.on_hit(point, note)


class Overheard(Sink):
    """The sink of a build's attempts, heard by its conditions."""

    def __init__(self, sink: Sink, conditions: Conditions) -> None:
        self._sink = sink
        self._conditions = conditions

    def emit(self, body: Body, span: int = 0) -> None:
        if span and span == self._conditions.span and isinstance(body, SpanFinished):
            self._conditions.ended()
        self._sink.emit(body, span)

    def live(self, body: Body, span: int = 0) -> None:
        self._sink.live(body, span)

    def begin(self, body: SpanStarted) -> int:
        span = self._sink.begin(body)
        if body.type == "attempt":
            self._conditions.began(span, body.step, body.attempt)
        return span

    def output(self, span: int, stream: int, data: bytes) -> None:
        self._sink.output(span, stream, data)
        if self._conditions.listening:
            self._conditions.hear(span, stream, data)

    def settle(self, span: int) -> None:
        self._sink.settle(span)

    async def keep(self, name: str, content: bytes) -> str:
        return await self._sink.keep(name, content)

    async def keep_log(self, name: str, span: int) -> str:
        return await self._sink.keep_log(name, span)

    async def room(self) -> None:
        await self._sink.room()

    async def note(self, resource: Resource) -> None:
        await self._sink.note(resource)

    async def strike(self, resource: Resource) -> None:
        await self._sink.strike(resource)
