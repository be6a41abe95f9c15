"""A look inside the machine of a build: the answers to what people ask (`bakehouse.engine.ports.Decision`).

What is answered here is masked where it leaves the engine (`engine.answered`).
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import Any

from bakehouse.engine.breakpoints import Breakpoints
from bakehouse.engine.look import Look
from bakehouse.engine.ports import Commands, Decision, Settings, Sink
from bakehouse.engine.step import Steps
from bakehouse.errors import BakehouseError
from bakehouse.record.events import SpanFinished, SpanStarted
from bakehouse.record.log import STDERR, STDOUT
from bakehouse.sdk import Command, Communicator, Stream
from bakehouse.template.plan import StepPlan

LOGGER = logging.getLogger(__name__)
LIMIT = 1 << 20
"""Bytes of a file that are shown."""
TAIL = 64 << 10
"""Bytes of a command's output that are in its answer; all of it is in the log."""
UNMASKED = "Secrets in it are not masked; only you can read it."
ENDED = "The build went on before this was answered."


class Inside:
    """Answers questions about one build, each in a task of its own."""

    def __init__(
        self,
        group: asyncio.TaskGroup,
        commands: Commands,
        settings: Settings,
        sink: Sink,
        steps: Steps,
        breakpoints: Breakpoints,
        look: Look,
    ) -> None:
        self._group = group
        self._commands = commands
        self._settings = settings
        self._sink = sink
        self._steps = steps
        self._breakpoints = breakpoints
        self._look = look
        self._open: set[asyncio.Task[None]] = set()
        self._copies = 0

    def ask(self, question: Decision) -> None:
        """Answer it, now or later, always."""
        task = self._group.create_task(self._answer(question))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self) -> None:
        """The machine goes: what is not answered by now is not."""
        for task in list(self._open):
            task.cancel()
        if self._open:
            await asyncio.wait(set(self._open))

    async def _answer(self, question: Decision) -> None:
        data: dict[str, Any] = {}
        error = ENDED
        try:
            data, error = await self._dispatch(question), ""
        except BakehouseError as failure:
            error = str(failure)
        except OSError as failure:
            error = f"{failure.filename}: {failure.strerror}"
        except Exception as failure:
            LOGGER.exception("The question %s failed unexpectedly", question.verb)
            error = f"{type(failure).__name__}: {failure} (a fault in the program; engine.log has more)"
        finally:
            self._commands.reply(question.number, data, error)

    async def _dispatch(self, question: Decision) -> dict[str, Any]:
        if question.verb == "details":
            return self._details()
        step = self._look.step()
        if step is None:
            raise BakehouseError("The machine is gone: only post-processors are left.")
        if question.verb == "diff":
            return await self._look.diff(step)
        if question.verb == "open":
            return await self._open_file(step, _text(question, "path"), _text(question, "which", "after"))
        if question.verb == "copy":
            return await self._copy(_text(question, "path"))
        if question.verb == "run":
            return await self._run(step, _text(question, "command"), question.by)
        raise BakehouseError(f'There is no question "{question.verb}".')

    def _details(self) -> dict[str, Any]:
        step, machine = self._look.step(), self._look.machine
        data: dict[str, Any] = {"machine": machine.name, "facts": dict(machine.facts)}
        if step is not None:
            place = f"{step.location.file}:{step.location.line}"
            data |= {"step": step.key, "number": step.number, "title": step.title, "kind": step.kind}
            data |= {"type": step.type, "location": place}
        try:
            data["options"] = self._look.options(step)
        except BakehouseError as error:  # they are what has failed
            data |= {"options": {}, "options_error": str(error)}
        return data

    async def _open_file(self, step: StepPlan, path: str, which: str) -> dict[str, Any]:
        if which not in ("before", "after"):
            raise BakehouseError(f'A file is opened as it was "before" or "after" the step, not "{which}".')
        if which == "before":
            content = await self._look.before(step, path, LIMIT + 1)
        else:
            content = await _read(self._communicator(), path, LIMIT + 1)
        data: dict[str, Any] = {"path": path, "which": which, "exists": content is not None}
        if content is not None:
            data |= {"content": content[:LIMIT], "truncated": len(content) > LIMIT}
        return data

    async def _copy(self, path: str) -> dict[str, Any]:
        communicator = self._communicator()
        if not await _is(communicator, "-e", path):
            raise BakehouseError(f"There is no {path} in the machine.")
        directory = await _is(communicator, "-d", path)
        self._copies += 1
        name = PurePosixPath(path).name or "root"
        target = Path(self._settings.state_directory) / "files" / f"{self._copies}-{name}"
        await asyncio.to_thread(target.parent.mkdir, mode=0o700, parents=True, exist_ok=True)
        if directory:
            await communicator.download_directory(path, target)
        else:
            await communicator.download(path, target)
        size = await asyncio.to_thread(_size, target)
        return {"path": str(target), "directory": directory, "bytes": size, "note": UNMASKED}

    async def _run(self, step: StepPlan, command: str, by: str) -> dict[str, Any]:
        communicator = self._communicator()
        body = SpanStarted("hand command", command, step=step.key, revision=self._steps.revision, by=by)
        span = self._sink.begin(body)
        outcome, error, status = "cancelled", "", None
        shown, touched, heard = bytearray(), True, 0

        def printed(stream: Stream, data: bytes) -> None:
            nonlocal heard
            heard += len(data)
            shown.extend(data)
            if len(shown) > TAIL:  # by whole lines: half a secret would pass the mask
                del shown[: shown.find(b"\n", len(shown) - TAIL) + 1 or len(shown) - TAIL]
            self._sink.output(span, STDOUT if stream == "stdout" else STDERR, data)

        try:
            status = await communicator.run(Command(command), printed)
            outcome, error = ("failed", f"exit status {status}") if status else ("ok", "")
        except BakehouseError as failure:
            outcome, error = "failed", str(failure)
            touched = bool(shown)  # else there was no machine to run it in
            raise
        finally:
            self._sink.emit(SpanFinished(outcome, error, status), span)
            if touched:
                self._breakpoints.taint(f"ran {command}", step.key, by, mark="ran a command")
        return {"exit_status": status, "span": span, "output": bytes(shown), "truncated": len(shown) < heard}

    def _communicator(self) -> Communicator:
        communicator = self._look.machine.communicator
        if communicator is None:
            raise BakehouseError("There is no machine to look into.")
        return communicator


def _text(question: Decision, name: str, default: str = "") -> str:
    value = question.arguments.get(name, default)
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise BakehouseError(f'"{question.verb}" takes a {name}.')
    return value


async def _read(communicator: Communicator, path: str, limit: int) -> bytes | None:
    """The first bytes of a file; None if there is none. Raises BakehouseError."""
    if not await _is(communicator, "-e", path):
        return None
    if not await _is(communicator, "-f", path):
        raise BakehouseError(f"{path} is no file.")
    pieces: dict[Stream, list[bytes]] = {"stdout": [], "stderr": []}
    command = Command(f"head -c {limit} <{quote(path)}")
    if await communicator.run(command, lambda stream, data: pieces[stream].append(data)):
        raise BakehouseError(b"".join(pieces["stderr"]).decode(errors="replace").strip() or f"{path} cannot be read.")
    return b"".join(pieces["stdout"])


async def _is(communicator: Communicator, test: str, path: str) -> bool:
    return await communicator.run(Command(f"test {test} {quote(path)}"), lambda stream, data: None) == 0


def _size(target: Path) -> int:
    files = [target] if target.is_file() else [path for path in target.rglob("*") if path.is_file()]
    return sum(path.lstat().st_size for path in files)
