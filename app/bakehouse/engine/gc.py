"""Taking away what runs that are no more have left behind: `bakehouse gc` (DESIGN 5).

It goes by the ledgers alone: never a run that is alive, never another installation's, and nothing that somebody chose
to keep unless asked. What is removed is struck out, so that a second time there is nothing to do.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from bakehouse import registry
from bakehouse.engine.cache.shelf import Shelf
from bakehouse.engine.removal import CHECKPOINT
from bakehouse.errors import BakehouseError, RecordError
from bakehouse.record.ledger import Key, Ledger, key, standing
from bakehouse.record.rundir import RunDirectory, installation
from bakehouse.sdk import Resource
from bakehouse.session.address import remove_stale, socket_path

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that a run which is over has left. status: of that run, "lost" or "finished".

    passed_on: a later run has claimed the same, so that it is that one's by now: nothing to tell of.
    """

    run: RunDirectory
    status: str
    resource: Resource
    passed_on: bool = False

    def __str__(self) -> str:
        kept = ", kept" if self.resource.kept else ""
        return f"{self.resource.kind} {self.resource.name} (run {self.run.run}, {self.status}{kept})"


@dataclass(frozen=True, slots=True)
class Removal:
    """What became of one. error: "" if it is gone."""

    leftover: Leftover
    error: str = ""


def leftovers(*, kept: bool = False) -> list[Leftover]:
    """What runs of this installation that are over have left, the newest claims of the oldest run first.

    kept: also what somebody chose to keep. Raises RecordError if the runs cannot be listed.
    """
    runs = RunDirectory.list()
    claimed, found = _claimed_by_the_living(), []
    for leftover in [leftover for run in runs for leftover in reversed(list(_left_by(run, kept)))]:
        mine = key(leftover.resource)
        found.append(replace(leftover, passed_on=mine in claimed))
        claimed.add(mine)
    return found[::-1]


async def collect(found: list[Leftover]) -> list[Removal]:
    """Remove them; a failure is told and ends nothing."""
    return [Removal(leftover, await _remove(leftover)) for leftover in found]


def sweep() -> None:
    """Take away what a run has for itself while it lives, and a killed one left: its socket, its reserve of disk."""
    RunDirectory.sweep()
    for run in RunDirectory.list():
        with suppress(RecordError):
            if not run.alive:
                remove_stale(Path(run.info.socket) if run.info.socket else socket_path(run.run))
                run.free_reserve()


def _claimed_by_the_living() -> set[Key]:
    found = set[Key]()
    for run in RunDirectory.list():
        with suppress(RecordError):
            found.update(map(key, standing(run.ledger)) if run.alive else ())
    return found


def _left_by(run: RunDirectory, kept: bool) -> Iterator[Leftover]:
    with suppress(RecordError):
        if run.alive or run.info.installation != installation():
            return
        status = run.status
        for resource in reversed(standing(run.ledger)):
            if kept or not resource.kept:
                yield Leftover(run, status, resource)


def _is_cached(resource: Resource) -> bool:
    """A run that was killed had just given it to the cache: only its own ledger does not know yet."""
    return resource.kind == CHECKPOINT and Shelf().knows(resource.owner.partition(":")[2], resource.name)


async def _remove(leftover: Leftover) -> str:
    resource, run = leftover.resource, leftover.run
    if run.alive:  # since it was listed
        return "its run is alive"
    try:
        theirs = leftover.passed_on and key(resource) in _claimed_by_the_living()
        if not theirs and not await asyncio.to_thread(_is_cached, resource):
            await registry.remover(resource.owner)(resource)
        ledger = Ledger(run.ledger)
        try:
            ledger.strike(resource)
        finally:
            ledger.close()
    except (BakehouseError, OSError) as error:
        return str(error)
    except Exception as error:
        LOGGER.exception("Removing %s %s failed", resource.kind, resource.name)
        return f"{type(error).__name__}: {error}"
    return ""
