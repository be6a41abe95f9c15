"""Run a cook's run while a person acts on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from support.kitchen import Cook


async def play(cook: Cook, told: Callable[[Cook], Awaitable[None]]) -> int:
    """Its exit code."""
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        main = group.create_task(cook.main())
        await told(cook)
    return main.result()
