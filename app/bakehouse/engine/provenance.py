"""What the machine of one build comes from, as the cache sees it: digests of its steps, what they were last time, and
what is kept for later runs (DESIGN 7)."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Protocol

import msgspec

from bakehouse.engine import components
from bakehouse.engine.cache.key import installed_key
from bakehouse.engine.cache.memory import FAILED, NEVER, OTHERS, Memory, Parts, Remembered, changed
from bakehouse.engine.cache.prune import prune
from bakehouse.engine.cache.shelf import Entry, Held, Shelf
from bakehouse.engine.context import Files
from bakehouse.engine.course import Course
from bakehouse.engine.digests import Digests
from bakehouse.engine.lineage import Lineage
from bakehouse.engine.ports import Settings
from bakehouse.errors import BakehouseError, RecordError, StepError
from bakehouse.sdk import Builder, Checkpoint, Machine, Provisioner
from bakehouse.template.plan import StepPlan

LOGGER = logging.getLogger(__name__)


class Hands(Protocol):
    """Who knows whether a person touched the build."""

    @property
    def tainted(self) -> bool:
        """Whether anybody did."""

    @property
    def reached(self) -> bool:
        """Whether the build has ever stood where a person could reach its machine."""


class Provenance:
    """Off without `Settings.cache`, and for a machine that cannot be saved. Once a person has touched it by hand, a
    build leaves nothing to others any more."""

    def __init__(self, settings: Settings, course: Course, files: Files, machine: Machine, hands: Hands) -> None:
        self.on = False
        self.shelf = Shelf()
        self.attempted: set[str] = set()
        self._settings = settings
        self._course = course
        self._files = files
        self._machine = machine
        self._hands = hands
        self._lineage = Lineage()
        self._held: list[Held] = []
        self._known: dict[str, Parts] = {}
        self._added = False

    @property
    def now(self) -> str:
        """The digest of all that led to the machine."""
        return self._lineage.now.digest

    async def made(self, builder: Builder) -> None:
        """The machine is made. Raises StepError if the run is to start from a checkpoint and cannot."""
        self.on = self._settings.options.cache and not builder.no_checkpoints()
        if not self.on:
            if self._settings.from_key:
                raise StepError(f"There is nothing to start from: {builder.no_checkpoints()}")
            return
        self._builder = builder
        try:
            self._digests = Digests(installed_key(), self._files, self._settings.cwd)
        except RecordError as error:
            raise StepError(str(error)) from error
        plan = self._course.plan
        name = self._digests.name(self._settings.template, plan.name)
        self._memory_path = self.shelf.root / "steps" / f"{name}.json"
        self._memory = await asyncio.to_thread(Memory.read, self._memory_path)
        start = await asyncio.to_thread(self._digests.start, plan, builder, self._machine)
        self._start_changed = changed(self._memory.start, start) if self._memory.start else ""
        self._memory.start = start
        self._lineage.begin(self._digests.chain("", start))

    @property
    def reached(self) -> bool:
        """Whether a person may have touched the machine: then it is to be the same one to the end of the build."""
        return self._hands.reached or self._hands.tainted

    def component(self, step: StepPlan) -> Provisioner | None:
        """What runs a step of the template; None for a step of the builder, and for one whose options are wrong."""
        if step.kind != "provisioner":
            return None
        try:
            values = components.build_values(self._settings, self._machine)
            return components.make_provisioner(step, values)
        except BakehouseError:
            return None  # the step itself will tell

    async def parts(self, step: StepPlan, component: Provisioner, *, anew: bool = False) -> Parts:
        """What a step comes from, as of the last `look_again` unless it is asked anew."""
        if anew or step.key not in self._known:
            facts = list(self._machine.facts)
            self._known[step.key] = await asyncio.to_thread(self._digests.step, step, component, facts)
        return self._known[step.key]

    def after(self, parts: Parts, before: str = "") -> str:
        """The digest with one step more. before: that without it, by default of the machine as it is."""
        return self._digests.chain(before or self.now, parts)

    def skip(self, step: StepPlan, parts: Parts) -> str:
        """An earlier run's work stands for a step: the digest with it."""
        digest = self.after(parts)
        self._lineage.skip(step, digest)
        return digest

    def rewind(self, key: str) -> None:
        """The machine is, or stands for one, as it was before a step."""
        keys = [step.key for step in self._course.plan.steps]
        self._lineage.rewind(keys[keys.index(key) :])

    def look_again(self) -> None:
        """Files, or the plan, may be others now."""
        self._known.clear()

    async def find(self, digest: str) -> Held | None:
        """The checkpoint of this digest, if there is one that can be restored; to be released, or handed to `hold`."""
        held = self.shelf.hold(digest)
        if held is None:
            return None
        try:
            if await type(self._builder).has_checkpoint(held.entry.ref):
                return held
        except BakehouseError:
            LOGGER.warning("The checkpoint %s cannot be looked at", held.entry.name, exc_info=True)
        held.release()
        return None

    def hold(self, held: Held) -> None:
        """The build starts from it: nobody takes it away before `close`."""
        self._held.append(held)
        self.shelf.touch(held)

    async def there(self) -> Entry | None:
        """A checkpoint of the machine as it is now, of this run or another; held from now on."""
        if not self.on or self._lineage.now.why_not or self._hands.tainted:
            return None
        held = await self.find(self.now)
        if held is not None:
            self.hold(held)
        return held.entry if held is not None else None

    async def begins(self, step: StepPlan) -> None:
        """An attempt of a step is about to start: what it comes from, now."""
        component = self.component(step) if self.on and step.kind == "provisioner" else None
        if component is None or on_host(step, component):
            return
        parts = await self.parts(step, component, anew=True)
        self.attempted.add(step.key)
        digest = self.after(parts)
        self._lineage.attempt(step, digest, parts)
        self._remember(step, Remembered(parts, digest))

    def ended(self, *, ok: bool) -> None:
        """The attempt is over."""
        self._lineage.ended(ok=ok)

    def done(self, step: StepPlan, *, failed: bool) -> None:
        """A step is behind."""
        if self.on:
            self._lineage.done(step, failed=failed)
            self._known.clear()
            remembered = self._memory.steps.get(step.key)
            if remembered is not None and not failed:
                self._remember(step, msgspec.structs.replace(remembered, ok=True))

    def difference(self, step: StepPlan, parts: Parts, miss: StepPlan | None) -> str:
        """What is not as it was when the step last ran; "" for nothing. miss: the first step before it that was
        not."""
        before = self._memory.steps.get(step.key)
        if before is None:
            return NEVER
        if miss is not None:
            number = next((other.number for other in self._course.plan.steps if other.key == miss.key), 0)
            return f"step {number} before it was a miss" if number else "a step before it was a miss, and was taken out"
        if parts.moving:
            return parts.moving[0]
        if because := self._start_changed or changed(before.parts, parts):
            return because
        if before.digest != self.after(parts):
            return OTHERS
        if not before.ok:
            return FAILED
        return f"the checkpoint after it was not kept: {before.unkept}" if before.unkept else ""

    async def keep(self, name: str, step: StepPlan, checkpoint: Checkpoint) -> tuple[bool, str]:
        """Leave a checkpoint to later runs: whether the cache has it now, and why no other run may start from it."""
        why = self._lineage.now.why_not if self.on else "the cache is off"
        if not why and self._hands.tainted:
            why = "somebody touched this build by hand"
        if not why and checkpoint.live:
            why = f"it would come back without {', '.join(checkpoint.lost)}"
        if why:
            self._remember_unkept(step, why)
            return False, why
        plan, settings = self._course.plan, self._settings
        entry = Entry(
            id=self._lineage.now.digest,
            builder=plan.builder,
            name=name,
            ref=checkpoint.ref,
            template=settings.template,
            build=plan.name,
            step=step.title,
            run=settings.run,
            made=time.time_ns(),
            size=checkpoint.size,
            lost=list(checkpoint.lost),
            installation=settings.installation,
        )
        try:
            held = await asyncio.to_thread(self.shelf.put, entry)
        except OSError as error:
            return False, f"the cache cannot be written: {error.strerror}"
        if held is not None:
            self._held.append(held)
            self._added = True
        return held is not None, ""

    async def close(self) -> None:
        """The machine is gone: nothing is needed any longer, and what is too much may go."""
        for held in self._held:
            held.release()
        self._held = []
        if self._added:
            self._added = False
            await prune(self.shelf)

    def _remember_unkept(self, step: StepPlan, why: str) -> None:
        """Of the step that is behind a checkpoint before `step`."""
        steps = [other for other in self._course.plan.steps if other.kind == "provisioner"]
        done = [other for other in steps if other.number < step.number and other.key in self.attempted]
        remembered = self._memory.steps.get(done[-1].key) if done and self.on else None
        if remembered is not None and remembered.digest == self.now:
            self._remember(done[-1], msgspec.structs.replace(remembered, unkept=why))

    def _remember(self, step: StepPlan, what: Remembered) -> None:
        self._memory.steps[step.key] = what
        self._memory.write(self._memory_path)


def on_host(step: StepPlan, component: Provisioner) -> bool:
    """It acts on the host and cannot even know of the machine."""
    return component.on_host and not any(option.late for option in step.options.values())
