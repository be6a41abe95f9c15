"""What breakpoints hear of an attempt while it runs: its lines (`output~`) and its time (`duration>`).

A command that runs cannot be paused. So a hit is told at once; then the build stops after the step, or, if its script
is followed, before the script's next command.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from bakehouse.engine.breakpoint_spec import compiled
from bakehouse.engine.ports import Sink, Stop
from bakehouse.record.events import Body, SpanFinished, SpanStarted
from bakehouse.record.log import STDERR, STDOUT
from bakehouse.sdk import Resource

LONGEST_LINE = 1 << 16
"""Bytes of an open line that are kept to be looked at."""
SHOWN = 200
"""Characters of the line that a note quotes."""
Hit = Callable[[Stop, str], None]


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
        self.on_hit: Hit = lambda stop, note: None
        self._stops: Sequence[Stop] = ()
        self._patterns: list[tuple[Stop, re.Pattern[bytes]]] = []
        self._tails: dict[tuple[int, int], bytes] = {}
        self._hit: set[int] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._worked = 0.0
        self._since: float | None = None

    def replace(self, stops: Sequence[Stop]) -> None:
        """Other breakpoints stand from now on."""
        self._stops = stops
        self.pending = {stop.id: self.pending[stop.id] for stop in stops if stop.id in self.pending}
        self._patterns = [(stop, compiled(stop.spec.pattern)) for stop in stops if stop.spec.when == "output"]
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
        for stop in self._stops:
            if stop.spec.when == "duration" and self._stands(stop) and stop.id not in self._hit:
                wait = max(0.0, stop.spec.seconds - self._worked)
                self._timers.append(loop.call_later(wait, self._late, stop))

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
        self.listening = any(self._stands(stop) for stop, _ in self._patterns)

    def _stands(self, stop: Stop) -> bool:
        return bool(self.step) and (stop.steps is None or self.step in stop.steps)

    def _look(self, line: bytes) -> None:
        for stop, pattern in self._patterns:
            if stop.id not in self._hit and self._stands(stop) and pattern.search(line):
                self._tell(stop, line.strip().decode(errors="replace")[:SHOWN])

    def _late(self, stop: Stop) -> None:
        self._tell(stop, f"It has run for {stop.spec.seconds:g} s.")

    def _tell(self, stop: Stop, note: str) -> None:
        self._hit.add(stop.id)
        self.on_hit(stop, note)


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
