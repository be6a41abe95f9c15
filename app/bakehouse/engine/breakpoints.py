"""What follows a step: go on, try again, or wait for a person. A failure is one kind of breakpoint; `-on-error` is a
standing answer to it (DESIGN 4)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from bakehouse.engine.control import Control
from bakehouse.engine.ports import Decision, Settings, Sink, Slots
from bakehouse.engine.step import Attempt
from bakehouse.errors import BakehouseError
from bakehouse.record.events import NANOSECONDS, BreakpointHit, BuildPaused, StepSkipped, Tainted
from bakehouse.record.log import SAY, WARN
from bakehouse.sdk import Machine
from bakehouse.template.plan import StepPlan


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows: the step is done, is run again, was left out; or the machine is rolled back to before step `to`,
    after which the build goes on, or stays paused (`stay`)."""

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


class Breakpoints:
    """Settles what follows each step of one build. failure: what the build stands after, until somebody answers it."""

    def __init__(self, settings: Settings, sink: Sink, control: Control, slots: Slots, machine: Machine) -> None:
        self.tainted = False
        self.failure: BakehouseError | None = None
        self._settings = settings
        self._sink = sink
        self._control = control
        self._slots = slots
        self._machine = machine
        self._one_more = False

    async def before(self, step: StepPlan) -> Verdict:
        """Wait here if somebody wants the build to stop before this step. Raises Interrupted."""
        return DONE

    def stop_next(self, reason: str) -> None:
        """Stop before whichever step comes next, for a reason as in BuildPaused."""

    async def settle(self, step: StepPlan, attempt: Attempt, note: str | None) -> Verdict:
        """note: of a breakpoint at this step, None if it is none. Raises StepFailed or Interrupted."""
        if attempt.error is not None:
            return await self._failed(step, attempt, attempt.error)
        if note is not None:
            if not self._settings.wait_at_breakpoints:
                self._pass_by(step, attempt, note)
                return DONE
            self._sink.emit(BreakpointHit(step.key, note), attempt.span)
            return await self._wait(step, attempt, "breakpoint", note)
        if self._one_more:
            return await self._wait(step, attempt, "next")
        return DONE

    async def _failed(self, step: StepPlan, attempt: Attempt, error: BakehouseError) -> Verdict:
        if step.continue_on_error:
            self._say(attempt.span, WARN, f"{step.title} failed; the build goes on, as continue_on_error says.")
            return DONE
        self.failure = error
        mode, hold = self._settings.on_error, self._settings.hold
        if mode == "pause" and not hold:
            self._say(attempt.span, WARN, "The build does not pause: it has no --hold.")
        if mode not in ("pause", "ask") or (mode == "pause" and not hold):
            raise StepFailed(step, error)
        return await self._wait(step, attempt, "failure")

    def _pass_by(self, step: StepPlan, attempt: Attempt, note: str) -> None:
        self._sink.emit(BreakpointHit(step.key, note, passed=True), attempt.span)
        self._say(attempt.span, SAY, "Nobody is there to answer at this breakpoint: the build goes on.")

    async def _wait(self, step: StepPlan, attempt: Attempt, reason: str, note: str = "") -> Verdict:
        error = str(attempt.error) if attempt.error else ""
        hold = self._settings.hold
        until = time.time_ns() + int(hold * NANOSECONDS) if hold else 0
        communicator = self._machine.communicator
        shell = communicator is not None and communicator.HAS_SHELL
        body = BuildPaused(step.key, reason, attempt.number, error, attempt.exit_status, until, note, shell)
        self._slots.rest()
        self._sink.emit(body, attempt.span)
        decision = await self._control.answer()
        with self._control.scope():
            await self._slots.resume()
        return self._decided(step, attempt, decision)

    def _decided(self, step: StepPlan, attempt: Attempt, decision: Decision) -> Verdict:
        self.failure = None
        self._one_more = decision.verb == "next"
        if decision.verb in ("retry", "edit-retry"):
            return AGAIN
        if attempt.error is not None:
            verb = "skipped" if decision.verb == "skip" else "went on after"
            self.taint(f"{verb} {step.number} {step.title}", step.key, decision.by)
        if decision.verb == "skip":
            self._sink.emit(StepSkipped(step.key, "skip", decision.by), attempt.span)
            return SKIPPED
        return DONE

    def taint(self, what: str, step: str, by: str) -> None:
        """A person touched the build by hand."""
        self.tainted = True
        self._sink.emit(Tainted(what, step, by))

    def _say(self, span: int, stream: int, text: str) -> None:
        self._sink.output(span, stream, text.encode() + b"\n")
