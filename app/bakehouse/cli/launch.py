"""Start an engine as a process of its own, then watch it in the dashboard as its first viewer (DESIGN 6)."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from bakehouse.cli import handshake
from bakehouse.cli.order import Order
from bakehouse.cli.telling import complain


def run(order: Order, *, leave: bool) -> int:
    """Launch, show, sum up; the exit code. leave: close when the run ends. Raises BakehouseError."""
    ready = launch(order)
    if ready is None:
        return 1
    if ready.warnings:
        complain(ready.warnings + "\n")
    from bakehouse.cli import watching

    return watching.first_viewer(Path(ready.socket), Path(ready.directory), leave=leave)


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
            importlib.import_module("bakehouse.cli.watching")
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
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "bakehouse", "_engine", str(door.fileno())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        pass_fds=(door.fileno(),),
        start_new_session=True,
    )
