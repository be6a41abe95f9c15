"""The parts of one build, made and joined: who runs its steps, stops them, remembers its machine, looks into it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bakehouse.engine import components
from bakehouse.engine.breakpoints import Breakpoints
from bakehouse.engine.checkpoints import Checkpoints
from bakehouse.engine.conditions import Conditions, Overheard
from bakehouse.engine.context import Files
from bakehouse.engine.control import Control
from bakehouse.engine.course import Course
from bakehouse.engine.evidence import Evidence
from bakehouse.engine.inside import Inside
from bakehouse.engine.look import Look
from bakehouse.engine.ports import Commands, Decision, Settings, Sink, Slots
from bakehouse.engine.provenance import Provenance
from bakehouse.engine.removal import Claims
from bakehouse.engine.reuse import Reuse
from bakehouse.engine.script_watch import Watching
from bakehouse.engine.shell import Shells
from bakehouse.engine.step import Steps
from bakehouse.errors import BakehouseError
from bakehouse.sdk import Builder, BuildFacts, Machine
from bakehouse.template.plan import BuildPlan, FileRecord

LOGGER = logging.getLogger(__name__)


class Parts:
    """What one build consists of while it runs. builder: None until it is made."""

    def __init__(
        self,
        plan: BuildPlan,
        files: Mapping[str, FileRecord],
        settings: Settings,
        sink: Sink,
        commands: Commands,
        slots: Slots,
    ) -> None:
        self.settings = settings
        self.sink = sink
        self.course = Course(plan)
        self.control = Control(commands)
        self.claims = Claims(sink, self.control)
        self._commands = commands
        self._files = Files(files, settings.cwd)
        conditions = Conditions()
        heard = Overheard(sink, conditions)
        self.steps = Steps(_facts(plan, settings), heard, self.control, self.claims, self._files)
        self.steps.revision = settings.revision
        name = f"bakehouse-{settings.installation}-{settings.run}-{plan.key}"
        self.machine = Machine(name, self.steps.silent())
        self.breakpoints = Breakpoints(
            settings, sink, self.control, slots, self.machine, conditions, self.steps.clock
        )  # fmt: skip
        self.steps.offers = commands
        self.steps.watching = Watching(sink, settings.options.trace, self.breakpoints)
        self.provenance = Provenance(settings, self.course, self._files, self.machine, self.breakpoints)
        self.reuse = Reuse(settings, self.course, sink, self.provenance, self.breakpoints.stands_at)
        self.checkpoints = Checkpoints(
            self.course, sink, self.steps, self.claims, self.machine, settings.options.checkpoints, self.provenance
        )
        self.builder: Builder | None = None
        self._look = Look(settings, self.course, self.checkpoints, self.machine, lambda: self.builder)
        self.breakpoints.evidence = Evidence(plan.key, sink, self.control, self._look)
        self._shells: Shells | None = None
        self._inside: Inside | None = None

    @asynccontextmanager
    async def heeding(self) -> AsyncIterator[None]:
        """Within it, decisions are heard, shells opened and questions answered."""
        async with asyncio.TaskGroup() as group:
            self._shells = shells = Shells(group, self._commands, self.sink, self.breakpoints, self.machine)
            self._inside = inside = Inside(
                group, self._commands, self.settings, self.sink, self.steps, self.breakpoints, self._look
            )
            listener = group.create_task(
                self.control.listen(shells.open, self._revise, inside.ask, self._set_breakpoints)
            )
            try:
                yield
            finally:
                listener.cancel()
                await shells.close()
                await inside.close()

    def take_builder(self) -> Builder:
        """Make the builder that the plan in force asks for."""
        self.builder = builder = components.make_builder(self.course.plan)
        self.machine.facts.update(builder.KNOWN_FACTS)
        return builder

    async def leave_machine(self) -> None:
        """Nobody needs it any more: it goes before the post-processors run, as with Packer."""
        await self.let_go()
        await self.claims.remove_all()
        self.checkpoints.gone()
        await self.provenance.close()

    async def let_go(self, why: str = "") -> None:
        """Close what reaches into the machine. why: told to who is in a shell of it."""
        if self._inside is not None:
            await self._inside.close()
        await self.close_shells(why)
        communicator, self.machine.communicator = self.machine.communicator, None
        if communicator is not None:
            try:
                await communicator.close()
            except Exception:
                LOGGER.exception("The communicator of %s did not close", self.course.plan.key)

    async def close_shells(self, why: str = "") -> None:
        """End the shells. why: told to who is in one."""
        if self._shells is not None:
            await self._shells.close(why)

    def _revise(self, decision: Decision) -> None:
        """Another plan is in force, for every step that is not behind yet."""
        assert decision.plan is not None
        before = self.course.plan
        self.course.revise(decision.plan)
        self.checkpoints.revised(before)
        self._files.replace(decision.files)
        self.provenance.look_again()
        self.steps.revision = decision.revision
        if self.builder is not None:
            with suppress(BakehouseError):
                self.builder.config = components.make_builder(decision.plan).config

    def _set_breakpoints(self, decision: Decision) -> None:
        """Other breakpoints stand."""
        self.breakpoints.replace(decision.breakpoints or [])


def _facts(plan: BuildPlan, settings: Settings) -> BuildFacts:
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
        nice=settings.options.nice,
    )
