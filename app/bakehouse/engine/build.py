"""One build, from its slot to its end. It gets a plan, files, settings, a sink, decisions and slots, and nothing else,
so that it may as well run in a process of its own (DESIGN 4)."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bakehouse import registry
from bakehouse.engine import components
from bakehouse.engine.breakpoints import Breakpoints, Verdict
from bakehouse.engine.cache.shelf import Held
from bakehouse.engine.checkpoints import Checkpoints
from bakehouse.engine.conditions import Conditions, Overheard
from bakehouse.engine.context import Files, StepContext
from bakehouse.engine.control import Control, Interrupted
from bakehouse.engine.course import Course
from bakehouse.engine.environments import Environments
from bakehouse.engine.evidence import Evidence
from bakehouse.engine.inside import Inside
from bakehouse.engine.look import Look
from bakehouse.engine.ports import Commands, Decision, Outcome, Settings, Sink, Slots
from bakehouse.engine.postprocess import PostProcessing
from bakehouse.engine.provenance import Provenance
from bakehouse.engine.removal import Claims
from bakehouse.engine.reuse import Reuse
from bakehouse.engine.script_watch import Watching
from bakehouse.engine.shell import Shells
from bakehouse.engine.step import Steps
from bakehouse.errors import BakehouseError, StepError
from bakehouse.record.events import BuildFinished, BuildStarted
from bakehouse.record.log import WARN
from bakehouse.sdk import Artifact, Builder, BuildFacts, Machine, Step
from bakehouse.template.plan import BuildPlan, FileRecord, StepPlan

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
        self._settings = settings
        self._sink = sink
        self._commands = commands
        self._slots = slots
        self._environments = environments or Environments()
        self._course = Course(plan)
        self._files = Files(files, settings.cwd)
        self._control = Control(commands)
        self._claims = Claims(sink, self._control)
        conditions = Conditions()
        heard = Overheard(sink, conditions)
        self._steps = Steps(self._facts(plan), heard, self._control, self._claims, self._files)
        self._steps.revision = settings.revision
        name = f"bakehouse-{settings.installation}-{settings.run}-{plan.key}"
        self._machine = Machine(name, self._steps.silent())
        self._breakpoints = Breakpoints(
            settings, sink, self._control, slots, self._machine, conditions, self._steps.clock
        )
        self._steps.offers = commands
        self._steps.watching = Watching(sink, settings.trace, self._breakpoints)
        self._provenance = Provenance(settings, self._course, self._files, self._machine, self._breakpoints)
        self._reuse = Reuse(settings, self._course, sink, self._provenance, self._breakpoints.stands_at)
        self._checkpoints = Checkpoints(
            self._course, sink, self._steps, self._claims, self._machine, settings.checkpoints, self._provenance
        )
        self._builder: Builder | None = None
        self._look = Look(settings, self._course, self._checkpoints, self._machine, lambda: self._builder)
        self._breakpoints.evidence = Evidence(plan.key, sink, self._control, self._look)
        self._shells: Shells | None = None
        self._inside: Inside | None = None
        self._failed = False
        self._reached = False
        self._provisioned = False

    async def run(self) -> Outcome:
        """Everything, to the last event. Raises nothing but the cancellation of its own task."""
        async with asyncio.TaskGroup() as group:
            self._shells = Shells(group, self._commands, self._sink, self._breakpoints, self._machine)
            self._inside = inside = Inside(
                group, self._commands, self._settings, self._sink, self._steps, self._breakpoints, self._look
            )
            listener = group.create_task(
                self._control.listen(self._shells.open, self._revise, inside.ask, self._set_stops)
            )
            try:
                outcome = await self._run()
            finally:
                listener.cancel()
                await self._shells.close()
                await inside.close()
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
            artifact = await self._make()
            await self._leave_machine()
            errors += await self._post_process(artifact)
        except Exception as error:
            if not isinstance(error, BakehouseError | Interrupted):
                LOGGER.exception("Build %s failed unexpectedly", self._course.plan.key)
            errors.append(error)
            kept = await self._give_up(error)
        if not kept:
            await self._claims.remove_all()
        return self._outcome(errors, kept)

    async def _make(self) -> Artifact | None:
        """The machine, what is done to it, and what it leaves."""
        builder = self._take_builder()
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
                if step.kind == "artifact":
                    await self._after_provisioning(None)
                verdict = await self._step(step)
            await self._follow(step, verdict)
        await self._reach()
        await self._after_provisioning(None)
        self._steps.check()
        with self._steps.aside("Collect the artifact") as context:
            self._machine.context = context
            assert self._builder is not None  # another than before, if a step had to start over
            artifact = await self._builder.artifact(self._machine)
        if artifact is None or not self._settings.cache:
            return artifact
        return replace(artifact, metadata={**artifact.metadata, "from_cache": bool(self._reuse.hits)})

    def _take_builder(self) -> Builder:
        self._builder = builder = components.make_builder(self._course.plan)
        self._machine.facts.update(builder.KNOWN_FACTS)
        return builder

    async def _reach(self) -> None:
        """The machine is made: what works on it may begin."""
        if not self._reached and self._builder is not None:
            await self._checkpoints.made(self._builder)
            await self._provenance.made(self._builder)
        self._reached = True

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
        await self._let_go()
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
        if step.kind == "provisioner" or self._settings.cache:
            await self._checkpoints.before(step)
        await self._provenance.begins(step)
        notes: list[str | None] = [None]

        async def work(context: StepContext) -> None:
            self._machine.context = context
            if step.kind == "provisioner":
                notes.append(await self._provision(step))
            else:
                await self._builder_step(step).run(self._machine)

        started = time.monotonic()
        attempt = await self._steps.run(step, work)
        if not on_host:
            self._checkpoints.worked(time.monotonic() - started)
        self._provenance.ended(ok=attempt.error is None)
        self._failed = attempt.error is not None
        return await self._breakpoints.settle(step, attempt, notes[-1])

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
        await self._let_go("The machine is rolled back, so this shell has ended.")
        self._reuse.rewound(await self._checkpoints.roll_back(to, verdict.by))
        self._provisioned = False
        if verdict.stay:
            self._breakpoints.stop_next("rollback")

    async def _start_over(self) -> None:
        """Only a new machine can: the old one goes, and every step is taken again."""
        await self._leave_machine()
        self._course.restart()
        self._machine.facts.clear()
        self._take_builder()
        self._reached = self._provisioned = False

    async def _provision(self, step: StepPlan) -> str | None:
        """Run a provisioner; the note of its breakpoint, if it is one."""
        provisioner = components.make_provisioner(step, components.build_values(self._settings, self._machine))
        if self._machine.communicator is None and not provisioner.on_host:
            raise StepError(f"There is no machine that {step.type} could reach: the builder has no communicator.")
        await provisioner.provision(self._machine)
        return provisioner.breakpoint()

    def _builder_step(self, step: StepPlan) -> Step:
        assert self._builder is not None
        for candidate in self._builder.steps():
            if isinstance(candidate, Step) and candidate.title == step.title:
                return candidate
        raise StepError(f'The builder {self._builder.type} has no step "{step.title}".')

    async def _after_provisioning(self, error: BaseException | None) -> None:
        if self._builder is None or self._provisioned:
            return
        self._provisioned = True
        self._machine.context = self._steps.silent()
        await self._builder.provisioned(self._machine, error)

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
        mode, decision = self._settings.on_error, error.decision if isinstance(error, Interrupted) else None
        failed = decision is None or self._breakpoints.failure is not None or decision.fault
        keep = decision.keep if decision is not None else mode in ("abort", "run-cleanup-provisioner")
        if self._reached:
            try:
                await self._after_provisioning(error)
            except Exception:
                LOGGER.exception("The builder of %s failed after its provisioning had failed", self._course.plan.key)
            if failed and not (keep and mode != "run-cleanup-provisioner"):
                await self._clean_inside()
        if keep and self._claims:
            await self._let_go()
            await self._claims.keep()
            return True
        await self._leave_machine()
        return False

    async def _clean_inside(self) -> None:
        """The error-cleanup-provisioner."""
        step = self._course.plan.cleanup
        if step is None or self._machine.communicator is None:
            return

        async def work(context: StepContext) -> None:
            self._machine.context = context
            await self._provision(step)

        await self._steps.run(step, work, type="cleanup")

    async def _leave_machine(self) -> None:
        """Nobody needs it any more: it goes before the post-processors run, as with Packer."""
        await self._let_go()
        await self._claims.remove_all()
        self._checkpoints.gone()
        await self._provenance.close()

    async def _let_go(self, why: str = "") -> None:
        """Close what reaches into the machine. why: told to who is in a shell of it."""
        if self._inside is not None:
            await self._inside.close()
        if self._shells is not None:
            await self._shells.close(why)
        communicator, self._machine.communicator = self._machine.communicator, None
        if communicator is not None:
            try:
                await communicator.close()
            except Exception:
                LOGGER.exception("The communicator of %s did not close", self._course.plan.key)

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

    def _revise(self, decision: Decision) -> None:
        """Another plan is in force, for every step that is not behind yet."""
        assert decision.plan is not None
        before = self._course.plan
        self._course.revise(decision.plan)
        self._checkpoints.revised(before)
        self._files.replace(decision.files)
        self._provenance.look_again()
        self._steps.revision = decision.revision
        if self._builder is not None:
            with suppress(BakehouseError):
                self._builder.config = components.make_builder(decision.plan).config

    def _set_stops(self, decision: Decision) -> None:
        """Other breakpoints stand."""
        self._breakpoints.replace(decision.stops or [])

    def _facts(self, plan: BuildPlan) -> BuildFacts:
        settings = self._settings
        return BuildFacts(
            key=plan.key,
            name=plan.name,
            source_name=plan.source_name,
            builder_type=plan.builder,
            run_uuid=settings.run_uuid,
            run_id=settings.run,
            installation=settings.installation,
            force=settings.force,
            state_directory=Path(settings.state_directory),
            template_directory=Path(settings.template_directory),
            nice=settings.nice,
        )
