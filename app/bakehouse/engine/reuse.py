"""Starting from what an earlier run saved: which steps need not run again, and why the others do (DESIGN 7).

Looked at step by step, since a step on the host may make what a later one reads. A step is left out if further on
there is a checkpoint that all steps up to it still lead to; the machine is restored only when a step needs it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

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
from bakehouse.engine.ports import Settings, Sink
from bakehouse.errors import BakehouseError, RecordError, StepError
from bakehouse.record.events import StepCached
from bakehouse.sdk import Builder, Checkpoint, Machine, Provisioner
from bakehouse.template.plan import StepPlan

Choice = Literal["hit", "run", "again"]
ALWAYS = "acts on the host, so it is always run"


class Reuse:
    """The cache as one build uses it. Without `Settings.cache`, or for a machine that cannot be saved, it does nothing.

    stands: whether a person wants to stop at a step, which is then no step to leave out.
    """

    def __init__(
        self,
        settings: Settings,
        course: Course,
        sink: Sink,
        files: Files,
        machine: Machine,
        stands: Callable[[StepPlan], bool],
    ) -> None:
        self._left_out: list[StepPlan] = []
        self._settings = settings
        self._course = course
        self._sink = sink
        self._files = files
        self._machine = machine
        self._stands = stands
        self._on = False
        self._shelf = Shelf()
        self._lineage = Lineage()
        self._held: list[Held] = []
        self._skipped: list[tuple[StepPlan, str]] = []
        self._target: Held | None = None
        self._told: set[str] = set()
        self._changed_at: StepPlan | None = None
        self._known: dict[str, Parts] = {}
        self._added = False
        self._attempted: set[str] = set()
        self._begun = False
        self._over = False

    @property
    def hits(self) -> int:
        """How many steps were left out."""
        return len(self._left_out)

    async def made(self, builder: Builder) -> None:
        """The machine is made. Raises StepError if the run is to start from a checkpoint and cannot."""
        self._on = self._settings.cache and not builder.no_checkpoints()
        if not self._on:
            if self._settings.from_step:
                raise StepError(f"There is nothing to start from: {builder.no_checkpoints()}")
            return
        self._builder = builder
        try:
            self._digests = Digests(installed_key(), self._files, self._settings.cwd)
        except RecordError as error:
            raise StepError(str(error)) from error
        plan = self._course.plan
        name = self._digests.name(self._settings.template, plan.name)
        self._memory_path = self._shelf.root / "steps" / f"{name}.json"
        self._memory = await asyncio.to_thread(Memory.read, self._memory_path)
        start = await asyncio.to_thread(self._digests.start, plan, builder, self._machine)
        self._start_changed = changed(self._memory.start, start) if self._memory.start else ""
        self._memory.start = start
        self._lineage.begin(self._digests.chain("", start))

    async def choose(self, step: StepPlan) -> tuple[Choice, Held | None]:
        """What is to become of a step: "hit": it is behind; "run": it is run, on the checkpoint that is given if one
        is; "again": what was left out does not stand any more, so that another step is next."""
        if not self._on or step.kind not in ("provisioner", "artifact") or step.key in self._attempted:
            return "run", None
        component = self._component(step) if step.kind == "provisioner" else None
        if component is not None and _on_host(step, component):
            self._tell(step, ALWAYS)
            self._known.clear()
            if component.breakpoint() is None or not self._settings.wait_at_breakpoints:
                return "run", None
        elif component is not None and self._may_skip(step, component):
            target = await self._deepest(step)
            if target is not None:
                await self._leave_out(step, component, target)
                return "hit", None
        return await self._settle(step, component)

    async def begins(self, step: StepPlan) -> None:
        """An attempt of a step is about to start: what it comes from, now."""
        component = self._component(step) if self._on and step.kind == "provisioner" else None
        if component is None or _on_host(step, component):
            return
        parts = await self._parts(step, component, anew=True)
        self._attempted.add(step.key)
        digest = self._digests.chain(self._lineage.now.digest, parts)
        self._lineage.attempt(step, digest, parts)
        self._remember(step, Remembered(parts, digest))

    def ended(self, *, ok: bool) -> None:
        """The attempt is over."""
        self._lineage.ended(ok=ok)

    def done(self, step: StepPlan, *, failed: bool) -> None:
        """A step is behind."""
        if self._on:
            self._lineage.done(step, failed=failed)
            self._known.clear()
            remembered = self._memory.steps.get(step.key)
            if remembered is not None and not failed:
                self._remember(step, msgspec.structs.replace(remembered, ok=True))

    def rewound(self, key: str) -> None:
        """A person rolled back to before a step: from now on every step is run."""
        self._over = True
        if self._on:
            self._lineage.rewind(key)
            self._forget()

    def revised(self) -> None:
        """Another plan is in force."""
        self._known.clear()

    def failed(self, held: Held) -> None:
        """The machine could not be restored from it, and is the fresh one again: every step is run."""
        self._over = True
        for step in reversed(self._left_out):
            self._reopen(step, "the machine could not be restored from the checkpoint after it")
        self._forget()

    def _forget(self) -> None:
        """Nothing is left out any more."""
        if self._target is not None:
            self._target.release()
        self._target, self._skipped = None, []
        self._known.clear()

    async def keep(self, name: str, step: StepPlan, checkpoint: Checkpoint, tainted: bool) -> tuple[bool, str]:
        """Leave a checkpoint to later runs: whether the cache has it now, and why no other run may start from it."""
        why = self._lineage.now.why_not if self._on else "the cache is off"
        if not why and tainted:
            why = "somebody touched this build by hand"
        if not why and checkpoint.live:
            why = f"there are processes in it: {', '.join(checkpoint.lost)}"
        if why:
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
            held = await asyncio.to_thread(self._shelf.put, entry)
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
            await prune(self._shelf)

    def _component(self, step: StepPlan) -> Provisioner | None:
        try:
            values = components.build_values(self._settings, self._machine)
            return components.make_provisioner(step, values)
        except BakehouseError:
            return None  # the step itself will tell

    async def _parts(self, step: StepPlan, component: Provisioner, *, anew: bool = False) -> Parts:
        if anew or step.key not in self._known:
            facts = list(self._machine.facts)
            self._known[step.key] = await asyncio.to_thread(self._digests.step, step, component, facts)
        return self._known[step.key]

    def _may_skip(self, step: StepPlan, component: Provisioner) -> bool:
        order = [other.key for other in self._course.plan.steps]
        first = self._settings.from_step
        behind = first not in order or order.index(step.key) < order.index(first)
        return behind and not self._over and not component.repeats() and not self._stands(step)

    async def _deepest(self, step: StepPlan) -> Held | None:
        """The last checkpoint after `step` that all steps up to it lead to."""
        digest, reached = self._lineage.now.digest, []
        for ahead in self._course.ahead():
            component = self._component(ahead) if ahead.kind == "provisioner" else None
            if component is None or not (_on_host(ahead, component) or self._may_skip(ahead, component)):
                break
            if _on_host(ahead, component):
                continue
            parts = await self._parts(ahead, component)
            if parts.moving:
                break
            digest = self._digests.chain(digest, parts)
            reached.append(digest)
        for digest in reversed(reached):
            if self._target is not None and self._target.entry.id == digest:
                return self._target
            held = self._shelf.hold(digest)
            if held is None:
                continue
            if await self._there(held.entry):
                return held
            held.release()
        return None

    async def _there(self, entry: Entry) -> bool:
        return entry.builder == self._course.plan.builder and await type(self._builder).has_checkpoint(entry.ref)

    async def _leave_out(self, step: StepPlan, component: Provisioner, target: Held) -> None:
        if self._target is not target:
            if self._target is not None:
                self._target.release()
            self._target = target
        parts = await self._parts(step, component)
        digest = self._digests.chain(self._lineage.now.digest, parts)
        self._lineage.skip(step, digest)
        self._skipped.append((step, digest))
        self._told.add(step.key)
        self._left_out.append(step)
        self._sink.emit(StepCached(step.key, True))

    async def _settle(self, step: StepPlan, component: Provisioner | None) -> tuple[Choice, Held | None]:
        """A step needs the machine as all before it left it."""
        target, reopened = self._target, []
        self._target = None
        while self._skipped and (target is None or target.entry.id != self._skipped[-1][1]):
            reopened.append(self._skipped.pop()[0])
            if target is not None:
                target.release()
            target = self._shelf.hold(self._skipped[-1][1]) if self._skipped else None
        if target is not None:
            self._held.append(target)
            self._shelf.touch(target)
            self._skipped = []
        for late in reopened:
            self._reopen(late, "what a step on the host made is not what it was")
        if not reopened and component is not None:
            await self._explain(step, component)
        self._from(step, target)
        return ("again" if reopened else "run"), target

    def _reopen(self, step: StepPlan, because: str) -> None:
        self._course.reopen(step)
        self._lineage.rewind(step.key)
        self._left_out.remove(step)
        self._sink.emit(StepCached(step.key, False, because))

    async def _explain(self, step: StepPlan, component: Provisioner) -> None:
        """Why it is run, told once."""
        if step.key in self._told:
            return
        parts = await self._parts(step, component)
        because = self._difference(step, parts)
        if because and self._changed_at is None:
            self._changed_at = step
        self._tell(step, because or self._no_difference(step, component))

    def _difference(self, step: StepPlan, parts: Parts) -> str:
        """What is not as it was when the step last ran; "" for nothing."""
        before = self._memory.steps.get(step.key)
        if before is None:
            return NEVER
        if self._changed_at is not None:
            return f"step {self._changed_at.number} before it was a miss"
        if parts.moving:
            return parts.moving[0]
        if because := self._start_changed or changed(before.parts, parts):
            return because
        if before.digest != self._digests.chain(self._lineage.now.digest, parts):
            return OTHERS
        return "" if before.ok else FAILED

    def _no_difference(self, step: StepPlan, component: Provisioner) -> str:
        if component.repeats():
            return ALWAYS
        if self._stands(step):
            return "a breakpoint stands at it"
        return "there is no checkpoint after it" if self._may_skip(step, component) else "it was asked for by --from"

    def _from(self, step: StepPlan, target: Held | None) -> None:
        """Whether there is what the run is to start from."""
        first = self._settings.from_step
        own = [other for other in self._course.plan.steps if other.kind == "provisioner"]
        begun, self._begun = self._begun, True
        if begun or not first or target is not None or not own or own[0].key == first:
            return
        title = next((other.title for other in self._course.plan.steps if other.key == first), first)
        raise StepError(
            f"There is no checkpoint before {title} that still holds, so the build cannot start there: run it without "
            "--from."
        )

    def _tell(self, step: StepPlan, because: str) -> None:
        if step.key not in self._told:
            self._told.add(step.key)
            self._sink.emit(StepCached(step.key, False, because))

    def _remember(self, step: StepPlan, what: Remembered) -> None:
        self._memory.steps[step.key] = what
        self._memory.write(Path(self._memory_path))


def _on_host(step: StepPlan, component: Provisioner) -> bool:
    """It acts on the host and cannot even know of the machine."""
    return component.on_host and not any(option.late for option in step.options.values())
