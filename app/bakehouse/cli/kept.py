"""A shell in a machine that outlived its run: by the ledger, as `gc` goes by it, for there is no engine any more."""

from __future__ import annotations

import asyncio
import sys

from bakehouse import registry
from bakehouse.cli import find
from bakehouse.cli.telling import complain
from bakehouse.engine.shell_stream import Person, ShellStream
from bakehouse.errors import SessionError, first_of
from bakehouse.record.ledger import standing
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import BuildState
from bakehouse.sdk import Communicator, Resource

_BUILDER = "builder:"


class _Near:
    """The person's end of a shell in this very process (`bakehouse.dashboard.door.Stream`)."""

    def __init__(self, person: Person) -> None:
        self._person = person

    async def read(self) -> bytes:
        return await self._person.read()

    async def write(self, data: bytes) -> None:
        self._person.write(data)

    async def resize(self, rows: int, columns: int) -> None:
        self._person.resize(rows, columns)

    async def close(self) -> None:
        self._person.close()


def resources(directory: RunDirectory) -> list[Resource]:
    """What builders made in a run that is over and what still stands, by its ledger."""
    return [one for one in standing(directory.ledger) if one.owner.startswith(_BUILDER)]


async def enter(directory: RunDirectory, name: str) -> int:
    """A shell in what a build left, on this terminal; the shell's exit status, 0 if it was left. name: of the build, ""
    for the only one.

    Raises SessionError if there is no such machine, BakehouseError if it cannot be entered.
    """
    build = _meant(directory, name)
    for resource in resources(directory):
        if resource.build == build.key:
            builder = registry.load("builder", resource.owner.removeprefix(_BUILDER))
            async with builder.reopen(resource) as communicator:
                if communicator is not None:
                    return await _shell(communicator, f"{resource.kind} {resource.name}", build)
    raise SessionError(f"Run {directory.run} is over, and {build.name} has left no machine that a shell opens in.")


def _meant(directory: RunDirectory, name: str) -> BuildState:
    state = find.state_of(directory)
    if name:
        return find.build(state, name)
    keys = {resource.build for resource in resources(directory)}
    builds = [build for build in state.builds.values() if build.key in keys]
    if len(builds) != 1:
        names = "\n".join(f"  bakehouse shell {directory.run} {build.key}   {build.name}" for build in builds)
        raise SessionError(f"{len(builds)} builds have left something; say which one:\n{names}")
    return builds[0]


async def _shell(communicator: Communicator, what: str, build: BuildState) -> int:
    from bakehouse.dashboard.terminal.shell import Terminal, relay

    terminal = Terminal.own(target=sys.stdout)
    stream = ShellStream(*terminal.size())
    complain(f"A shell in what {build.name} left: {what}. It ends with exit, or ctrl+]; the files stay.")

    async def run() -> None:
        status = 1
        try:
            status = await communicator.interactive(stream)
        finally:
            stream.finish(status)

    try:
        async with asyncio.TaskGroup() as group:
            shell = group.create_task(run())
            how = await relay(_Near(stream.enter()), terminal)
            if how != "ended":
                shell.cancel()
    except ExceptionGroup as failed:
        raise first_of(failed) from None
    return (stream.exit_status or 0) if how == "ended" else 0
