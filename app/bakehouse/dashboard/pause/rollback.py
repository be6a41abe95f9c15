"""What a paused build can be rolled back to, how long it would take, and what would not come back. Pure text."""

from __future__ import annotations

from collections.abc import Sequence

from bakehouse.record.events import NANOSECONDS, CheckpointMade
from bakehouse.record.fitting import at_or_before
from bakehouse.record.state import BuildState, StepState, worked


def reachable(build: BuildState, step: str = "") -> list[CheckpointMade]:
    """The checkpoints at or before a step (by default the one it is paused at), the newest first; one for each step."""
    step = step or (build.pause.step if build.pause is not None else "")
    order = list(build.steps)
    places = {id: made.step for id, made in build.checkpoints.items()}
    within = at_or_before(places, order, order.index(step) if step in build.steps else -1)
    newest: dict[str, CheckpointMade] = {}
    for id in within:
        newest.setdefault(places[id], build.checkpoints[id])
    return list(newest.values())


def nearest(build: BuildState, step: str = "") -> CheckpointMade | None:
    """The newest checkpoint at or before a step."""
    return next(iter(reachable(build, step)), None)


def again(build: BuildState, made: CheckpointMade, step: str = "") -> list[StepState]:
    """The steps that run again after a roll back to it, up to and with `step` (by default the paused one)."""
    step = step or (build.pause.step if build.pause is not None else "")
    order = list(build.steps.values())
    keys = list(build.steps)
    if step not in keys or made.step not in keys:
        return []
    return [found for found in order[keys.index(made.step) : keys.index(step) + 1] if not found.gone]


def estimate(steps: Sequence[StepState], made: CheckpointMade) -> str:
    """`~9 s`, `~1:45`: what those steps took this time and the checkpoint cost; "" if one of them has no time yet."""
    if not steps or any(not step.started or not step.finished for step in steps):
        return ""
    whole = sum(worked(step, step.finished) for step in steps)
    seconds = max(1, round(whole / NANOSECONDS + made.seconds))
    return f"~{seconds} s" if seconds < 60 else f"~{seconds // 60}:{seconds % 60:02}"


def numbers(steps: Sequence[StepState]) -> str:
    """`4`, `3 and 4`, `2 to 4`."""
    found = [step.info.number for step in steps]
    return span(found[0], found[-1]) if found else ""


def span(first: int, last: int) -> str:
    """The same for a row of numbers."""
    if first == last:
        return str(first)
    return f"{first} and {last}" if last == first + 1 else f"{first} to {last}"


def number(build: BuildState, made: CheckpointMade) -> int:
    """Of the step that the machine is as before."""
    return build.steps[made.step].info.number


def retry_texts(build: BuildState, script: str) -> tuple[str, ...]:
    """What `R` will do, the longest first; empty if there is no checkpoint. script: what the paused step runs."""
    made = nearest(build)
    if made is None:
        return ()
    steps, at = again(build, made), number(build, made)
    time = estimate(steps, made)
    if len(steps) > 1:
        ran = f"run {numbers(steps)}"
        long = f"machine as before {at}, {ran}"
        return (*([f"{long}, {time}"] if time else []), long, f"as before {at}, {ran}", f"as before {at}")
    long = f"machine as before {at}, then {script}"
    timed = [f"{long}, {time}"] if time else []
    return (*timed, long, f"machine as before {at}, then retry", f"as before {at}, then retry", f"as before {at}")


def on_host(steps: Sequence[StepState]) -> str:
    """A sentence about those that act on the host, where nothing is rolled back; "" without one."""
    names = [f"{step.info.number} {step.info.title}" for step in steps if step.info.on_host]
    return f"On the host nothing is rolled back: {', '.join(names)} will act there once more." if names else ""


def lost(made: CheckpointMade) -> str:
    """A sentence about what a roll back to it does not bring back."""
    if not made.lost:
        return "Files, permissions and owners come back. Programs that run now are ended."
    return f"Will not come back: {', '.join(made.lost)}."
