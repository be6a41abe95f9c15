"""A session that plays a script: events and log files as a run would leave them, and a record of what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bakehouse.errors import Disconnected, Refused
from bakehouse.record import events
from bakehouse.record.commands import Expects
from bakehouse.record.events import NANOSECONDS, Body, BuildInfo, Event, StepInfo
from bakehouse.record.log import STDERR, STDOUT, LogWriter
from bakehouse.session.protocol import Answer, Changes

START = 1_780_000_000 * NANOSECONDS


@dataclass
class Sent:
    """A command that came in."""

    verb: str
    build: str
    expects: Expects | None
    arguments: dict[str, bool | int | float | str]


class FakeStream:
    """A PTY that echoes what is typed, and ends at `exit`."""

    def __init__(self) -> None:
        self.typed = b""
        self.sizes: list[tuple[int, int]] = []
        self.closed = False
        self.output: asyncio.Queue[bytes] = asyncio.Queue()
        self.output.put_nowait(b"root@machine:/# ")

    async def read(self) -> bytes:
        return await self.output.get()

    async def write(self, data: bytes) -> None:
        self.typed += data
        self.output.put_nowait(data)
        if b"exit\r" in self.typed:
            self.output.put_nowait(b"")

    async def resize(self, rows: int, columns: int) -> None:
        self.sizes.append((rows, columns))

    async def close(self) -> None:
        self.closed = True


@dataclass
class FakeSession:
    """now: seconds since the run began, moved by the script. answer: what becomes of a command; it may raise.

    data: what a question is answered with, by verb.
    """

    directory: Path
    run: str = "7f3"
    now: float = 0.0
    facts: list[Event] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    on_disk: Changes = field(default_factory=lambda: Changes(0))
    answer: Callable[[Sent], int] | None = None
    data: dict[str, dict[str, Any] | Callable[[Sent], dict[str, Any]]] = field(default_factory=dict)
    refusal: Refused | None = None
    streams: dict[int, FakeStream] = field(default_factory=dict)
    connected: bool = True
    ended: bool = False
    viewer: int = 1

    def __post_init__(self) -> None:
        (self.directory / "logs").mkdir(parents=True, exist_ok=True)
        self._writers: dict[str, LogWriter] = {}
        self._live: list[list[Event]] = []
        self._news = asyncio.Condition()
        self._seq = 0
        self._waiters: set[asyncio.Event] = set()

    # The script's side

    def clock(self) -> int:
        """Nanoseconds since 1970, as the script has it."""
        return START + round(self.now * NANOSECONDS)

    def tell(self, body: Body, build: str = "", span: int = 0) -> None:
        """Something became a fact."""
        self._seq += 1
        self.facts.append(events.event(body, seq=self._seq, at=self.clock(), build=build, span=span))
        self._wake()

    def live(self, body: Body, build: str = "") -> None:
        """Something that is not recorded."""
        for queue in self._live:
            queue.append(events.event(body, seq=0, at=self.clock(), build=build))
        self._wake()

    def print(self, build: str, span: int, text: str | bytes, stream: int = STDOUT) -> None:
        """A tool printed something."""
        writer = self._writers.get(build)
        if writer is None:
            writer = self._writers[build] = LogWriter(self.directory / "logs" / f"{build}.log")
        data = text.encode() if isinstance(text, str) else text
        writer.write(data, stream, span, self.clock())
        writer.show_open(self.clock())
        self.live(events.OutputGrew(writer.lines, writer.size), build)

    def complain(self, build: str, span: int, text: str) -> None:
        """A tool printed something to stderr."""
        self.print(build, span, text, STDERR)

    def finish(self, exit_code: int) -> None:
        """The run is over."""
        self.tell(events.RunFinished(exit_code))
        self.ended = True
        self._wake()

    def close(self) -> None:
        """No log is written any more."""
        for writer in self._writers.values():
            writer.close(self.clock())

    def hang_up(self) -> None:
        """The socket goes away, until `connected` is set again."""
        self.connected = False
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiters:
            waiter.set()

    # The viewer's side

    async def events(self, after: int = 0) -> AsyncIterator[list[Event]]:
        if not self.connected:
            raise Disconnected("No run answers.")
        live: list[Event] = []
        news = asyncio.Event()
        self._live.append(live)
        self._waiters.add(news)
        try:
            while True:
                news.clear()
                batch = [fact for fact in self.facts if fact.seq > after] + live
                live.clear()
                if batch:
                    after = max(after, *(fact.seq for fact in batch))
                    yield batch
                if not self.connected:
                    raise Disconnected("The run's socket went away.")
                if self.ended and all(fact.seq <= after for fact in self.facts):
                    return
                await news.wait()
        finally:
            self._live.remove(live)
            self._waiters.discard(news)

    async def send(
        self, verb: str, build: str = "", expects: Expects | None = None, **arguments: bool | int | float | str
    ) -> Answer:
        sent = Sent(verb, build, expects, dict(arguments))
        self.sent.append(sent)
        if self.refusal is not None:
            refusal, self.refusal = self.refusal, None
            raise refusal
        span = self.answer(sent) if self.answer is not None else 0
        data = self.data.get(verb, {})
        return Answer(len(self.sent), span=span, data=data(sent) if callable(data) else data)

    async def changes(self, build: str = "") -> Changes:
        return self.on_disk

    async def stream(self, span: int, rows: int = 24, columns: int = 80) -> FakeStream:
        stream = self.streams.setdefault(span, FakeStream())
        stream.sizes.append((rows, columns))
        return stream


def steps(*described: tuple[str, str, str]) -> list[StepInfo]:
    """Steps from (title, kind, script)."""
    return [
        StepInfo(f"web/{kind}:shell.{title}#1", number, title, kind, "shell", "web.pkr.hcl", 20 + number, script)
        for number, (title, kind, script) in enumerate(described, 1)
    ]


def build(ordinal: int, name: str, builder: str, its_steps: list[StepInfo]) -> BuildInfo:
    """A build whose key is made as the engine makes it."""
    return BuildInfo(f"{ordinal:03}-{name.replace('.', '-')}", name, builder, its_steps)
