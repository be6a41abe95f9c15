"""What precedes and what follows a step: go on, try again, or wait for a person. A failure is one kind of breakpoint;
`-on-error` is a standing answer to it (DESIGN 4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from bakehouse.engine.conditions import Conditions
from bakehouse.engine.control import Control
from bakehouse.engine.evidence import Evidence
from bakehouse.engine.pauses import Pauses
from bakehouse.engine.ports import Breakpoint, Decision, Settings, Sink, Slots
from bakehouse.engine.script_stops import ScriptStops
from bakehouse.engine.script_watch import Standing
from bakehouse.engine.step import Attempt, Clock
from bakehouse.errors import BakehouseError
from bakehouse.record.events import BuildPaused
from bakehouse.record.log import WARN
from bakehouse.sdk import Machine
from bakehouse.sdk.script import StopAnswer
from bakehouse.template.plan import StepPlan


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows: the step is done, is run again, was left out; or the machine is rolled back to before step `to`,
    after which the build goes on, or stays paused (`stay`). "again" before a step: the plan may be
    another."""

    kind: Literal["done", "again", "skipped", "rewind"]
    to: str = ""
    stay: bool = False
    by: str = ""


DONE, AGAIN, SKIPPED = Verdict("done"), Verdict("again"), Verdict("skipped")


class StepFailed(BakehouseError):
    """A step failed for good: the build ends with this error."""

    def __init__(self, step: StepPlan, error: BakehouseError) -> None:
        super().__init__(str(error))
        self.step = step
        self.error = error


Ahead = Callable[[StepPlan, Literal["before", "after"]], Awaitable[None]]


class Breakpoints:
    """Settles what precedes and follows each step of one build. failure: what it stands after, until it is answered.
    ahead: called when the build is about to pause before or after a step, until which nobody is told; raises
    Interrupted. reached: whether it has ever paused where a person could reach its machine."""

    def __init__(
        self,
        settings: Settings,
        sink: Sink,
        control: Control,
        slots: Slots,
        machine: Machine,
        conditions: Conditions,
        clock: Clock,
    ) -> None:
        self.failure: BakehouseError | None = None
        self.reached = False
        self.evidence: Evidence | None = None
        self._settings = settings
        self._conditions = conditions
        self._pauses = Pauses(settings, sink, control, slots, machine)
        self._script = ScriptStops(self._pauses, conditions, clock)
        self._standing: Sequence[Breakpoint] = ()
        self._one_more = False
        self._reason = ""
        self._answered = ""
        self._stood: tuple[int, str] = 0, "before"
        self.ahead: Ahead | None = None
        conditions.on_hit = self._heard
        self.replace(settings.breakpoints)

    @property
    def tainted(self) -> bool:
        """Whether a person touched the build by hand."""
        return bool(self._pauses.marks)

    @property
    def marks(self) -> list[dict[str, str]]:
        """What they did, for the artifact."""
        return self._pauses.marks

    def taint(self, what: str, step: str, by: str, *, mark: str) -> None:
        """`Pauses.taint`."""
        self._pauses.taint(what, step, by, mark=mark)

    def replace(self, standing: Sequence[Breakpoint]) -> None:
        """These stand from now on."""
        self._standing = standing
        self._conditions.replace(standing)
        self._script.replace(standing)

    def stands_at(self, step: StepPlan) -> bool:
        """Whether somebody can answer, and a breakpoint stands at this very step."""
        return self._settings.options.wait_at_breakpoints and any(
            step.key in (point.steps or ()) for point in self._standing
        )

    @property
    def stepping(self) -> bool:
        """Whether the build goes on by one step only: a person waits for its next pause."""
        return self._one_more

    def stop_next(self, reason: str) -> None:
        """Stop before whichever step comes next, for a reason as in BuildPaused."""
        self._reason = reason

    async def before(self, step: StepPlan) -> Verdict:
        """Wait here if somebody wants the build to stop before this step. Raises Interrupted."""
        reason, self._reason = self._reason, ""
        if not reason and self._answered == step.key:
            self._answered = ""
            return DONE
        hits = {
            point.id: "" for point in self._standing if point.spec.when == "before" and step.key in (point.steps or ())
        }
        if not self._pauses.hit(step.key, 0, hits) and not reason:
            return DONE
        self._stood = 0, "before"
        await self._about_to_pause(step, "before")
        body = BuildPaused(step.key, reason or "breakpoint", place="before", breakpoints=list(hits))
        return self._decided_before(step, await self._pauses.wait(body, 0))

    async def settle(self, step: StepPlan, attempt: Attempt, note: str | None) -> Verdict:
        """note: of a breakpoint at this step, None if it is none. Raises StepFailed or Interrupted."""
        self._stood = attempt.span, "after"
        self._one_more, self._script.stepping = self._one_more or self._script.stepping, False
        heard, self._conditions.pending = self._conditions.pending, {}
        hits = {point.id: "" for point in self._standing if _hit_after(point, step, attempt)}
        if note is not None:
            hits[0] = note
        stays = self._pauses.hit(step.key, attempt.span, hits) or bool(heard)
        hits = {**hits, **heard} if stays else {}
        if attempt.error is not None and not step.continue_on_error:
            return await self._failed(step, attempt, attempt.error, hits)
        if attempt.error is not None:
            said = f"{step.title} failed; the build goes on, as continue_on_error says."
            self._pauses.say(attempt.span, said, WARN)
        if stays or self._one_more:
            await self._about_to_pause(step, "after")
            return await self._wait(step, attempt, "breakpoint" if stays else "next", hits)
        return DONE

    def script_lines(self, step: str, script: str) -> frozenset[int] | None:
        """`ScriptStops.lines`."""
        return self._script.lines(step, script)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """`ScriptStops.on_change`."""
        return self._script.on_change(callback)

    async def stop_in_script(self, step: str, script: str, span: int, standing: Standing) -> StopAnswer:
        """`ScriptStops.stop`."""
        self.reached = True
        return await self._script.stop(step, script, span, standing)

    async def stuck(self, step: StepPlan, error: BakehouseError) -> Verdict:
        """The machine could not be rolled back: wait for another try. The desk takes nothing else but the end."""
        self.failure = error
        span, place = self._stood
        body = BuildPaused(step.key, "rollback", error=str(error), place=place)
        return self._decided(step, Attempt(span, 0, error), await self._pauses.wait(body, span))

    async def _failed(self, step: StepPlan, attempt: Attempt, error: BakehouseError, hits: dict[int, str]) -> Verdict:
        self.failure = error
        mode, hold = self._settings.options.on_error, self._settings.options.hold
        if mode == "pause" and not hold:
            self._pauses.say(attempt.span, "The build does not pause: it has no --hold.", WARN)
        goes_on = not hits and (mode not in ("pause", "ask") or (mode == "pause" and not hold))
        if not goes_on:
            await self._about_to_pause(step, "after")
        if self.evidence is not None:
            await self.evidence.collect(step, attempt, machine=not goes_on)
        if goes_on:
            raise StepFailed(step, error)
        return await self._wait(step, attempt, "failure", hits)

    async def _about_to_pause(self, step: StepPlan, place: Literal["before", "after"]) -> None:
        self.reached = self.reached or step.kind != "machine"
        if self.ahead is not None:
            await self.ahead(step, place)

    async def _wait(self, step: StepPlan, attempt: Attempt, reason: str, hits: dict[int, str]) -> Verdict:
        error, note = str(attempt.error) if attempt.error else "", next(filter(None, hits.values()), "")
        ids = [id for id in hits if id]
        body = BuildPaused(
            step.key, reason, attempt.number, error, attempt.exit_status, note=note, breakpoints=ids
        )  # fmt: skip
        return self._decided(step, attempt, await self._pauses.wait(body, attempt.span))

    def _decided_before(self, step: StepPlan, decision: Decision) -> Verdict:
        self._one_more = decision.verb == "next"
        back = self._back(step, decision)
        if back is not None:
            return back
        if decision.verb == "skip":
            self._pauses.skip(step.key, step.number, step.title, 0, decision.by)
            return SKIPPED
        if decision.verb == "edit-retry":
            self._answered = step.key
            return AGAIN
        return DONE

    def _decided(self, step: StepPlan, attempt: Attempt, decision: Decision) -> Verdict:
        failed, self.failure = self.failure is not None, None
        self._one_more = decision.verb == "next"
        back = self._back(step, decision)
        if back is not None:
            return back
        if decision.verb in ("retry", "edit-retry"):
            self._answered = step.key
            return AGAIN
        if decision.verb == "skip":
            self._pauses.skip(step.key, step.number, step.title, attempt.span, decision.by)
            return SKIPPED
        if failed:
            what = f"went on after {step.number} {step.title}"
            self._pauses.taint(what, step.key, decision.by, mark="went on after it failed")
        return DONE

    def _back(self, step: StepPlan, decision: Decision) -> Verdict | None:
        """The machine is to be as it was. Breakpoints stop the build on its way from there as ever, but not before the
        step at which it is paused now, unless it is to stay paused."""
        stay = decision.verb == "rollback"
        if not stay and decision.verb != "rollback-retry" and not (decision.verb == "edit-retry" and decision.to):
            return None
        self._answered = "" if stay else step.key
        return Verdict("rewind", decision.to or step.key, stay, decision.by)

    def _heard(self, point: Breakpoint, note: str) -> None:
        """A condition was met while the step runs."""
        conditions = self._conditions
        if not self._pauses.hit(conditions.step, conditions.span, {point.id: note}):
            return
        conditions.pending[point.id] = note
        said = f"Breakpoint {point.id} ({point.spec.text}): the build stops as soon as it can."
        self._pauses.say(conditions.span, said)
        self._script.changed()


def _hit_after(point: Breakpoint, step: StepPlan, attempt: Attempt) -> bool:
    """A failure that no command's exit status explains is other than any status."""
    if point.steps is not None and step.key not in point.steps:
        return False
    if point.spec.when != "exit":
        return point.spec.when == "after"
    status = attempt.exit_status if attempt.error is not None else 0
    return (status != point.spec.status) if point.spec.differs else (status == point.spec.status)
