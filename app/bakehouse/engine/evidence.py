"""What can be known of a failure, put aside before anybody is asked: its log, options, facts, and of a machine that
stays for a person also processes, disks, journal and changed files.

A failing build that nobody is there to look into does not wait for its machine: that costs a green build nothing, and
a red one next to nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable
from typing import Any

from bakehouse.engine.control import Control
from bakehouse.engine.look import Look
from bakehouse.engine.ports import Sink
from bakehouse.engine.step import Attempt
from bakehouse.errors import BakehouseError
from bakehouse.record.events import EvidenceCollected
from bakehouse.sdk import Command, Communicator, Stream
from bakehouse.template.plan import StepPlan

LOGGER = logging.getLogger(__name__)
PATIENCE = 4.5
"""Seconds for all that the machine is asked."""
MOST = 1 << 20
"""Bytes of one answer."""
QUESTIONS = {
    "processes.txt": "ps -ef 2>/dev/null || ps",
    "disks.txt": "df -h; echo; mount",
    "journal.txt": "journalctl --no-pager -n 200 2>/dev/null || "
    'for f in /var/log/syslog /var/log/messages; do if [ -r "$f" ]; then tail -n 200 "$f"; fi; done',
}
MARKS = {"added": "A", "changed": "C", "removed": "D"}


class Evidence:
    """Collects for one build. build: its key."""

    def __init__(self, build: str, sink: Sink, control: Control, look: Look) -> None:
        self._build = build
        self._sink = sink
        self._control = control
        self._look = look
        self._changed: int | None = None
        self._since = ""

    async def collect(self, step: StepPlan, attempt: Attempt, *, machine: bool) -> None:
        """Put it aside and tell where; machine: ask that too. Never fails. Raises Interrupted."""
        place = f"evidence/{self._build}-{step.number}-{attempt.number}"
        self._changed, self._since = None, ""
        with self._control.scope():
            try:
                path = await self._sink.keep_log(f"{place}/log.txt", attempt.span)
                contents = {"options.json": self._options(step), "facts.json": _json(dict(self._look.machine.facts))}
                if machine and self._look.machine.communicator is not None:
                    contents |= await self._ask(step, self._look.machine.communicator)
                kept = {name: content for name, content in contents.items() if content}
                for name, content in kept.items():
                    await self._sink.keep(f"{place}/{name}", content)
            except OSError as error:
                LOGGER.warning("Evidence of step %s was not kept: %s", step.key, error)
                return
            names = sorted(["log.txt", *kept])
            body = EvidenceCollected(step.key, path.rpartition("/")[0], names, self._changed, self._since)
            self._sink.emit(body, attempt.span)

    def _options(self, step: StepPlan) -> bytes:
        try:
            return _json(self._look.options(step))
        except BakehouseError as error:
            return f"{error}\n".encode()

    async def _ask(self, step: StepPlan, communicator: Communicator) -> dict[str, bytes]:
        """What the machine answers in time."""
        found: dict[str, bytes] = {}
        async with asyncio.TaskGroup() as group:
            for name, line in QUESTIONS.items():
                group.create_task(self._put(found, name, _answer(communicator, line)))
            group.create_task(self._put(found, "files.txt", self._files(step)))
        return found

    async def _put(self, found: dict[str, bytes], name: str, work: Awaitable[bytes]) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                found[name] = await work
        except Exception as error:
            LOGGER.info("%s is missing in the evidence of %s: %s", name, self._build, error or type(error).__name__)

    async def _files(self, step: StepPlan) -> bytes:
        seen = await self._look.diff(step)
        self._changed = sum(1 for file in seen["files"] if file["kind"] != "directory")
        self._since = str(seen["since"])
        name = self._look.name(self._since)
        head = "" if seen["exact"] else f"Changes since the checkpoint before {name}, the last one before this step.\n"
        lines = [
            f"{MARKS[file['change']]} {file['mode']:06o} {file['owner']:>9} {file['before']:>10} -> {file['size']:>10}"
            f"  {file['path']}"
            for file in seen["files"]
        ]
        lines = lines or ["No file is other than it was."]
        return "\n".join([*filter(None, [head]), *lines, ""]).encode("utf-8", "replace")


async def _answer(communicator: Communicator, line: str) -> bytes:
    printed: list[bytes] = []
    size = 0

    def listen(stream: Stream, data: bytes) -> None:
        nonlocal size
        if size < MOST:
            printed.append(data[: MOST - size])
            size += len(data)

    await communicator.run(Command(line), listen)
    answer = b"".join(printed)
    return answer if size < MOST else answer[: answer.rfind(b"\n") + 1]  # half a secret would pass the mask


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
