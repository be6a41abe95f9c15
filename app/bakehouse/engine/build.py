"""One build, from its slot to its end. It gets a plan, files, settings, a sink, decisions and slots, and nothing else,
so that it may as well run in a process of its own (DESIGN 4)."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from bakehouse.engine import components
from bakehouse.engine.context import StepContext
from bakehouse.engine.control import Interrupted
from bakehouse.engine.environments import Environments
from bakehouse.engine.making import Making
from bakehouse.engine.parts import Parts
from bakehouse.engine.ports import Commands, Outcome, Settings, Sink, Slots
from bakehouse.engine.postprocess import PostProcessing
from bakehouse.errors import BakehouseError
from bakehouse.record.events import BuildFinished
from bakehouse.sdk import Artifact
from bakehouse.template.plan import BuildPlan, FileRecord

LOGGER = logging.getLogger(__name__)


class BuildRunner:
    """Runs one build to its end."""

    def __init__(
        self,
        plan: BuildPlan,
        files: Mapping[str, FileRecord],
        settings: Settings,
        sink: Sink,
        commands: Commands,
        slots: Slots,
        environments: Environments | None = None,
    ) -> None:
        self._parts = parts = Parts(plan, files, settings, sink, commands, slots)
        self._making = Making(parts, environments or Environments())
        self._slots = slots
        self._settings = settings
        self._sink = sink
        self._course = parts.course
        self._control = parts.control
        self._claims = parts.claims
        self._steps = parts.steps
        self._machine = parts.machine
        self._breakpoints = parts.breakpoints

    async def run(self) -> Outcome:
        """Everything, to the last event. Raises nothing but the cancellation of its own task."""
        async with self._parts.heeding():
            outcome = await self._run()
        self._sink.emit(BuildFinished(outcome.ending, outcome.error, outcome.kept))
        return outcome

    async def _run(self) -> Outcome:
        try:
            with self._control.scope():
                await self._slots.enter()
        except Interrupted as stop:
            return self._outcome([stop], kept=False)
        try:
            return await self._work()
        finally:
            self._slots.leave()

    async def _work(self) -> Outcome:
        errors: list[Exception] = []
        kept = False
        try:
            artifact = await self._making.make()
            await self._parts.leave_machine()
            errors += await self._post_process(artifact)
            await self._steps.room()
        except Exception as error:
            if not isinstance(error, BakehouseError | Interrupted):
                LOGGER.exception("Build %s failed unexpectedly", self._course.plan.key)
            errors.append(error)
            kept = await self._give_up(error)
        if not kept:
            await self._claims.remove_all()
        return self._outcome(errors, kept)

    async def _post_process(self, artifact: Artifact | None) -> list[Exception]:
        values = components.build_values(self._settings, self._machine)
        processing = PostProcessing(self._course, self._sink, self._steps, self._breakpoints, values)
        if artifact is None:
            processing.skip_all("there is no artifact")
        else:
            await processing.run(artifact)
        return list(processing.errors)

    async def _give_up(self, error: Exception) -> bool:
        """After an error: what `-on-error` says. Returns whether the machine is kept."""
        mode, decision = self._settings.options.on_error, error.decision if isinstance(error, Interrupted) else None
        failed = decision is None or self._breakpoints.failure is not None or decision.fault
        keep = decision.keep if decision is not None else mode in ("abort", "run-cleanup-provisioner")
        if self._making.reached:
            try:
                await self._making.after_provisioning(error)
            except Exception:
                LOGGER.exception("The builder of %s failed after its provisioning had failed", self._course.plan.key)
            if failed and not (keep and mode != "run-cleanup-provisioner"):
                await self._clean_inside()
        if keep and self._claims:
            await self._parts.let_go()
            await self._claims.keep()
            return True
        await self._parts.leave_machine()
        return False

    async def _clean_inside(self) -> None:
        """The error-cleanup-provisioner."""
        step = self._course.plan.cleanup
        if step is None or self._machine.communicator is None:
            return

        async def work(context: StepContext) -> None:
            self._machine.context = context
            await self._making.provision(step)

        await self._steps.run(step, work, type="cleanup")

    def _outcome(self, errors: list[Exception], kept: bool) -> Outcome:
        """Who is told to end after a failure has failed; who is told to end otherwise was cancelled."""
        tainted = self._breakpoints.tainted
        if not errors:
            return Outcome("succeeded", tainted=tainted)
        first, failure = errors[0], self._breakpoints.failure
        if not isinstance(first, Interrupted):
            return Outcome("failed", "\n".join(map(str, errors)), kept, tainted)
        texts = [str(failure) if failure else "", first.decision.reason]
        failed = first.decision.fault or failure is not None
        return Outcome("failed" if failed else "cancelled", "\n".join(filter(None, texts)), kept, tainted)
