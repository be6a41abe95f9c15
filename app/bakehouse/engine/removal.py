"""What a build claimed, and taking it away: newest first, each failure recorded by itself (DESIGN 4).

Undo is no closure but `remove` by name, so that a retry, a roll back, a crash and `bakehouse gc` all do the same.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from bakehouse import registry
from bakehouse.engine.control import Control
from bakehouse.engine.ports import Sink
from bakehouse.errors import BakehouseError
from bakehouse.record.events import RemovalFailed, SpanFinished, SpanStarted
from bakehouse.record.ledger import Key, key
from bakehouse.record.log import SAY, WARN
from bakehouse.sdk import Resource

LOGGER = logging.getLogger(__name__)
CHECKPOINT = "checkpoint"
"""The kind of a resource that holds a machine as it was (`bakehouse.sdk.Builder.checkpoint`)."""
PROCESS = "process"
"""The owner of a local child (`bakehouse.clients.process`)."""


class Claims:
    """The resources of one build that stand now, in the order in which they were claimed."""

    def __init__(self, sink: Sink, control: Control) -> None:
        self._sink = sink
        self._control = control
        self._standing: dict[Key, Resource] = {}
        self._left: set[Key] = set()

    async def claim(self, resource: Resource) -> None:
        """Write it into the ledger, once there is room; it may be made once this returns. Raises StepError.

        One that takes the place of another of its name is the same step's as that was.
        """
        await self._sink.room()
        before = self._standing.get(key(resource))
        if before is not None and not resource.step:
            resource.step = before.step
        self._standing[key(resource)] = resource
        await self._sink.note(resource)

    async def note(self, resource: Resource) -> None:
        """Write down what has changed about it."""
        await self._sink.note(resource)

    async def strike(self, resource: Resource) -> None:
        """It is gone, or is the artifact now."""
        self._standing.pop(key(resource), None)
        await self._sink.strike(resource)

    def __bool__(self) -> bool:
        return bool(self._standing)

    async def keep(self) -> None:
        """Somebody wants the machine left as it is: `gc` passes it by unless asked. Local children end all the same."""
        children = [resource for resource in self._standing.values() if resource.owner == PROCESS]
        await self._remove(children, "cleanup", "End what runs here", "")
        for resource in self._standing.values():
            resource.kept = True
            await self._sink.note(resource)

    async def undo(self, step: str) -> None:
        """Take away what earlier attempts of a step claimed. Raises StepError if any of it stays."""
        mine = [resource for resource in self._standing.values() if resource.step == step]
        failures = await self._remove(mine, "undo", "Remove what the last attempt left", step)
        if failures:
            raise failures[0]

    async def withdraw(self, steps: Collection[str]) -> None:
        """Take away what attempts of these steps claimed: they are to be as if they had never run."""
        mine = [resource for resource in self._standing.values() if resource.step in steps]
        await self._remove(mine, "undo", "Remove what is rolled back", "")

    async def remove(self, resources: Sequence[Resource]) -> None:
        """Take these away. Never raises, as `remove_all`."""
        await self._remove(list(resources), "cleanup", "Remove checkpoints", "")

    async def remove_all(self) -> None:
        """Take everything away. Never raises: what stays is in the ledger, and recorded, and not tried again.

        Checkpoints come last: a machine may stand on one.
        """
        mine = [resource for place, resource in self._standing.items() if place not in self._left]
        mine.sort(key=lambda resource: resource.kind != CHECKPOINT)
        await self._remove(mine, "cleanup", "Clean up", "")

    async def _remove(self, resources: list[Resource], type: str, title: str, step: str) -> list[BakehouseError]:
        resources = [resource for resource in resources if not resource.kept]
        if not resources:
            return []
        span = self._sink.begin(SpanStarted(type, title, step=step))
        failures = []
        for resource in reversed(resources):
            error = await self._take_away(resource, span)
            if error is not None:
                failures.append(error)
        outcome = "failed" if failures else "ok"
        self._sink.emit(SpanFinished(outcome, str(failures[0]) if failures else ""), span)
        return failures

    async def _take_away(self, resource: Resource, span: int) -> BakehouseError | None:
        words = f"{resource.kind} {resource.name}"
        try:
            if self._control.forced:
                raise BakehouseError("left alone, as the run was stopped by force")
            self._say(span, SAY, f"Removing {words}")
            with self._control.removal():
                await registry.remover(resource.owner)(resource)
            await self.strike(resource)
        except Exception as error:
            if not isinstance(error, BakehouseError):
                LOGGER.exception("Removing %s failed", words)
            failure = error if isinstance(error, BakehouseError) else BakehouseError(f"{type(error).__name__}: {error}")
            self._say(span, WARN, f"{words} was not removed: {failure}")
            self._left.add(key(resource))
            self._sink.emit(RemovalFailed(resource.owner, resource.kind, resource.name, str(failure)), span)
            return failure
        return None

    def _say(self, span: int, stream: int, text: str) -> None:
        self._sink.output(span, stream, text.encode() + b"\n")
