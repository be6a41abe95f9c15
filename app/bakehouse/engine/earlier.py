"""Whether an edit changes what a build has behind it: then a retry of the paused step alone would stand on work that
the template no longer asks for, and a roll back to the change is offered."""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.record.fitting import nearest_checkpoint
from bakehouse.record.state import BuildState, RunState
from bakehouse.session.protocol import Earlier
from bakehouse.template.plan import BuildPlan, FileRecord, Option, Plan, StepPlan


def earlier_changes(state: RunState, plans: Mapping[int, Plan], after: Plan) -> dict[str, Earlier]:
    """By key of each paused build, the first step before its pause that is not as it was run. plans: by revision."""
    found = {}
    for build in state.paused:
        now = next(other for other in after.builds if other.key == build.key)
        step = _first(state, build, plans, now, after.files)
        if step is not None:
            order = [other.key for other in now.steps]
            possible = bool(nearest_checkpoint(build, step.key, order))
            found[build.key] = Earlier(step.key, step.number, step.title, possible)
    return found


def _first(
    state: RunState, build: BuildState, plans: Mapping[int, Plan], now: BuildPlan, files: Mapping[str, FileRecord]
) -> StepPlan | None:
    """Changed, new, or the one that follows where one was taken out."""
    before = [step for step in build.steps if not build.steps[step].gone]
    behind = before[: before.index(build.pause.step)] if build.pause and build.pause.step in before else []
    for step in now.steps:
        if not behind and build.pause is not None and step.key == build.pause.step:
            return None
        if not behind or step.key != behind[0]:
            return step if behind or _paused_follows(build, now, step) else None
        behind.pop(0)
        span = state.spans.get(build.steps[step.key].span)
        then = plans[span.revision] if span is not None else plans[state.revision]
        if not _as_run(step, now, files, then, build.key):
            return step
    return None


def _paused_follows(build: BuildState, now: BuildPlan, step: StepPlan) -> bool:
    """Whether a step that is new stands before the paused one; if that is gone, nothing can be said."""
    order = [other.key for other in now.steps]
    return build.pause is not None and build.pause.step in order[order.index(step.key) :]


def _as_run(step: StepPlan, now: BuildPlan, files: Mapping[str, FileRecord], then: Plan, build: str) -> bool:
    was = next(other for other in then.builds if other.key == build)
    same = next((other for other in was.steps if other.key == step.key), None)
    if same is None:
        return True
    if step.kind == "machine" and _values(now.options) != _values(was.options):
        return False
    digests = [files[path].digest for path in step.inputs if path in files]
    return (
        step.type == same.type
        and _values(step.options) == _values(same.options)
        and digests == [then.files[path].digest for path in same.inputs if path in then.files]
    )


def _values(options: Mapping[str, Option]) -> dict[str, object]:
    """What options say, wherever they stand."""
    return {
        name: (option.late.text, option.late.scope) if option.late else option.value for name, option in options.items()
    }
