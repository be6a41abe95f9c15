"""Stopping a bash script before a line, and letting it go on.

The script looks for a file `armed` before every command, and waits there while it names the command's line. It goes on
by itself when nobody is left to answer: `alive` is written anew for as long as somebody is.
"""

from __future__ import annotations

import asyncio
from itertools import count
from typing import Protocol

from bakehouse.clients.script_trace.bash import stop_file
from bakehouse.clients.script_trace.show import Standing
from bakehouse.clients.script_trace.trace import Trace
from bakehouse.errors import StepError
from bakehouse.sdk.script import ScriptWatch, StopAnswer

BEAT = 0.5
LEASE = 3.0
"""Seconds without a beat after which the script goes on: a busy host may be late with one."""


class Places(Protocol):
    """Where a script can stop."""

    def numbers(self, line: int) -> frozenset[int]:
        """What `armed` has to name so that it stops at a line that a person means."""

    def start(self, line: int) -> int:
        """The line where the command begins that they mean by it; 0 for none."""


class Story(Protocol):
    """Who knows what a shell is about to run."""

    def place(self, pid: int) -> Standing | None:
        """None if there is no command to stop at."""

    def skipped(self, pid: int) -> None:
        """The shell leaves out the command that it stands before."""


class Stops:
    """The stops of one script. bash: it runs it, and can leave a command out."""

    def __init__(self, watch: ScriptWatch, places: Places, story: Story, trace: Trace, *, bash: bool) -> None:
        self._watch = watch
        self._places = places
        self._story = story
        self._trace = trace
        self._bash = bash
        self._waiting: set[asyncio.Task[None]] = set()
        self._beating: asyncio.Task[None] | None = None
        self._beats = count(1)
        self._changed = asyncio.Event()
        self._asking = asyncio.Lock()  # shells in the background may stop too: a person is asked of one at a time
        self._armed = ""
        self._placed = False

    async def keep(self) -> None:
        """Arm what is to be stopped at, now and whenever that changes, until cancelled."""
        self._watch.on_stops(self._changed.set)
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self.arm()
            except StepError:
                return

    async def arm(self) -> None:
        """Tell the script where to stop now. Raises StepError."""
        wanted = self._wanted()
        if wanted == self._armed:
            return
        self._armed = wanted
        if wanted:
            await self._trace.write({**self._files(), "armed": wanted})
        else:
            await self._trace.remove_file("armed")

    def stopped(self, pid: int) -> None:
        """The shell `pid` waits before the command that the story has heard of last."""
        task = asyncio.get_running_loop().create_task(self._ask(pid))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        if self._beating is None:
            self._beating = asyncio.get_running_loop().create_task(self._beat())

    def went_on(self) -> None:
        """A record came: what was skipped is behind."""
        if self._armed == NOWHERE and not self._waiting:
            self._changed.set()

    async def close(self) -> None:
        """The script has ended, or is being ended."""
        tasks = [*self._waiting, *([self._beating] if self._beating else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _wanted(self) -> str:
        """Lines as bash may give them. While a shell waits, and until a skipped command is behind, the file stays."""
        lines = self._watch.stops()
        if lines is None:
            return "all"
        numbers = sorted({number for line in lines for number in self._places.numbers(line)})
        if not numbers:
            return NOWHERE if self._waiting else ""
        return f"at {' '.join(map(str, numbers))} x"

    def _files(self) -> dict[str, str]:
        if self._placed:
            return {}
        self._placed = True
        stop = {"stop": stop_file(self._trace.path, pid=self._trace.pid, lease=LEASE)} if self._bash else {}
        return {**stop, "alive": "0"}

    async def _ask(self, pid: int) -> None:
        place = self._story.place(pid)
        answer: StopAnswer = "continue"
        try:
            async with self._asking:
                if place is not None and (meant := self._meant(place)) is not None:
                    answer = await self._watch.stop(place.line, place.text, meant, skips=self._bash)
            if answer == "skip":
                self._story.skipped(pid)
            lines = self._wanted()
            files = {} if lines == self._armed or not lines else {"armed": lines}
            self._armed = lines or self._armed
            await self._trace.write({**files, f"go.{pid}": answer})
        except StepError:
            return
        self._changed.set()

    def _meant(self, place: Standing) -> frozenset[int] | None:
        """The lines by which this command is meant; None if it is not to stop here."""
        lines = self._watch.stops()
        if lines is None:
            return frozenset()
        found = frozenset(line for line in lines if place.first and self._places.start(line) == place.line)
        return found or None

    async def _beat(self) -> None:
        while True:
            if self._waiting:
                try:
                    await self._trace.write({"alive": str(next(self._beats))})
                except StepError:
                    return
            await asyncio.sleep(BEAT)


NOWHERE = "none"
