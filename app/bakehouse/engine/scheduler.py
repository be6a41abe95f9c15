"""Which builds run now: a queue of those that are ready, and room for so many (`-parallel-builds`)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bakehouse.engine.ports import Outcome
from bakehouse.template.plan import BuildPlan

UNLIMITED = 1 << 30
Start = Callable[[BuildPlan, str], Awaitable[Outcome]]


class Room:
    """How many builds may work, and how many may have a machine, at once. 0 for no limit."""

    def __init__(self, parallel: int, machines: int) -> None:
        self._work = asyncio.Semaphore(parallel or UNLIMITED)
        self._machines = asyncio.Semaphore(machines or UNLIMITED)

    def slots(self) -> BuildSlots:
        """For one build."""
        return BuildSlots(self._work, self._machines)


class BuildSlots:
    """The slots of one build (`bakehouse.engine.ports.Slots`)."""

    def __init__(self, work: asyncio.Semaphore, machines: asyncio.Semaphore) -> None:
        self._work = work
        self._machines = machines
        self._works = False
        self._has_machine = False

    async def enter(self) -> None:
        await self._machines.acquire()
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
            self._machines.release()

    def rest(self) -> None:
        if self._works:
            self._works = False
            self._work.release()

    async def resume(self) -> None:
        await self._work.acquire()
        self._works = True


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
