"""The making of one build: the steps of its course one by one, back where a person rolls back, to what they leave."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Literal

from bakehouse import registry
from bakehouse.engine import components
from bakehouse.engine.breakpoints import Verdict
from bakehouse.engine.cache.shelf import Held
from bakehouse.engine.context import StepContext
from bakehouse.engine.environments import Environments
from bakehouse.engine.parts import Parts
from bakehouse.errors import BakehouseError, StepError
from bakehouse.record.events import BuildStarted
from bakehouse.record.log import WARN
from bakehouse.sdk import Artifact, Step
from bakehouse.template.plan import StepPlan


class Making:
    """Makes the machine of one build and what it leaves. reached: there is a machine that can be worked on."""

    def __init__(self, parts: Parts, environments: Environments) -> None:
        self.reached = False
        self._parts = parts
        self._environments = environments
        self._settings = parts.settings
        self._sink = parts.sink
        self._course = parts.course
        self._control = parts.control
        self._steps = parts.steps
        self._machine = parts.machine
        self._breakpoints = parts.breakpoints
        self._provenance = parts.provenance
        self._reuse = parts.reuse
        self._checkpoints = parts.checkpoints
        self._failed = False
        self._provisioned = False
        parts.breakpoints.ahead = self._ahead

    async def make(self) -> Artifact | None:
        """The machine, what is done to it, and what it leaves."""
        builder = self._parts.take_builder()
        with self._control.scope():
            facts = await self._environments.probe(builder)
        self._sink.emit(BuildStarted(facts))
        while (step := self._course.next()) is not None:
            self._steps.check()
            if step.kind != "machine":
                await self._reach()
                if not await self._needs_run(step):
                    continue
            verdict = await self._breakpoints.before(step)
            if verdict.kind == "again":
                continue
            if verdict.kind == "done":
                if step.kind == "artifact":  # it freezes the machine or stops it: nobody works in there any more
                    await self._parts.close_shells()
                    await self.after_provisioning(None)
                verdict = await self._step(step)
            await self._follow(step, verdict)
        await self._reach()
        await self.after_provisioning(None)
        self._steps.check()
        with self._steps.aside("Collect the artifact") as context:
            self._machine.context = context
            assert self._parts.builder is not None  # another than before, if a step had to start over
            artifact = await self._parts.builder.artifact(self._machine)
        if artifact is None or not self._settings.options.cache:
            return artifact
        return replace(artifact, metadata={**artifact.metadata, "from_cache": bool(self._reuse.hits)})

    async def _reach(self) -> None:
        """The machine is made: what works on it may begin."""
        if not self.reached and self._parts.builder is not None:
            await self._checkpoints.made(self._parts.builder)
            await self._provenance.made(self._parts.builder)
        self.reached = True

    async def _needs_run(self, step: StepPlan) -> bool:
        """Whether no earlier run's work stands for a step; if so the machine is as it is to find it."""
        choice, held = await self._reuse.choose(step)
        if choice == "hit":
            self._course.leave(step)
        elif held is not None:
            choice = choice if await self._start_from(held) else "again"
        return choice == "run"

    async def _start_from(self, held: Held) -> bool:
        """Restore the machine that an earlier run saved; whether that went well. If not, every step is run."""
        step = self._course.next()
        assert step is not None
        await self._parts.let_go()
        try:
            await self._checkpoints.start_from(step, held.entry)
        except StepError as error:
            self._reuse.failed()
            text = f"The checkpoint before {step.title} cannot be restored: {error} Every step is run."
            self._sink.output(0, WARN, text.encode() + b"\n")
            return False
        return True

    async def _step(self, step: StepPlan) -> Verdict:
        """One attempt, retries by the template included, and what is to follow."""
        on_host = step.kind == "provisioner" and registry.load("provisioner", step.type).on_host
        if self._may_save(step):
            await self._checkpoints.before(step, watched=self._breakpoints.stepping)
        await self._provenance.begins(step)
        notes: list[str | None] = [None]

        async def work(context: StepContext) -> None:
            self._machine.context = context
            if step.kind == "provisioner":
                notes.append(await self.provision(step))
            else:
                await self._builder_step(step).run(self._machine)

        started = time.monotonic()
        attempt = await self._steps.run(step, work)
        if not on_host:
            self._checkpoints.worked(time.monotonic() - started)
        self._provenance.ended(ok=attempt.error is None)
        self._failed = attempt.error is not None
        return await self._breakpoints.settle(step, attempt, notes[-1])

    def _may_save(self, step: StepPlan) -> bool:
        """Whether the machine may be saved before a step."""
        return step.kind == "provisioner" or (step.kind == "artifact" and self._settings.options.cache)

    async def _ahead(self, step: StepPlan, place: Literal["before", "after"]) -> None:
        """The build is about to pause."""
        held = await self._reuse.pausing()
        if held is not None:
            await self._start_from(held)
        if place == "before" and self._may_save(step):
            await self._checkpoints.at_pause(step)

    async def _follow(self, step: StepPlan, verdict: Verdict) -> None:
        """Take the course on, or back."""
        while verdict.kind == "rewind":
            try:
                await self._rewind(verdict.to or step.key, verdict)
                break
            except BakehouseError as error:  # nothing is lost yet: the build waits again, with this error
                verdict = await self._breakpoints.stuck(step, error)
        if verdict.kind in ("done", "skipped"):
            self._course.leave(step)
            self._checkpoints.left()
            self._provenance.done(step, failed=self._failed)
        elif verdict.kind == "again" and step.retry == "from-machine":
            await self._start_over()

    async def _rewind(self, to: str, verdict: Verdict) -> None:
        """Roll back, and wait there if that was asked for."""
        self._checkpoints.require(to)
        await self._parts.let_go("The machine is rolled back, so this shell has ended.")
        self._reuse.rewound(await self._checkpoints.roll_back(to, verdict.by))
        self._provisioned = False
        if verdict.stay:
            self._breakpoints.stop_next("rollback")

    async def _start_over(self) -> None:
        """Only a new machine can: the old one goes, and every step is taken again."""
        await self._parts.leave_machine()
        self._course.restart()
        self._machine.facts.clear()
        self._parts.take_builder()
        self.reached = self._provisioned = False

    async def provision(self, step: StepPlan) -> str | None:
        """Run a provisioner; the note of its breakpoint, if it is one."""
        provisioner = components.make_provisioner(step, components.build_values(self._settings, self._machine))
        if self._machine.communicator is None and not provisioner.on_host:
            raise StepError(f"There is no machine that {step.type} could reach: the builder has no communicator.")
        await provisioner.provision(self._machine)
        return provisioner.breakpoint()

    def _builder_step(self, step: StepPlan) -> Step:
        assert self._parts.builder is not None
        for candidate in self._parts.builder.steps():
            if isinstance(candidate, Step) and candidate.title == step.title:
                return candidate
        raise StepError(f'The builder {self._parts.builder.type} has no step "{step.title}".')

    async def after_provisioning(self, error: BaseException | None) -> None:
        """Tell the builder once that its provisioning has ended. error: with which error, None if well."""
        if self._parts.builder is None or self._provisioned:
            return
        self._provisioned = True
        self._machine.context = self._steps.silent()
        await self._parts.builder.provisioned(self._machine, error)
