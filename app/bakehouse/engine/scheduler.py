"""Which builds run now: a queue of those that are ready, and room for so many (`-parallel-builds`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bakehouse.engine.ports import Outcome
from bakehouse.template.plan import BuildPlan

UNLIMITED = 1 << 30
Start = Callable[[BuildPlan, str], Awaitable[Outcome]]
Tell = Callable[[str], None]


class Room:
    """How many builds may work, and how many may have a machine, at once. 0 for no limit."""

    def __init__(self, parallel: int, machines: int) -> None:
        self.work = asyncio.Semaphore(parallel or UNLIMITED)
        self.machines = asyncio.Semaphore(machines or UNLIMITED)
        self.no_work = f"a slot: {parallel} work{'s' if parallel == 1 else ''} at once (--parallel-builds)"
        are = "is 1" if machines == 1 else f"are {machines}"
        self.no_machine = f"a machine slot: there {are} (--max-machines), and paused builds keep theirs"

    def slots(self, tell: Tell = lambda why: None) -> BuildSlots:
        """For one build. tell: called with what it waits for, and with "" once it waits no longer."""
        return BuildSlots(self, tell)


class BuildSlots:
    """The slots of one build (`bakehouse.engine.ports.Slots`)."""

    def __init__(self, room: Room, tell: Tell) -> None:
        self._room = room
        self._tell = tell
        self._works = False
        self._has_machine = False

    async def enter(self) -> None:
        await self._acquire(self._room.machines, self._room.no_machine)
        self._has_machine = True
        try:
            await self.resume()
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        self.rest()
        if self._has_machine:
            self._has_machine = False
            self._room.machines.release()

    def rest(self) -> None:
        if self._works:
            self._works = False
            self._room.work.release()

    async def resume(self) -> None:
        await self._acquire(self._room.work, self._room.no_work)
        self._works = True

    async def _acquire(self, slots: asyncio.Semaphore, why: str) -> None:
        waits = slots.locked()
        if waits:
            self._tell(why)
        await slots.acquire()
        if waits:
            self._tell("")


async def run_all(builds: Sequence[BuildPlan], start: Start) -> list[Outcome]:
    """Start every build, in order, once what it needs has ended; their outcomes in the order of the builds.

    start: called with the build and the key of a need that did not succeed, "" if they all did. Must not raise.
    """
    ended = {build.key: asyncio.Event() for build in builds}
    outcomes: dict[str, Outcome] = {}

    async def one(build: BuildPlan) -> None:
        for need in build.needs:
            await ended[need].wait()
        failed = next((need for need in build.needs if outcomes[need].ending != "succeeded"), "")
        outcomes[build.key] = await start(build, failed)
        ended[build.key].set()

    async with asyncio.TaskGroup() as group:
        for build in builds:
            group.create_task(one(build))
    return [outcomes[build.key] for build in builds]
