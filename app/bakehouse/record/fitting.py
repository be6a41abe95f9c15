"""Whether a verb fits what a build stands at, by its state alone: the desk refuses with these sentences, and viewers
mute a verb with them before anybody gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bakehouse.record.state import BuildState, Pause, StepState

GOING_ON = ("continue", "next", "skip")
AGAIN = ("retry", "edit-retry")
BACK = ("rollback", "rollback-retry")
MAKES = {
    "machine": "makes the machine: without it nothing after it can run. Retry, or cancel.",
    "artifact": "makes the artifact: without it the build has no result. Retry, or cancel.",
}


def why_not(verb: str, build: BuildState, to: str = "", order: Sequence[str] = ()) -> str:
    """A sentence about why a verb that needs a paused build does not fit this pause; "" if it does.

    to: the step's key for a roll back, "" for the paused one. order: keys of the steps as a new plan has them, by
    default as they are. It says nothing of a build that is not paused.
    """
    pause = build.pause
    if pause is None:
        return ""
    if pause.reason == "disk":
        return "" if verb == "hold" else f"{pause.note} The build goes on by itself once there is space."
    if verb in BACK or (verb in AGAIN and to):
        return _back(build, pause, to or pause.step, order or list(build.steps))
    if pause.reason == "rollback" and pause.error and verb in (*GOING_ON, *AGAIN):
        return "The machine could not be rolled back, so nothing can run on it. Roll back again, or cancel."
    if verb in AGAIN:
        return _again(verb, build, pause)
    if verb in GOING_ON:
        return _going_on(verb, build, pause)
    if verb in ("shell", "run") and not pause.shell:
        return "There is no machine to open a shell in." if verb == "shell" else "There is no machine to run it in."
    return "This build waits for ever already." if verb == "hold" and not pause.until else ""


def nearest_checkpoint(build: BuildState, step: str, order: Sequence[str] = ()) -> int:
    """Id of the newest checkpoint at or before a step, 0 for none. order: as in `why_not`."""
    now = [key for key, state in build.steps.items() if not state.gone]
    keys = order or now
    places = {id: moved(checkpoint.step, now, keys) for id, checkpoint in build.checkpoints.items()}
    return next(iter(at_or_before(places, keys, keys.index(step) if step in keys else -1)), 0)


def at_or_before(places: Mapping[int, str], order: Sequence[str], last: int) -> list[int]:
    """Ids of the checkpoints at or before place `last` in an order of steps: the nearest first, of one step the newest.

    places: by id, the step before which the machine is as saved.
    """
    found = [(order.index(step), id) for id, step in places.items() if step in order]
    return [id for place, id in sorted(found, reverse=True) if place <= last]


def moved(step: str, before: Sequence[str], after: Sequence[str]) -> str:
    """The machine as it was before a step in one order of steps: before which one that is in another order. "" if what
    it has behind it is not what comes first there."""
    if step not in before:
        return ""
    behind = list(before[: before.index(step)])
    follows = after[len(behind) : len(behind) + 1]
    return follows[0] if follows and list(after[: len(behind)]) == behind else ""


def _again(verb: str, build: BuildState, pause: Pause) -> str:
    if pause.place == "line":
        return f"{_name(build, pause.step)} is in the middle of its script. Let it run to its end first, or cancel."
    if pause.place == "before" and verb == "retry":
        return f"{_name(build, pause.step)} has not run yet. Continue runs it."
    return ""


def _going_on(verb: str, build: BuildState, pause: Pause) -> str:
    step = build.steps.get(pause.step)
    undone = pause.reason == "failure" or (pause.place == "before" and verb == "skip")
    if undone and step is not None and step.info.kind in MAKES:
        return f"Step {step.info.number} {MAKES[step.info.kind]}"
    if verb == "skip" and pause.place == "line" and not pause.skips:
        return "sh cannot leave a command out; bash can. Continue or next runs it."
    if verb == "skip" and pause.place == "after" and pause.reason != "failure":
        return "This step is done: there is nothing to skip. Continue goes on."
    return ""


def _back(build: BuildState, pause: Pause, to: str, order: Sequence[str]) -> str:
    step = build.steps.get(pause.step)
    if pause.place == "line":
        return _again("rollback", build, pause)
    if step is not None and step.info.kind == "machine":
        return "There is no machine yet that could be rolled back."
    if step is not None and step.info.kind == "post-processor":
        return "The machine is gone: post-processors run without it."
    if to not in order:
        return f'There is no step "{to}".'
    if pause.step in order and order.index(to) > order.index(pause.step):
        return f"{_name(build, to)} comes after the step at which the build is paused."
    if not build.checkpoints:
        why = build.no_checkpoints or "There is no checkpoint to roll back to."
        return why.replace("nothing to compare.", "nothing to roll back to.")
    if not nearest_checkpoint(build, to, order):
        return f"There is no checkpoint at or before {_name(build, to)} to roll back to."
    return ""


def _name(build: BuildState, key: str) -> str:
    """Step 4 setup.sh."""
    step: StepState | None = build.steps.get(key)
    return f"Step {step.info.number} {step.info.title}" if step is not None else f"Step {key}"
