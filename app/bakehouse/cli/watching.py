"""The dashboard on a run, and what stands in the terminal after it has closed."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from bakehouse.cli.hangup import ends_with_terminal
from bakehouse.cli.telling import complain
from bakehouse.errors import Disconnected
from bakehouse.headless.closing import closing
from bakehouse.headless.paint import Paint
from bakehouse.record.fold import fold
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.session.client import Session

LEFT = 75
"""The viewer left while the run goes on, so that `bakehouse build && push` never pushes early."""


def first_viewer(socket: Path, directory: Path, *, leave: bool) -> int:
    """Watch a run that this process has launched; the exit code. leave: close when it ends. Raises SessionError."""

    async def first() -> int:
        try:
            session = await Session.connect(socket, client="dashboard")
        except Disconnected:  # it was over before there was a screen to show it on
            return sum_up(directory, launched=True)
        return await watch(session, launched=True, leave=leave)

    return asyncio.run(first())


async def watch(session: Session, *, launched: bool, leave: bool = False) -> int:
    """Show a run until its viewer leaves or it ends, then sum up; the exit code. Raises SessionError."""
    try:
        with ends_with_terminal(LEFT if launched else 0):
            await _show(session, launched=launched, leave=leave)
    finally:
        await session.close()
    return sum_up(session.directory, launched=launched, copied=session.is_copied)


def sum_up(path: Path, *, launched: bool, copied: bool = False) -> int:
    """Print what became of the run in directory `path`, and what to type next; the exit code. copied: somebody else's,
    so that the directory is about to go."""
    directory = RunDirectory.open(path)
    facts = read_events(directory.path)
    state = fold(facts)
    lost = state.exit_code is None and not directory.alive
    now = facts[-1].at if lost and facts else time.time_ns()
    for line in closing(state, directory.path, now, Paint.of(sys.stdout), lost=lost, copied=copied):
        print(line)
    if state.exit_code is not None:
        return state.exit_code
    if lost:
        return 1
    return LEFT if launched else 0


async def _show(session: Session, *, launched: bool, leave: bool) -> None:
    from bakehouse.dashboard.app import show

    if (await show(session, launched=launched, leave=leave)).how == "crashed":
        trace = session.directory / "dashboard.log"
        what = trace.read_text(encoding="utf-8") if session.is_copied else f"({trace})"
        complain(f"The dashboard crashed; the run goes on. Come back with: bakehouse attach {session.run}\n{what}")
