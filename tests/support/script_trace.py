"""A machine that is this host, and a watch that remembers what it was told: for tests of tracing without an engine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from bakehouse.clients import script_trace
from bakehouse.sdk import Command, Communicator, OnOutput, ScriptWatch, StopAnswer, Stream, Terminal


@dataclass
class Told:
    """One command. status: "open" until it has ended."""

    line: int
    text: str
    label: str
    status: int | None | str = "open"
    seconds: float = 0.0


@dataclass
class RecordingWatch(ScriptWatch):
    """answers: what a person says at each stop in turn, then "continue". lines: where to stop now."""

    reasons: list[str] = field(default_factory=list)
    is_traced: bool | None = None
    commands: list[Told] = field(default_factory=list)
    passed_over: list[tuple[int, str, int, str]] = field(default_factory=list)
    lines: frozenset[int] | None = frozenset()
    answers: list[StopAnswer] = field(default_factory=list)
    stood: list[tuple[int, str]] = field(default_factory=list)
    at_stop: Callable[[], None] | None = None
    hangs: bool = False
    changed: list[Callable[[], None]] = field(default_factory=list)
    standing: asyncio.Event = field(default_factory=asyncio.Event)

    def traced(self, reason: str = "") -> None:
        self.is_traced = True
        self.reasons.append(reason)

    def untraced(self, reason: str) -> None:
        if self.is_traced is None:
            self.is_traced = False
        self.reasons.append(reason)

    def began(self, line: int, text: str, *, label: str = "") -> int:
        self.commands.append(Told(line, text, label))
        return len(self.commands)

    def ended(self, command: int, exit_status: int | None, seconds: float) -> None:
        told = self.commands[command - 1]
        assert told.status == "open"
        told.status, told.seconds = exit_status, seconds

    def swallowed(self, line: int, text: str, exit_status: int, how: Literal["ignored", "pipe", "note"]) -> None:
        self.passed_over.append((line, text, exit_status, how))

    def stops(self) -> frozenset[int] | None:
        return self.lines

    def on_stops(self, callback: Callable[[], None]) -> None:
        self.changed.append(callback)

    def set_lines(self, lines: frozenset[int] | None) -> None:
        """Stop there from now on."""
        self.lines = lines
        for callback in self.changed:
            callback()

    async def stop(
        self, line: int, text: str, meant: frozenset[int] = frozenset(), *, skips: bool = True
    ) -> StopAnswer:
        assert skips or "skip" not in self.answers
        self.stood.append((line, text))
        self.standing.set()
        if self.at_stop is not None:
            self.at_stop()
        if self.hangs:
            await asyncio.Event().wait()
        answer: StopAnswer = self.answers.pop(0) if self.answers else "continue"
        if answer != "skip":
            self.set_lines(None if answer == "next" else self.lines if self.lines is not None else frozenset())
        return answer

    @property
    def told(self) -> list[tuple[int, str]]:
        """Line and text of every command."""
        return [(command.line, command.text) for command in self.commands]


@dataclass
class ThisHost(Communicator):
    """Runs commands by this host's /bin/sh, streaming; each is a session of its own, killed when it is cancelled."""

    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"], "LC_ALL": "C"})
    shell: str = "/bin/sh"

    async def run(self, command: Command, on_output: OnOutput) -> int:
        process = await asyncio.create_subprocess_exec(
            self.shell,
            "-c",
            command.line,
            env={**self.environment, **command.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass_on(process.stdout, "stdout", on_output))
                group.create_task(_pass_on(process.stderr, "stderr", on_output))
                status = await process.wait()
        except asyncio.CancelledError:
            os.killpg(process.pid, signal.SIGTERM)
            await process.wait()
            raise
        return status if status >= 0 else 128 - status

    async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None:
        target = Path(destination)
        target.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        target.chmod(mode)

    async def upload_directory(self, source: Path, destination: str) -> None:
        shutil.copytree(source, destination)

    async def download(self, source: str, destination: Path) -> None:
        shutil.copyfile(source, destination)

    async def download_directory(self, source: str, destination: Path) -> None:
        shutil.copytree(source, destination)

    async def interactive(self, terminal: Terminal) -> int:
        return 0


async def _pass_on(reader: asyncio.StreamReader | None, stream: Stream, on_output: OnOutput) -> None:
    assert reader is not None
    while piece := await reader.read(65536):
        on_output(stream, piece)


@dataclass
class Result:
    """What a script did."""

    status: int
    stdout: bytes
    stderr: bytes


async def run(
    communicator: Communicator,
    content: str,
    directory: str,
    watch: ScriptWatch | None = None,
    command: str = "{path}",
    name: str = "script.sh",
) -> Result:
    """Run a script as the shell provisioner does, followed if there is a watch. directory: in the machine."""
    path = f"{directory}/{name}"
    printed: dict[Stream, list[bytes]] = {"stdout": [], "stderr": []}

    async def start(body: bytes, removal: str) -> int:
        line = f"cd {directory}; ({command.format(path=path)}\n); status=$?; {removal or ':'}; exit $status"
        return await communicator.run_script(
            body, path, Command(line), lambda stream, data: printed[stream].append(data)
        )

    if watch is None:
        status = await start(content.encode(), "")
    else:
        marked = command.format(path=script_trace.SCRIPT_MARK)
        make = partial(script_trace.MachineTrace, communicator, directory)
        status = await script_trace.follow(watch, script_trace.Script(content.encode(), marked), make, start)
    return Result(status, b"".join(printed["stdout"]), b"".join(printed["stderr"]))
