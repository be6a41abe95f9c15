"""The machine as it was, for one build: what can be had again, when it is saved, how it is restored (DESIGN 7)."""

from __future__ import annotations

from bakehouse.engine.course import Course
from bakehouse.engine.ports import Sink
from bakehouse.engine.step import Steps
from bakehouse.errors import StepError
from bakehouse.record.events import BuildRewound, CheckpointMade
from bakehouse.sdk import Builder, Checkpoint, Machine
from bakehouse.template.plan import StepPlan

START = 1
"""The id of the machine as it was when it was made."""


class Checkpoints:
    """The checkpoints of one build. Empty until its machine is made, and for builders that take none."""

    def __init__(self, course: Course, sink: Sink, steps: Steps, machine: Machine) -> None:
        self._course = course
        self._sink = sink
        self._steps = steps
        self._machine = machine
        self._builder: Builder | None = None
        self._saved: dict[int, tuple[str, Checkpoint | None]] = {}

    async def made(self, builder: Builder) -> None:
        """The machine is made; from here on it can be had again as it is now, at no cost."""
        self._builder, self._saved = builder, {}
        step = self._course.next()
        if step is not None and not builder.no_checkpoints():
            self._saved[START] = step.key, None
            self._sink.emit(CheckpointMade(START, step.key, "start"))

    async def before(self, step: StepPlan) -> None:
        """A step of the template is about to run: save the machine, if that is worth its cost."""

    def nearest(self, step: str) -> tuple[int, str] | None:
        """The newest checkpoint at or before a step: its id, and the step before which the machine is as saved."""
        order = [other.key for other in self._course.plan.steps]
        place = order.index(step) if step in order else -1
        found = [(order.index(key), id, key) for id, (key, _) in self._saved.items() if key in order]
        within = [entry for entry in found if entry[0] <= place]
        return max(within)[1:] if within else None

    async def roll_back(self, step: str, by: str) -> None:
        """Make the machine what it was at the nearest checkpoint at or before `step`; the course goes on from there.

        Raises StepError if there is none or the machine cannot be restored, Interrupted.
        """
        found = self.nearest(step)
        if found is None or self._builder is None:
            raise StepError("There is no checkpoint to roll back to.")
        id, key = found
        checkpoint = self._saved[id][1]
        with self._steps.aside("Roll back", "rollback") as context:
            self._machine.context = context
            if self._machine.communicator is not None:
                await self._machine.communicator.close()
                self._machine.communicator = None
            await self._builder.restore(self._machine, checkpoint)
        self._course.rewind(key)
        self._sink.emit(BuildRewound(key, id, list(checkpoint.lost) if checkpoint else [], by))
