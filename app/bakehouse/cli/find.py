"""From the words on a command line to runs and builds."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from bakehouse.errors import Disconnected, SessionError, Silent, UsageError
from bakehouse.record.fold import fold
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import BuildState, RunState
from bakehouse.session.address import socket_path
from bakehouse.session.client import Session

PATIENCE = 7.0
"""Seconds; longer than a server takes to notice that its socket's file is gone."""


def run(name: str) -> RunDirectory:
    """A run by its id or the beginning of it. Raises RecordError."""
    return RunDirectory.find(name)


def state_of(directory: RunDirectory) -> RunState:
    """What the run's record says."""
    return fold(read_events(directory.path))


def alive(directory: RunDirectory) -> RunDirectory:
    """The same run. Raises SessionError that says what became of it if it is not alive."""
    status = directory.status
    if status == "finished":
        raise SessionError(f"Run {directory.run} is over. Read it with: bakehouse logs {directory.run}")
    if status == "lost":
        raise SessionError(
            f"Run {directory.run} is lost: its engine went away without a word. "
            f"Read it with: bakehouse logs {directory.run}. Remove what it left with: bakehouse gc"
        )
    return directory


async def session(directory: RunDirectory, client: str, patience: float = PATIENCE, *, watch: bool = False) -> Session:
    """The session of a run that is alive. watch: never to drive it. Raises SessionError.

    Waits a little: the run may have only just begun, or its socket may have been taken away and not be back yet.
    """
    deadline = time.monotonic() + patience
    while True:
        named = directory.info.socket
        try:
            path = Path(named) if named else socket_path(directory.run)
            return await Session.connect(path, client=client, watch=watch)
        except Silent:
            pid = directory.info.pid
            raise Silent(
                f"The engine of run {directory.run}, process {pid}, does not answer. Was it stopped?"
            ) from None
        except Disconnected:
            if not directory.alive or time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.05)


def build(state: RunState, name: str) -> BuildState:
    """A build by its key, its name, the last part of that, or a part of either that no other has; "" is the only one.

    Raises UsageError that lists them.
    """
    builds = list(state.builds.values())
    if not name and len(builds) == 1:
        return builds[0]
    if not name:
        raise UsageError(f"Run {state.run} has {len(builds)} builds; say which:\n{_listed(builds)}")
    for found in (
        [build for build in builds if build.key == name],
        [build for build in builds if build.name == name],
        [build for build in builds if build.name.rpartition(".")[2] == name],
        [build for build in builds if name in build.name or name in build.key],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f'"{name}" is the name of {len(found)} builds; say the key:\n{_listed(found)}')
    raise UsageError(f'Run {state.run} has no build "{name}". It has:\n{_listed(builds)}')


def _listed(builds: list[BuildState]) -> str:
    width = max((len(build.key) for build in builds), default=0)
    return "\n".join(f"  {build.key:{width}}   {build.name}" for build in builds)
