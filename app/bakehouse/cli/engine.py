"""The engine as a process of its own; `bakehouse _engine FD`, started by `launch` alone."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import suppress
from pathlib import Path

from bakehouse.cli import conduct, handshake
from bakehouse.cli.left import left_by_earlier_runs
from bakehouse.errors import BakehouseError, UsageError


def main(arguments: list[str]) -> int:
    """Run what the other end of descriptor FD orders; the run's exit code."""
    if len(arguments) != 1 or not arguments[0].isdigit():
        raise UsageError("_engine is started by build, not by hand.")
    door = socket.socket(fileno=int(arguments[0]))
    try:
        order = handshake.receive_order(door)
        prepared = conduct.prepare(order)
    except BakehouseError as error:
        refuse(door, error)
        return 1
    own_log(prepared.directory.path)
    left = left_by_earlier_runs()
    said = [*([left] if left else []), *(warning.render() for warning in prepared.warnings)]
    warnings = "\n\n".join(said)

    def ready(path: Path) -> None:
        with suppress(OSError), door:  # the launching process may be gone: the run goes on
            handshake.send(door, handshake.Ready(str(path), str(prepared.directory.path), warnings))

    try:
        return asyncio.run(conduct.conduct(prepared, [], ready))
    except BakehouseError as error:
        conduct.discard(prepared)
        refuse(door, error)
        return 1
    finally:
        prepared.directory.close()


def refuse(door: socket.socket, error: BakehouseError) -> None:
    """Tell the launching process why there will be no run."""
    text = str(error)
    with suppress(OSError), door:
        handshake.send(door, handshake.NotReady(text if text.startswith(("Error", "Warning")) else f"Error: {text}"))


def own_log(directory: Path) -> None:
    """From now on standard error is the run's `engine.log`."""
    log = os.open(directory / "engine.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, 2)
    os.close(log)
