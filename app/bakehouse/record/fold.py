"""State is one pure function of the events (DESIGN 5): `fold`, used alike by engine, viewers, printer and replay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bakehouse.record import events
from bakehouse.record.events import Event
from bakehouse.record.state import BreakpointState, BuildState, Pause, RunState, SpanState, StepState

OUTCOMES = {"ok": "ok", "failed": "failed", "cancelled": "cancelled"}


def fold(facts: Iterable[Event], state: RunState | None = None) -> RunState:
    """Take `state` (a new one by default) on by `facts` and return it.

    A kind or a build that is not known is passed over; so is an event whose seq was folded in already, so a
    follower may hear a stretch twice. Live-only events (seq 0) change nothing.
    """
    state = RunState() if state is None else state
    for fact in facts:
        if fact.seq <= state.seq:
            continue
        state.seq = fact.seq
        handler = _RUN.get(fact.kind)
        if handler is not None:
            handler(state, fact)
            continue
        build_handler = _BUILD.get(fact.kind)
        build = state.builds.get(fact.build)
        if build_handler is not None and build is not None:
            build_handler(state, build, fact)
    return state


def _run_started(state: RunState, fact: Event) -> None:
    body = fact.decode(events.RunStarted)
    state.run, state.template, state.directory = body.run, body.template, body.directory
    state.pid, state.version, state.installation = body.pid, body.version, body.installation
    state.user, state.hold, state.parallel = body.user, body.hold, body.parallel
    state.on_error, state.fail_tainted, state.started = body.on_error, body.fail_tainted, fact.at


def _plan_revised(state: RunState, fact: Event) -> None:
    body = fact.decode(events.PlanRevised)
    state.revision = body.revision
    for info in body.builds:
        build = state.builds.setdefault(info.key, BuildState(info))
        build.info = info
        old = build.steps
        build.steps = {step.key: old.get(step.key) or StepState(step) for step in info.steps}
        for step in info.steps:
            build.steps[step.key].info = step
        for key, left in old.items():
            if key not in build.steps and left.span:
                left.gone = True
                build.steps[key] = left


def _run_stopping(state: RunState, fact: Event) -> None:
    state.stopping = fact.decode(events.RunStopping).how


def _run_finished(state: RunState, fact: Event) -> None:
    state.exit_code, state.finished = fact.decode(events.RunFinished).exit_code, fact.at


def _diagnostic(state: RunState, fact: Event) -> None:
    state.diagnostics.append(fact.decode(events.Diagnostic))


def _output_lost(state: RunState, fact: Event) -> None:
    state.lost_bytes += fact.decode(events.OutputLost).bytes


def _span_started(state: RunState, fact: Event) -> None:
    body = fact.decode(events.SpanStarted)
    state.spans[fact.span] = SpanState(
        fact.span, body.parent, body.type, body.title, body.step, body.attempt, body.revision, fact.at,
        line=body.line, by=body.by, build=fact.build,
    )  # fmt: skip
    build = state.builds.get(fact.build)
    if build is None:
        return
    if body.type in ("undo", "cleanup") and not build.ended:
        build.status = "removing"
    step = build.steps.get(body.step)
    if body.type == "attempt" and step is not None:
        build.status = "running"
        step.status, step.attempt, step.span = "running", body.attempt, fact.span
        step.started, step.finished = fact.at, 0
        step.error, step.exit_status, step.accepted = "", None, False
        step.swallowed, step.trace_note = [], ""
        step.stood = step.standing = 0


def _span_finished(state: RunState, fact: Event) -> None:
    span = state.spans.get(fact.span)
    if span is None:
        return
    body = fact.decode(events.SpanFinished)
    span.finished, span.outcome = fact.at, body.outcome
    span.error, span.exit_status, span.seconds = body.error, body.exit_status, body.seconds
    build = state.builds.get(fact.build)
    step = build.steps.get(span.step) if build is not None else None
    if span.type == "attempt" and step is not None and step.span == fact.span:
        step.status, step.finished = OUTCOMES.get(body.outcome, "failed"), fact.at
        step.error, step.exit_status = body.error, body.exit_status
        if build is not None:
            build.question = ""


def _waits_for_input(state: RunState, build: BuildState, fact: Event) -> None:
    build.question = fact.decode(events.WaitsForInput).question


def _build_waits(state: RunState, build: BuildState, fact: Event) -> None:
    build.waits = fact.decode(events.BuildWaits).why


def _build_started(state: RunState, build: BuildState, fact: Event) -> None:
    build.status, build.started = "running", fact.at
    build.facts = fact.decode(events.BuildStarted).facts


def _build_paused(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.BuildPaused)
    build.status = "paused"
    build.pause = Pause(
        body.step, fact.span, body.reason, fact.at, body.until, body.attempt, body.error, body.exit_status, body.note,
        body.shell, body.place, body.line, body.command, body.breakpoints, body.round, body.skips,
    )  # fmt: skip
    if body.step in build.steps:
        build.steps[body.step].status = "paused"
    if body.place in ("line", "inside"):
        for timed in _open(state, build, body.step):
            timed.standing = fact.at


def _build_resumed(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.BuildResumed)
    pause, build.pause, build.status = build.pause, None, "running"
    for timed in _open(state, build, pause.step) if pause is not None else ():
        if timed.standing:
            timed.stood, timed.standing = timed.stood + fact.at - timed.standing, 0
    step = build.steps.get(pause.step) if pause is not None else None
    if step is None or pause is None:
        return
    failed = pause.reason == "failure"
    after = "failed" if failed or step.error else "ok"
    step.status = {"before": "waiting", "line": "running", "inside": "running"}.get(pause.place, after)
    step.accepted = failed and body.verb in ("continue", "next")


def _open(state: RunState, build: BuildState, step: str) -> Iterator[StepState | SpanState]:
    """A step and all that runs in it."""
    if step in build.steps:
        yield build.steps[step]
    yield from (
        span for span in state.spans.values() if span.step == step and span.build == build.key and not span.finished
    )


def _breakpoint_set(state: RunState, fact: Event) -> None:
    body = fact.decode(events.BreakpointSet)
    before = state.breakpoints.get(body.id)  # told again when an edit has moved it
    state.breakpoints[body.id] = BreakpointState(body, before.hits if before is not None else 0)


def _breakpoint_cleared(state: RunState, fact: Event) -> None:
    state.breakpoints.pop(fact.decode(events.BreakpointCleared).id, None)


def _breakpoint_hit(state: RunState, fact: Event) -> None:
    hit = state.breakpoints.get(fact.decode(events.BreakpointHit).breakpoint)
    if hit is not None:
        hit.hits += 1


def _driver_changed(state: RunState, fact: Event) -> None:
    body = fact.decode(events.DriverChanged)
    state.driver, state.driver_name = body.viewer, body.user


def _checkpoint_made(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.CheckpointMade)
    build.checkpoints[body.id] = body


def _no_checkpoints(state: RunState, build: BuildState, fact: Event) -> None:
    build.no_checkpoints = fact.decode(events.NoCheckpoints).why


def _checkpoint_gone(state: RunState, build: BuildState, fact: Event) -> None:
    build.checkpoints.pop(fact.decode(events.CheckpointGone).id, None)


def _build_rewound(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.BuildRewound)
    ahead = False
    for step in build.steps.values():
        ahead = ahead or step.info.key == body.step
        if ahead:
            step.status, step.accepted, step.cached, step.swallowed = "waiting", False, False, []
            step.error, step.exit_status = "", None


def _step_cached(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.StepCached)
    step = build.steps.get(body.step)
    if step is not None:
        if body.hit:
            step.status = "ok"
        elif step.cached:  # what was left out is to be run after all
            step.status = "waiting"
        step.cached, step.cache_note = body.hit, body.because


def _evidence_collected(state: RunState, build: BuildState, fact: Event) -> None:
    build.evidence = fact.decode(events.EvidenceCollected).path


def _script_traced(state: RunState, build: BuildState, fact: Event) -> None:
    body, span = fact.decode(events.ScriptTraced), state.spans.get(fact.span)
    step = build.steps.get(span.step) if span is not None else None
    if step is not None and not body.traced:
        step.trace_note = body.reason


def _failure_swallowed(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.FailureSwallowed)
    step = build.steps.get(body.step)
    if step is not None and body.how != "note":
        step.swallowed.append(body)


def _step_skipped(state: RunState, build: BuildState, fact: Event) -> None:
    step = build.steps.get(fact.decode(events.StepSkipped).step)
    if step is not None:
        step.status = "skipped"


def _tainted(state: RunState, build: BuildState, fact: Event) -> None:
    build.taints.append(fact.decode(events.Tainted))


def _artifact_made(state: RunState, build: BuildState, fact: Event) -> None:
    build.artifacts.append(fact.decode(events.ArtifactMade))


def _artifact_gone(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.ArtifactGone)
    for artifact in build.artifacts:
        if (artifact.builder_id, artifact.id) == (body.builder_id, body.id):
            build.artifacts.remove(artifact)
            return


def _resource_claimed(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.ResourceClaimed)
    build.resources[body.owner, body.type, body.name] = body


def _resource_gone(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.ResourceGone)
    build.resources.pop((body.owner, body.type, body.name), None)
    build.leftovers.pop((body.owner, body.type, body.name), None)


def _removal_failed(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.RemovalFailed)
    build.leftovers[body.owner, body.type, body.name] = body.error


def _hold_changed(state: RunState, build: BuildState, fact: Event) -> None:
    if build.pause is not None:
        build.pause.until = fact.decode(events.HoldChanged).until


def _build_finished(state: RunState, build: BuildState, fact: Event) -> None:
    body = fact.decode(events.BuildFinished)
    build.status, build.finished, build.pause, build.waits = body.outcome, fact.at, None, ""
    build.error, build.kept = body.error, body.kept


_RUN: dict[str, Callable[[RunState, Event], Any]] = {
    "RunStarted": _run_started,
    "PlanRevised": _plan_revised,
    "RunStopping": _run_stopping,
    "RunFinished": _run_finished,
    "Diagnostic": _diagnostic,
    "OutputLost": _output_lost,
    "SpanStarted": _span_started,
    "SpanFinished": _span_finished,
    "BreakpointSet": _breakpoint_set,
    "BreakpointCleared": _breakpoint_cleared,
    "BreakpointHit": _breakpoint_hit,
    "DriverChanged": _driver_changed,
}
_BUILD: dict[str, Callable[[RunState, BuildState, Event], Any]] = {
    "BuildWaits": _build_waits,
    "BuildStarted": _build_started,
    "BuildPaused": _build_paused,
    "BuildResumed": _build_resumed,
    "CheckpointMade": _checkpoint_made,
    "CheckpointGone": _checkpoint_gone,
    "NoCheckpoints": _no_checkpoints,
    "BuildRewound": _build_rewound,
    "StepCached": _step_cached,
    "EvidenceCollected": _evidence_collected,
    "ScriptTraced": _script_traced,
    "FailureSwallowed": _failure_swallowed,
    "WaitsForInput": _waits_for_input,
    "StepSkipped": _step_skipped,
    "Tainted": _tainted,
    "ArtifactMade": _artifact_made,
    "ArtifactGone": _artifact_gone,
    "ResourceClaimed": _resource_claimed,
    "ResourceGone": _resource_gone,
    "RemovalFailed": _removal_failed,
    "HoldChanged": _hold_changed,
    "BuildFinished": _build_finished,
}
