"""A machine that was kept: started again on its own files, for people who look into it once its run is over."""

from __future__ import annotations

import asyncio
import fcntl
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bakehouse.clients.isolation.connection import Connection
from bakehouse.clients.isolation.holder import RECORD
from bakehouse.clients.isolation.wire import Payload
from bakehouse.sdk import StepError
from bakehouse_builders.rootfs.communicator import RootfsCommunicator

_SPEC = "spec.json"
"""In the machine's directory: how it was started last."""


def note(directory: Path, spec: Payload, environment: Mapping[str, str], user: str) -> None:
    """Write down how a machine is started and reached. Raises OSError."""
    (directory / _SPEC).write_text(json.dumps({"spec": spec, "environment": dict(environment), "user": user}))


@asynccontextmanager
async def reopened(directory: Path) -> AsyncIterator[RootfsCommunicator]:
    """Start it again; at the end its processes end, and its files stay. Raises StepError, Unavailable."""
    try:
        noted = await asyncio.to_thread(_prepare, directory)
    except BlockingIOError:
        raise StepError("Somebody is in this machine already.") from None
    except (OSError, ValueError) as error:
        raise StepError(f"The machine in {directory} cannot be started again: {error}") from error
    connection = await Connection.start(noted["spec"])
    try:
        where = noted["spec"]["working_directory"]
        yield RootfsCommunicator(connection, environment=noted["environment"], directory=where, user=noted["user"])
    finally:
        await connection.close()


def _prepare(directory: Path) -> Payload:
    with (directory / RECORD).open("rb") as record:
        fcntl.flock(record, fcntl.LOCK_EX | fcntl.LOCK_NB)
    noted: Payload = json.loads((directory / _SPEC).read_bytes())
    if noted["spec"]["overlay"]:
        _renew_work(directory)
    return noted


def _renew_work(directory: Path) -> None:
    """A volatile overlay is refused a second time, by a mark in its work directory: its changes might not have reached
    the disk when the host went down. Here people want to see what there is."""
    (directory / "work").rename(directory / f"work-{time.time_ns()}")
    (directory / "work").mkdir()
