"""Runs a script in a machine and tells a watch of its commands, while what it prints and how it ends stay the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bakehouse.clients.script_trace import bash
from bakehouse.clients.script_trace.decide import Decision, decide
from bakehouse.clients.script_trace.records import Fired, Probed, Records, Stopped
from bakehouse.clients.script_trace.script_map import ScriptMap
from bakehouse.clients.script_trace.sh import CannotProbe, Probes
from bakehouse.clients.script_trace.sh_story import ShStory
from bakehouse.clients.script_trace.statements import StatementPlaces
from bakehouse.clients.script_trace.stops import LEASE, Stops
from bakehouse.clients.script_trace.story import BashStory
from bakehouse.clients.script_trace.trace import NotReady, OnPiece, Trace
from bakehouse.sdk.script import ScriptWatch

MOST_BYTES = 64 * 1024 * 1024
END_LIMIT = 3.0
"""Seconds that the end of a trace may come after the end of its script."""
MakeTrace = Callable[[OnPiece], Trace]
Start = Callable[[bytes, str], Awaitable[int]]
"""Runs a script's content, then a line of clean-up ("" for none) by the same command; its exit status."""


@dataclass(frozen=True, slots=True)
class Script:
    """content: of the file. command: the line that runs it, with `decide.SCRIPT_MARK` for its path."""

    content: bytes
    command: str


async def follow(watch: ScriptWatch, script: Script, make: MakeTrace, start: Start) -> int:
    """Run it by `start`, followed if that can be done without a difference; else the watch hears why not."""
    decision = decide(script.content, script.command)
    if decision.shell is None:
        watch.untraced(decision.reason)
        return await start(script.content, "")
    return await _Following(watch, script, decision, make).run(start)


class _Following:
    """One script on its way."""

    def __init__(self, watch: ScriptWatch, script: Script, decision: Decision, make: MakeTrace) -> None:
        self._watch = watch
        self._script = script
        self._decision = decision
        self._trace = make(self._piece)
        self._records = Records()
        self._story: BashStory | None = None
        self._sh_story: ShStory | None = None
        self._stops: Stops | None = None
        self._note = ""
        self._heard = 0
        self._told = False
        self._cutting: asyncio.Task[None] | None = None

    async def run(self, start: Start) -> int:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(self._trace.read())]
        try:
            try:
                await self._trace.wait_ready()
                content = await self._instrument()
            except (NotReady, CannotProbe) as reason:
                self._watch.untraced(str(reason))
                return await start(self._script.content, self._trace.removal)
            if self._stops is not None:
                await self._stops.arm()
                tasks.append(loop.create_task(self._stops.keep()))
            status = await start(content, self._trace.removal)
            self._trace.ended()
            await asyncio.wait(tasks[:1], timeout=END_LIMIT)
            self._end(status)
            return status
        finally:
            await asyncio.shield(self._close(tasks))

    async def _instrument(self) -> bytes:
        text = self._script.content.decode()
        if self._decision.shell == "sh" and self._trace.shell != "bash":
            return await self._probe(text)
        script = await asyncio.to_thread(ScriptMap, text)
        place = self._watch.called(script.error)
        if script.error and script.error <= text.startswith("#!") + 1:
            raise CannotProbe(f"{place} is not understood")  # bash would show it, and ours with it
        if script.error:
            self._note = f"{place} is not understood, so failures that were passed over are not looked for"
        self._story = BashStory(script, self._watch)
        self._stops = Stops(self._watch, script, self._story, self._trace, bash=True)
        return bash.instrument(text, self._trace.path, xtrace=self._decision.xtrace).encode()

    async def _probe(self, text: str) -> bytes:
        if self._trace.shell == "other":
            raise CannotProbe("the machine's /bin/sh is none that can be followed")
        probes = await asyncio.to_thread(self._probes, text)
        self._records.probes = True
        self._note = probes.note
        self._sh_story = ShStory(probes.statements, self._watch)
        places = StatementPlaces(probes.statements)
        self._stops = Stops(self._watch, places, self._sh_story, self._trace, bash=False)
        return probes.content

    def _probes(self, text: str) -> Probes:
        return Probes(text, self._trace.path, pid=self._trace.pid, lease=LEASE, called=self._watch.called)

    def _piece(self, piece: bytes) -> None:
        if self._cutting is not None:
            return
        for record in self._records.feed(piece):
            if isinstance(record, Stopped):
                if self._stops is not None:
                    self._stops.stopped(record.pid)
                continue
            self._begun()
            if isinstance(record, Fired) and self._story is not None:
                self._story.take(record)
            elif isinstance(record, Probed) and self._sh_story is not None:
                self._sh_story.take(record)
            if self._stops is not None:
                self._stops.went_on()
        self._heard += len(piece)
        if self._heard > MOST_BYTES:
            self._cut()

    def _cut(self) -> None:
        """It tells of more than anybody wants to know, and fills the machine's disk with it."""
        self._watch.untraced("the trace ends here: there are too many commands")
        self._cutting = asyncio.get_running_loop().create_task(self._trace.remove())

    def _begun(self) -> None:
        if not self._told:
            self._told = True
            self._watch.traced(self._note)

    def _end(self, status: int) -> None:
        if not self._heard:
            self._watch.untraced("nothing was heard of its commands")
        for story in (self._story, self._sh_story):
            if story is not None:
                story.end(status if self._cutting is None else None)

    async def _close(self, tasks: list[asyncio.Task[None]]) -> None:
        if self._stops is not None:
            await self._stops.close()
        ended = tasks[0].done()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if not ended:
            await self._trace.remove()
        if self._cutting is not None:
            await self._cutting
