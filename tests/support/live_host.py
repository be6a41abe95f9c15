"""A live run without an engine: a real feed, real log files, and commands that are written down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from bakehouse.errors import Refused
from bakehouse.record import events
from bakehouse.record.commands import Command
from bakehouse.record.events import Body, BuildInfo, DriverChanged, Event, StepInfo
from bakehouse.record.feed import Feed
from bakehouse.record.log import STDOUT, LogWriter
from bakehouse.session.host import Accepted
from bakehouse.session.protocol import Changes, FileChange

START = 1_700_000_000_000_000_000


class EchoStream:
    """A PTY whose program says everything back in capitals and ends at "exit"."""

    def __init__(self) -> None:
        self.exit_status: int | None = None
        self.sizes: list[tuple[int, int]] = []
        self.closed = False
        self.left = 0
        self.typed = b""
        self._said: asyncio.Queue[bytes] = asyncio.Queue()

    async def read(self) -> bytes:
        return await self._said.get()

    def write(self, data: bytes) -> None:
        self.typed += data
        if data == b"exit\n":
            self.exit_status = 7
            self._said.put_nowait(b"")
        else:
            self._said.put_nowait(data.upper())

    def resize(self, rows: int, columns: int) -> None:
        self.sizes.append((rows, columns))

    def let_go(self) -> None:
        self.left += 1

    def close(self) -> None:
        self.closed = True


class LiveHost:
    """Meets `bakehouse.session.host.Host`."""

    def __init__(self, directory: Path, run: str) -> None:
        self.run = run
        self.directory = directory
        self.feed = Feed()
        self.commands: list[Command] = []
        self.shell = EchoStream()
        self.over = False
        self.asked, self.answered = asyncio.Event(), asyncio.Event()
        self._seq = 0
        (directory / "logs").mkdir(parents=True, exist_ok=True)

    def tell(self, body: Body, build: str = "", span: int = 0, at: int = 0) -> Event:
        """Record an event."""
        self._seq += 1
        fact = events.event(body, seq=self._seq, at=at or time.time_ns(), build=build, span=span)
        with (self.directory / "events.jsonl").open("ab") as file:
            file.write(events.encode(fact))
        self.feed.publish(fact)
        return fact

    def log(self, build: str, text: bytes, stream: int = STDOUT, span: int = 1, at: int = START) -> None:
        """Append to a build's log and announce it."""
        writer = LogWriter(self.directory / "logs" / f"{build}.log")
        writer.write(text, stream, span, at)
        grown = events.OutputGrew(writer.lines, writer.size)
        writer.close(at)
        self.feed.publish_live(events.event(grown, seq=0, at=at, build=build))

    async def command(self, command: Command) -> Accepted:
        self.commands.append(command)
        if command.arguments.get("command") == "sleep 100":
            self.asked.set()
            await self.answered.wait()
        if command.arguments.get("crash"):
            raise ZeroDivisionError("a fault of the engine")
        if command.verb == "retry":
            raise Refused("Somebody else retried it.", code="stale")
        return Accepted(9) if command.verb == "shell" else Accepted()

    def driver_changed(self, viewer: int, user: str) -> None:
        if not self.over:
            self.tell(DriverChanged(viewer, user))

    def note(self, text: str) -> None:
        self.tell(events.Diagnostic("note", text))

    def end(self) -> None:
        """Nothing more happens."""
        self.over = True
        self.feed.close()

    async def changes(self, build: str = "") -> Changes:
        return Changes(0, [FileChange("setup.sh", "-a\n+b\n")])

    def stream(self, span: int, *, watch: bool = False) -> EchoStream:
        if span != 9:
            raise Refused(f"There is no shell {span}.", code="unknown")
        return self.shell


def step(key: str, number: int, title: str, kind: str = "provisioner", type: str = "shell") -> StepInfo:
    return StepInfo(key, number, title, kind, type, file="app.pkr.hcl", line=number)


def begin(host: LiveHost, names: Sequence[str], at: int = START) -> list[str]:
    """RunStarted, PlanRevised and BuildStarted of builds with a provisioner and a post-processor; returns keys."""
    infos = [
        BuildInfo(
            f"{number:03}-{name.rpartition('.')[2]}",
            name,
            "null",
            [step("b/provisioner:shell#1", 1, "shell"), step("b/post:x#1", 2, "x", "post-processor", "shell-local")],
        )
        for number, name in enumerate(names, 1)
    ]
    host.tell(events.RunStarted(host.run, "app.pkr.hcl", str(host.directory), 1, "0.1.0", "abcde"), at=at)
    host.tell(events.PlanRevised(1, infos), at=at)
    for info in infos:
        host.tell(events.BuildStarted(), info.key, at=at)
    return [info.key for info in infos]
