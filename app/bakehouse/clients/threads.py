"""Blocking work beside the event loop, which ends when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from bakehouse.clients.oci import Check, stopper

Result = TypeVar("Result")


async def in_thread(work: Callable[[Check], Result]) -> Result:
    """Run blocking work; a cancellation tells it to stop and waits until it has."""
    check, stop = stopper()
    task = asyncio.get_running_loop().run_in_executor(None, work, check)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop()
        await asyncio.wait({task})
        task.exception()
        raise
