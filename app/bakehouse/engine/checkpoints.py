"""The machine as it was, for one build: what can be had again, when it is saved, how it is restored (DESIGN 7)."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from bakehouse.engine.cache.shelf import Entry
from bakehouse.engine.control import Interrupted
from bakehouse.engine.course import Course
from bakehouse.engine.options import Saving
from bakehouse.engine.ports import Sink
from bakehouse.engine.provenance import Provenance
from bakehouse.engine.removal import Claims
from bakehouse.engine.step import Steps
from bakehouse.errors import StepError
from bakehouse.record.events import BuildRewound, CheckpointGone, CheckpointMade, NoCheckpoints
from bakehouse.record.fitting import at_or_before, moved
from bakehouse.sdk import Builder, Checkpoint, Machine, Resource
from bakehouse.template.plan import BuildPlan, StepPlan

LOGGER = logging.getLogger(__name__)
START = 1
"""The id of the machine as it was when it was made."""
WORTH = 5.0
"""A checkpoint is taken once the work since the last one is so many times its cost."""
PATIENCE = 2.0
"""Seconds that one may cost where a person waits for it."""
FIRST_COST = 0.3
"""Seconds that the first one is taken to cost; every later one what the last did."""


@dataclass(slots=True)
class Saved:
    """The machine as it was before the step `step`. checkpoint: None for the start. resource: what the build claimed
    for it; None for the start, and for what belongs to the cache."""

    id: int
    step: str
    checkpoint: Checkpoint | None = None
    resource: Resource | None = None


class Checkpoints:
    """The checkpoints of one build. Empty until its machine is made, and for builders that take none."""

    def __init__(
        self,
        course: Course,
        sink: Sink,
        steps: Steps,
        claims: Claims,
        machine: Machine,
        saving: Saving,
        provenance: Provenance,
    ) -> None:
        self._course = course
        self._sink = sink
        self._steps = steps
        self._claims = claims
        self._machine = machine
        self._saving = saving
        self._provenance = provenance
        self._builder: Builder | None = None
        self._saved: dict[int, Saved] = {}
        self._next_id = START
        self._clean = False
        self._forgotten: tuple[str, ...] = ()
        self._work = 0.0
        self._cost = FIRST_COST

    async def made(self, builder: Builder) -> None:
        """The machine is made; from here on it can be had again as it is now, at no cost."""
        self._builder, self._clean, self._work = builder, True, 0.0
        step = self._course.next()
        if why := builder.no_checkpoints():
            self._sink.emit(NoCheckpoints(why))
        elif step is not None:
            self._forgotten = builder.forgets(self._machine)
            self._put(Saved(self._number(), step.key), "start")

    def revised(self, before: BuildPlan) -> None:
        """Another plan than `before` is in force. Each stands before the step that follows now on what it has behind
        it; one that has a step behind it which is there no more, or another in between, is gone."""
        old, new = ([step.key for step in plan.steps] for plan in (before, self._course.plan))
        for saved in list(self._saved.values()):
            step = moved(saved.step, old, new)
            if not step:
                del self._saved[saved.id]  # its resource goes with the machine
                self._sink.emit(CheckpointGone(saved.id))
            elif step != saved.step:
                saved.step = step
                self._put(saved, "start" if saved.checkpoint is None else "taken" if saved.resource else "cache")

    def worked(self, seconds: float) -> None:
        """A step has worked on the machine for so long."""
        self._work += seconds

    def left(self) -> None:
        """The step is behind, so the machine is as the next one is to find it."""
        self._clean = True

    async def before(self, step: StepPlan, *, watched: bool = False) -> None:
        """A step of the template is about to run: save the machine, if that is worth its cost; if a person waits for
        this step (`watched`), also where it is not, as long as it takes no patience. Raises Interrupted.

        Not before a second attempt: the machine bears the marks of the first.
        """
        await self._save(step, watched=watched)
        self._clean = False

    async def at_pause(self, step: StepPlan) -> None:
        """The build is about to pause before a step: a person may roll back to here once it has failed."""
        await self._save(step, watched=True)

    async def _save(self, step: StepPlan, *, watched: bool) -> None:
        if self._builder is None or not self._saved or not self._clean or self._saving == "off":
            return
        at_once = self._saving == "each" or (watched and self._cost <= PATIENCE)
        if self._work <= (0.0 if at_once else WORTH * self._cost):
            return
        if (entry := await self._provenance.there()) is not None:
            self._adopt(step, entry)
        else:
            await self._take(self._builder, step)

    def compared(self, step: str) -> tuple[int, str] | None:
        """As `nearest`, to compare the machine with: of a step that has not run yet, one that is earlier, if it can
        be."""
        earlier = self._clean and self._nearest(step, 1)
        return earlier or self.nearest(step)

    def nearest(self, step: str) -> tuple[int, str] | None:
        """The newest checkpoint at or before a step: its id, and the step before which the machine is as saved."""
        return self._nearest(step, 0)

    def _nearest(self, step: str, back: int) -> tuple[int, str] | None:
        order = [other.key for other in self._course.plan.steps]
        last = order.index(step) - back if step in order else -1
        found = at_or_before({saved.id: saved.step for saved in self._saved.values()}, order, last)
        return (found[0], self._saved[found[0]].step) if found else None

    def saved(self, id: int) -> Checkpoint | None:
        """One of those that there are; None for the start."""
        return self._saved[id].checkpoint

    def require(self, step: str) -> int:
        """The id of the nearest checkpoint at or before a step. Raises StepError if there is none."""
        found = self.nearest(step)
        if found is not None:
            return found[0]
        if self._builder is None:
            raise StepError("There is no machine to roll back.")
        raise StepError(self._builder.no_checkpoints() or "There is no checkpoint to roll back to.")

    async def roll_back(self, step: str, by: str) -> str:
        """Make the machine what it was at the nearest checkpoint at or before `step`; the course goes on from there.

        Returns the key of the step that is next.

        The communicator has been closed. What the steps in between claimed is removed, and their checkpoints are
        gone. Raises StepError if there is none or the machine cannot be restored (it may be tried again), Interrupted.
        """
        saved, builder = self._saved[self.require(step)], self._builder
        assert builder is not None
        order = [other.key for other in self._course.plan.steps]
        rewound = set(order[order.index(saved.step) :])
        await self._claims.withdraw(rewound)
        with self._steps.aside("Roll back", "rollback", saved.step) as context:
            context.step = ""  # what takes another's place is no attempt's, to be undone with it
            self._machine.context = context
            await builder.restore(self._machine, saved.checkpoint)
        self._course.rewind(saved.step)
        self._clean, self._work = True, 0.0
        await self._drop([late for late in self._saved.values() if late.step in rewound and late.id > saved.id])
        lost = list(saved.checkpoint.lost if saved.checkpoint else self._forgotten)
        self._sink.emit(BuildRewound(saved.step, saved.id, lost, by))
        return saved.step

    async def start_from(self, step: StepPlan, entry: Entry) -> None:
        """Make the machine what an earlier run saved of one before `step`. The communicator has been closed.

        Raises StepError; the machine is as it was when it was made then. Interrupted.
        """
        builder, checkpoint = self._builder, Checkpoint(entry.ref, entry.size, tuple(entry.lost))
        assert builder is not None
        with self._steps.aside(f"Start from the checkpoint before {step.number} {step.title}", "checkpoint") as context:
            self._machine.context = context
            started = time.monotonic()
            try:
                await builder.restore(self._machine, checkpoint)
            except StepError:
                await builder.restore(self._machine, None)
                raise
        self._adopt(step, entry, time.monotonic() - started)

    def gone(self) -> None:
        """The machine is gone, and what it was with it."""
        for id in self._saved:
            self._sink.emit(CheckpointGone(id))
        self._saved = {}

    def _adopt(self, step: StepPlan, entry: Entry, seconds: float = 0.0) -> None:
        """The machine before a step is as the cache has it."""
        self._work = 0.0
        saved = Saved(self._number(), step.key, Checkpoint(entry.ref, entry.size, tuple(entry.lost)))
        self._put(saved, "cache", seconds)

    def _number(self) -> int:
        number, self._next_id = self._next_id, self._next_id + 1
        return number

    def _put(self, saved: Saved, origin: str, seconds: float = 0.0, why_not: str = "") -> None:
        self._saved[saved.id] = saved
        checkpoint = saved.checkpoint or Checkpoint("", lost=self._forgotten)
        cost, lost = round(seconds, 3), list(checkpoint.lost)
        self._sink.emit(CheckpointMade(saved.id, saved.step, origin, checkpoint.size, cost, lost, why_not))

    async def _take(self, builder: Builder, step: StepPlan) -> None:
        """Save the machine. A failure is told and is no more than that."""
        id, started = self._number(), time.monotonic()
        name = f"{self._machine.name}-checkpoint-{id}-step-{step.number}"
        build = self._steps.build
        resource = Resource(f"builder:{build.builder_type}", "checkpoint", name, build.run_id, build.key)
        checkpoint = None
        with self._steps.aside(f"Checkpoint before {step.number} {step.title}", "checkpoint", step.key) as context:
            context.step = ""
            self._machine.context = context
            try:
                await self._claims.claim(resource)
                checkpoint = await builder.checkpoint(self._machine, name)
            except Interrupted:
                raise
            except Exception as error:
                if not isinstance(error, StepError):
                    LOGGER.exception("The checkpoint %s failed unexpectedly", name)
                context.warn(f"No checkpoint before this step: {error} The build goes on without it.")
        seconds = time.monotonic() - started
        self._work, self._cost = 0.0, max(seconds, 0.001)
        if checkpoint is None:
            await self._claims.remove([resource])
            return
        kept, why_not = await self._provenance.keep(name, step, checkpoint)
        if kept:
            await self._claims.strike(resource)
        self._put(Saved(id, step.key, checkpoint, None if kept else resource), "taken", seconds, why_not)

    async def _drop(self, late: list[Saved]) -> None:
        """They belong to what has been undone."""
        for saved in late:
            del self._saved[saved.id]
            self._sink.emit(CheckpointGone(saved.id))
        await self._claims.remove([saved.resource for saved in late if saved.resource is not None])
