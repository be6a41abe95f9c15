"""The events of a run for who prints them: past a socket that is gone for a while, and with a word on an engine that
does not answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from bakehouse.errors import Disconnected, SessionError, Silent, first_of
from bakehouse.headless.output import View, follow
from bakehouse.record.events import Event
from bakehouse.record.rundir import RunDirectory
from bakehouse.session.client import Session

PATIENCE = 15.0
"""Seconds without a socket after which it is given up; a server puts one that was taken away back in five."""
AGAIN = 0.2
"""Seconds between two tries."""
LOOK = 5.0
"""Seconds between two looks at whether the engine answers."""
STOPPED = "The engine does not answer: it may be stopped. Waiting for it."


async def listen(session: Session, view: View, tell: Callable[[str], None]) -> None:
    """Show a run to its end. tell: says on the side that the engine does not answer, or does again.

    Raises SessionError if the engine is gone or cannot be reached, OSError if nothing can be shown.
    """
    try:
        async with asyncio.TaskGroup() as group:
            guard = group.create_task(_guard(session, tell))
            async with aclosing(_batches(session)) as batches:
                await follow(view, batches)
            guard.cancel()
    except ExceptionGroup as group:
        raise first_of(group) from group
    not_lost(RunDirectory(session.directory), ours=not session.is_copied)


def not_lost(directory: RunDirectory, *, ours: bool = True) -> None:
    """Raises SessionError for a run that has neither an end nor an engine. ours: not somebody else's."""
    if directory.status == "lost":
        left = " What it left stands in its ledger; remove it with: bakehouse gc" if ours else ""
        raise SessionError(f"Run {directory.run} is lost: its engine went away without a word.{left}")


async def _batches(session: Session) -> AsyncGenerator[list[Event], None]:
    """As `Session.events`, and on with those after a socket that is back. Raises Disconnected."""
    last, heard = 0, time.monotonic()
    while True:
        try:
            async with aclosing(session.events(after=last)) as batches:
                async for batch in batches:
                    last, heard = max(last, *(fact.seq for fact in batch)), time.monotonic()
                    yield batch
            return
        except Silent:
            pass  # which the guard says
        except Disconnected:
            if time.monotonic() - heard > PATIENCE:
                raise
        await asyncio.sleep(AGAIN)


async def _guard(session: Session, tell: Callable[[str], None]) -> None:
    silent = False
    while True:
        await asyncio.sleep(LOOK)
        if silent == await session.answers():
            silent = not silent
            tell(STOPPED if silent else "The engine answers again.")
