"""Whether an edit changes what a build has behind it: then a retry of the paused step alone would stand on work that
the template no longer asks for, and a roll back to the change is offered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bakehouse.record.fitting import moved, nearest_checkpoint
from bakehouse.record.state import BuildState, RunState
from bakehouse.session.protocol import Earlier
from bakehouse.template.plan import BuildPlan, FileRecord, Option, Plan, StepPlan


def earlier_changes(state: RunState, plans: Mapping[int, Plan], after: Plan) -> dict[str, Earlier]:
    """By key of each paused build, the first step before its pause that is not as it was run. plans: by revision."""
    found = {}
    for build in state.paused:
        now = next(other for other in after.builds if other.key == build.key)
        differences = list(_differences(state, build, plans, now, after.files))
        if differences:
            found[build.key] = _told(build, now, differences)
    return found


def _told(build: BuildState, now: BuildPlan, differences: list[_Difference]) -> Earlier:
    first = differences[0]
    order = [step.key for step in now.steps]
    before = [key for key, step in build.steps.items() if not step.gone]
    id = nearest_checkpoint(build, first.step.key, order)
    at = moved(build.checkpoints[id].step, before, order) if id else ""
    until = order.index(build.pause.step) + 1 if build.pause and build.pause.step in order else len(order)
    numbers = {step.key: step.number for step in now.steps}
    new = [f"{other.step.number} {other.step.title}" for other in differences if other.change == "new"]
    return Earlier(
        first.step.key,
        first.step.number,
        first.step.title,
        bool(id),
        change=first.change,
        gone=first.gone,
        checkpoint=id,
        at=numbers.get(at, 0),
        until=now.steps[until - 1].number if build.pause and build.pause.step in order else 0,
        new=new,
        stale=any(other.change != "new" for other in differences),
    )


@dataclass(frozen=True, slots=True)
class _Difference:
    """step: as the new plan has it; of a step that was taken out the one that follows, and `gone` calls it."""

    step: StepPlan
    change: Literal["changed", "new", "removed"]
    gone: str = ""


def _differences(
    state: RunState, build: BuildState, plans: Mapping[int, Plan], now: BuildPlan, files: Mapping[str, FileRecord]
) -> Iterator[_Difference]:
    """Changed, new, or followed by one that was taken out, in order."""
    before = [step for step in build.steps if not build.steps[step].gone]
    behind = before[: before.index(build.pause.step)] if build.pause and build.pause.step in before else []
    order = [step.key for step in now.steps]
    for step in now.steps:
        while behind and behind[0] not in order and step.key in before:
            info = build.steps[behind.pop(0)].info
            yield _Difference(step, "removed", f"{info.number} {info.title}")
        if not behind and build.pause is not None and step.key == build.pause.step:
            return
        if step.key not in behind:
            if step.key not in before and (behind or _paused_follows(build, now, step)):
                yield _Difference(step, "new")
                continue
            return
        moved_here = step.key != behind[0]
        behind.remove(step.key)
        span = state.spans.get(build.steps[step.key].span)
        then = plans[span.revision] if span is not None else plans[state.revision]
        if moved_here or not _as_run(step, now, files, then, build.key):
            yield _Difference(step, "changed")


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
