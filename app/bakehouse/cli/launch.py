"""Start an engine as a process of its own, then watch it in the dashboard as its first viewer (DESIGN 6)."""

from __future__ import annotations

import asyncio
import importlib
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

from bakehouse.cli import find, handshake
from bakehouse.cli.launcher import complain
from bakehouse.cli.order import Order
from bakehouse.headless.closing import closing
from bakehouse.headless.paint import Paint
from bakehouse.record.rundir import RunDirectory
from bakehouse.session.client import Session

LEFT = 75
"""The viewer left while the run goes on, so that `bakehouse build && push` never pushes early."""


def run(order: Order) -> int:
    """Launch, show, sum up; the exit code. Raises BakehouseError."""
    ready = launch(order)
    if ready is None:
        return 1
    if ready.warnings:
        complain(ready.warnings + "\n")
    return asyncio.run(_first_viewer(Path(ready.socket)))


def launch(order: Order) -> handshake.Ready | None:
    """Start the engine and wait until it serves; None if it would not, with the reason printed.

    While it starts, the dashboard's modules are imported: that takes about as long.
    """
    ours, its = socket.socketpair()
    with ours, tempfile.TemporaryFile() as errors:
        with its:
            engine = spawn(its, errors)
        try:
            handshake.send(ours, order)
            importlib.import_module("bakehouse.dashboard.app")
            answer = handshake.receive_answer(ours)
        except BaseException:
            engine.terminate()  # Ctrl-C before there is anything to see: no run either
            engine.wait()
            raise
        if isinstance(answer, handshake.Ready):
            engine.returncode = 0  # it outlives this process; nobody waits for it
            return answer
        engine.wait()
        errors.seek(0)
        told = errors.read().decode(errors="replace").strip()
    complain(answer.text if answer is not None else f"Error: The engine ended before it began.\n{told}")
    return None


def spawn(door: socket.socket, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    """An engine in a session of its own, without a terminal, with our directory and environment."""
    door.set_inheritable(True)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "bakehouse", "_engine", str(door.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=(door.fileno(),),
        start_new_session=True,
    )


async def _first_viewer(path: Path) -> int:
    return await watch(await Session.connect(path, client="dashboard"), launched=True)


async def watch(session: Session, *, launched: bool) -> int:
    """Show a run until its viewer leaves or it ends, then sum up; the exit code. Raises SessionError."""
    try:
        await _show(session, launched=launched)
    finally:
        await session.close()
    return sum_up(session, launched=launched)


def sum_up(session: Session, *, launched: bool) -> int:
    """Print what became of the run, and what to type next."""
    directory = RunDirectory.open(session.directory)
    state = find.state_of(directory)
    for line in closing(state, directory.path, time.time_ns(), Paint.of(sys.stdout)):
        print(line)
    if state.exit_code is not None:
        return state.exit_code
    if not directory.alive:
        complain(f"Error: The engine of run {session.run} is gone. Remove what it left with: bakehouse gc")
        return 1
    return LEFT if launched else 0


async def _show(session: Session, *, launched: bool) -> None:
    from bakehouse.dashboard.app import show

    if (await show(session, launched=launched)).how == "crashed":
        trace = session.directory / "dashboard.log"
        complain(f"The dashboard crashed; the run goes on. Come back with: bakehouse attach {session.run}\n({trace})")
