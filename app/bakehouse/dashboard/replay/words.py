"""What happened, in a few words: for the line under a replay's time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bakehouse.record import events
from bakehouse.record.events import Event
from bakehouse.record.state import RunState


def told(fact: Event, state: RunState) -> str:
    """`web.docker: 4 install-nginx failed`; "" for what is not worth saying. state: with the event folded in."""
    words = _WORDS.get(fact.kind)
    said = words(fact, state) if words is not None else ""
    build = state.builds.get(fact.build)
    return f"{build.name}: {said}" if said and build is not None else said


def failures(facts: Sequence[Event]) -> list[int]:
    """When attempts at steps and builds failed, ns since 1970; a shell that was hung up on is no failure."""
    attempts, found = set[int](), list[int]()
    for fact in facts:
        if fact.kind == "SpanStarted" and fact.decode(events.SpanStarted).type == "attempt":
            attempts.add(fact.span)
        elif fact.kind == "SpanFinished" and fact.span in attempts:
            if fact.decode(events.SpanFinished).outcome == "failed":
                found.append(fact.at)
        elif fact.kind == "BuildFinished" and fact.decode(events.BuildFinished).outcome == "failed":
            found.append(fact.at)
    return found


def _step(fact: Event, state: RunState, key: str) -> str:
    build = state.builds.get(fact.build)
    step = build.steps.get(key) if build is not None else None
    return f"{step.info.number} {step.info.title}" if step is not None else "a step"


def _began(fact: Event, state: RunState) -> str:
    body = fact.decode(events.SpanStarted)
    if body.parent:
        return ""
    if body.type != "attempt":
        return f"{body.type} began"
    again = f", attempt {body.attempt}" if body.attempt > 1 else ""
    return f"{_step(fact, state, body.step)} began{again}"


def _ended(fact: Event, state: RunState) -> str:
    span = state.spans.get(fact.span)
    if span is None or span.parent:
        return ""
    what = _step(fact, state, span.step) if span.type == "attempt" else span.type
    outcome = {"ok": "is done", "failed": "failed", "cancelled": "was cancelled"}.get(span.outcome, span.outcome)
    status = f", exit {span.exit_status}" if span.exit_status else ""
    return f"{what} {outcome}{status}"


def _paused(fact: Event, state: RunState) -> str:
    return f"paused at {_step(fact, state, fact.decode(events.BuildPaused).step)}"


def _resumed(fact: Event, state: RunState) -> str:
    body = fact.decode(events.BuildResumed)
    return f"{body.by or 'the end of the hold'} chose {body.verb}"


def _finished(fact: Event, state: RunState) -> str:
    return fact.decode(events.BuildFinished).outcome


def _run_finished(fact: Event, state: RunState) -> str:
    return f"the run ended, exit code {fact.decode(events.RunFinished).exit_code}"


def _tainted(fact: Event, state: RunState) -> str:
    return f"tainted: {fact.decode(events.Tainted).what}"


def _skipped(fact: Event, state: RunState) -> str:
    return f"{_step(fact, state, fact.decode(events.StepSkipped).step)} was skipped"


def _driver(fact: Event, state: RunState) -> str:
    user = fact.decode(events.DriverChanged).user
    return f"{user} drives" if user else ""


_WORDS: dict[str, Callable[[Event, RunState], str]] = {
    "RunStarted": lambda fact, state: "the run began",
    "PlanRevised": lambda fact, state: f"revision {fact.decode(events.PlanRevised).revision} came into force",
    "BuildStarted": lambda fact, state: "began",
    "SpanStarted": _began,
    "SpanFinished": _ended,
    "BuildPaused": _paused,
    "BuildResumed": _resumed,
    "BuildFinished": _finished,
    "RunFinished": _run_finished,
    "Tainted": _tainted,
    "StepSkipped": _skipped,
    "DriverChanged": _driver,
    "CheckpointMade": lambda fact, state: "checkpoint taken",
    "BuildRewound": lambda fact, state: "rolled back",
    "ArtifactMade": lambda fact, state: "artifact made",
    "RunStopping": lambda fact, state: "the run is being stopped",
}
