"""Taking checkpoints out of the cache: those too old, and the longest unused beyond a size; never one that is held."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator

from bakehouse import registry
from bakehouse.engine.cache.shelf import Entry, Listed, Shelf
from bakehouse.errors import BakehouseError
from bakehouse.record.events import NANOSECONDS
from bakehouse.sdk import Resource

LOGGER = logging.getLogger(__name__)
LARGEST = 20_000_000_000
"""Bytes that the cache may take."""
OLDEST = 14 * 24 * 3600.0
"""Seconds that an entry is kept unused."""


async def prune(shelf: Shelf, *, largest: int = LARGEST, oldest: float = OLDEST) -> list[tuple[Entry, str]]:
    """Remove what is beyond the limits; what was removed, with why it was not ("" if it was)."""
    done = []
    for listed in list(_beyond(shelf.entries(), largest, oldest)):
        error = await take(shelf, listed.entry)
        if error is not None:
            done.append((listed.entry, error))
    return done


async def take(shelf: Shelf, entry: Entry) -> str | None:
    """Remove one: "" if it is gone, a sentence if it cannot be removed, None if a build holds it."""
    try:
        with shelf.taking(entry.id) as free:
            if not free:
                return None
            await remove(entry)
    except Exception as error:
        if not isinstance(error, BakehouseError):
            LOGGER.exception("Removing the checkpoint %s failed", entry.name)
        return str(error)
    return ""


async def remove(entry: Entry) -> None:
    """Take away the checkpoint itself. Raises BakehouseError."""
    owner = f"builder:{entry.builder}"
    await registry.remover(owner)(Resource(owner, "checkpoint", entry.name, run=entry.run, id=entry.ref))


def _beyond(entries: list[Listed], largest: int, oldest: float) -> Iterator[Listed]:
    """Those used last are kept; what is held counts, and stays."""
    total, deadline = 0, time.time_ns() - int(oldest * NANOSECONDS)
    for listed in entries:
        total += listed.entry.size
        if not listed.busy and (total > largest or listed.used < deadline):
            total -= listed.entry.size
            yield listed
