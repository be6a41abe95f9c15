"""Starting from what an earlier run saved: which steps need not run again, and why the others do (DESIGN 7).

Looked at step by step, since a step on the host may make what a later one reads. A step is left out if further on
there is a checkpoint that all steps up to it still lead to; the machine is restored only when a step needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from bakehouse.engine.cache.shelf import Held
from bakehouse.engine.course import Course
from bakehouse.engine.ports import Settings, Sink
from bakehouse.engine.provenance import Provenance, on_host
from bakehouse.errors import StepError
from bakehouse.record.events import StepCached
from bakehouse.record.log import SAY
from bakehouse.sdk import Provisioner
from bakehouse.template.plan import StepPlan

Choice = Literal["hit", "run", "again"]
ALWAYS = "acts on the host, so it is always run"
ASKED = "it was asked for by --from"
REACHED = "the build has been paused, so the machine stays the one that it is"


class Reuse:
    """Chooses step by step. Where the provenance is off every step is run.

    stands: whether a person wants to stop at a step, which is then no step to leave out.
    """

    def __init__(
        self,
        settings: Settings,
        course: Course,
        sink: Sink,
        provenance: Provenance,
        stands: Callable[[StepPlan], bool],
    ) -> None:
        self._settings = settings
        self._course = course
        self._sink = sink
        self._provenance = provenance
        self._stands = stands
        self._left_out: list[StepPlan] = []
        self._skipped: list[tuple[StepPlan, str]] = []
        self._target: Held | None = None
        self._told: set[str] = set()
        self._miss: StepPlan | None = None
        self._begun = False
        self._over = False

    @property
    def hits(self) -> int:
        """How many steps were left out."""
        return len(self._left_out)

    async def choose(self, step: StepPlan) -> tuple[Choice, Held | None]:
        """What is to become of a step: "hit": it is behind; "run": it is run, on the checkpoint that is given if one
        is; "again": what was left out does not stand any more, so that another step is next."""
        provenance = self._provenance
        if not provenance.on or step.kind not in ("provisioner", "artifact") or step.key in provenance.attempted:
            return "run", None
        component = provenance.component(step)
        if component is not None and on_host(step, component):
            self._tell(step, ALWAYS)
            provenance.look_again()
            if component.breakpoint() is None or not self._settings.options.wait_at_breakpoints:
                return "run", None
        elif component is not None and self._may_skip(step, component):
            target = await self._deepest(step)
            if target is not None:
                await self._leave_out(step, component, target)
                return "hit", None
        return await self._settle(step, component)

    async def pausing(self) -> Held | None:
        """The build is about to pause: the checkpoint that the machine is to be restored from first, since what a
        person does to the machine must be done to the one that the next step finds; None if it is that already."""
        return (await self._settle(None, None))[1] if self._skipped else None

    def rewound(self, key: str) -> None:
        """A person rolled back to before a step: from now on every step is run."""
        self._over = True
        keys = [step.key for step in self._course.plan.steps]
        behind = keys[: keys.index(key)]
        self._left_out = [step for step in self._left_out if step.key in behind]
        self._provenance.rewind(key)
        self._forget()

    def failed(self) -> None:
        """The machine could not be restored, and is the fresh one again: every step is run."""
        self._over = True
        for step in reversed(self._left_out):
            self._reopen(step, "the machine could not be restored from the checkpoint after it")
        self._forget()

    def _forget(self) -> None:
        """Nothing is left out any more."""
        if self._target is not None:
            self._target.release()
        self._target, self._skipped = None, []
        self._provenance.look_again()

    def _may_skip(self, step: StepPlan, component: Provisioner) -> bool:
        lasts = not (self._over or self._provenance.reached or component.repeats() or self._stands(step))
        return lasts and not self._is_asked_for(step)

    def _is_asked_for(self, step: StepPlan) -> bool:
        order = [other.key for other in self._course.plan.steps]
        first = self._settings.from_key
        return first in order and order.index(step.key) >= order.index(first)

    async def _deepest(self, step: StepPlan) -> Held | None:
        """The last checkpoint after `step` that all steps up to it lead to."""
        digest, reached = self._provenance.now, []
        for ahead in self._course.ahead():
            component = self._provenance.component(ahead)
            if component is None or not (on_host(ahead, component) or self._may_skip(ahead, component)):
                break
            if on_host(ahead, component):
                continue
            parts = await self._provenance.parts(ahead, component)
            if parts.moving:
                break
            digest = self._provenance.after(parts, digest)
            reached.append(digest)
        for digest in reversed(reached):
            if self._target is not None and self._target.entry.id == digest:
                return self._target
            if (held := await self._provenance.find(digest)) is not None:
                return held
        return None

    async def _leave_out(self, step: StepPlan, component: Provisioner, target: Held) -> None:
        if self._target is not target:
            if self._target is not None:
                self._target.release()
            self._target = target
        digest = self._provenance.skip(step, await self._provenance.parts(step, component))
        self._skipped.append((step, digest))
        self._told.add(step.key)
        self._left_out.append(step)
        self._emit(step, True)

    async def _settle(self, step: StepPlan | None, component: Provisioner | None) -> tuple[Choice, Held | None]:
        """A step needs the machine as all before it left it."""
        target, reopened = self._target, []
        self._target = None
        while self._skipped and (target is None or target.entry.id != self._skipped[-1][1]):
            if target is not None:
                target.release()
            target = await self._provenance.find(self._skipped[-1][1])
            if target is None:
                reopened.append(self._skipped.pop()[0])
        if target is not None:
            self._provenance.hold(target)
            self._skipped = []
        for late in reopened:
            self._reopen(late, "what a step on the host made is not what it was")
        if not reopened and step is not None and component is not None:
            await self._explain(step, component)
        if step is not None:
            self._from(target)
        return ("again" if reopened else "run"), target

    def _reopen(self, step: StepPlan, because: str) -> None:
        self._course.reopen(step)
        self._provenance.rewind(step.key)
        self._left_out.remove(step)
        self._emit(step, False, because)

    async def _explain(self, step: StepPlan, component: Provisioner) -> None:
        """Why it is run, told once."""
        if step.key in self._told:
            return
        parts = await self._provenance.parts(step, component)
        because = self._provenance.difference(step, parts, self._miss)
        if self._miss is None and self._is_asked_for(step) and not component.repeats():
            because = ASKED
        if because and self._miss is None:
            self._miss = step
        self._tell(step, because or self._no_difference(step, component))

    def _no_difference(self, step: StepPlan, component: Provisioner) -> str:
        if component.repeats():
            return ALWAYS
        if self._stands(step):
            return "a breakpoint stands at it"
        if self._provenance.reached:
            return REACHED
        return "there is no checkpoint after it"

    def _from(self, target: Held | None) -> None:
        """Whether there is what the run is to start from."""
        first = self._settings.from_key
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
            self._emit(step, False, because)

    def _emit(self, step: StepPlan, hit: bool, because: str = "") -> None:
        self._sink.emit(StepCached(step.key, hit, because))
        word = "hit" if hit else because if because == ALWAYS else f"miss: {because}"
        self._sink.output(0, SAY, f"{step.number} {step.title}: {word}".encode() + b"\n")
