"""The breakpoints of a run, as viewers see them: where they stand, what they are called, how often they were hit."""

from __future__ import annotations

from collections.abc import Sequence

from bakehouse.dashboard import formats
from bakehouse.record.state import BreakpointState, BuildState, RunState

MARKS = {"before": "b", "line": "b", "after": "B"}
"""What stands in the gutter of a step; conditions have no place there."""


def gutter(state: RunState, build: str) -> dict[str, str]:
    """By step key, `b`, `B` or both: the breakpoints that stand at a step of the build."""
    found: dict[str, set[str]] = {}
    for stop in state.breakpoints.values():
        mark = MARKS.get(stop.info.when, "")
        for step in stop.info.steps.get(build, []) if mark else []:
            found.setdefault(step, set()).add(mark)
    return {step: "".join(sorted(marks, reverse=True)) for step, marks in found.items()}


def at(state: RunState, build: str, step: str, when: str) -> list[BreakpointState]:
    """Those that stand before, or after, one step of a build."""
    return [stop for stop in state.breakpoints.values() if stop.info.when == when and step in _steps(stop, build)]


def alone(stop: BreakpointState) -> bool:
    """Whether it stands at one step of one build only."""
    return sum(len(steps) for steps in stop.info.steps.values()) == 1


def _steps(stop: BreakpointState, build: str) -> list[str]:
    return stop.info.steps.get(build, [])


def place(stop: BreakpointState, builds: Sequence[BuildState]) -> str:
    """Where it stands, for people: `4 install-nginx`, `4 install-nginx in 3 builds`, `6 steps in 2 builds`."""
    steps = stop.info.steps
    if not steps:
        return "any step of any build"
    count = sum(len(keys) for keys in steps.values())
    names = {build.key: build for build in builds}
    titles = {
        f"{found.info.number} {found.info.title}"
        for key, keys in steps.items()
        for step in keys
        if key in names and (found := names[key].steps.get(step)) is not None
    }
    where = names[next(iter(steps))].name if len(steps) == 1 and next(iter(steps)) in names else ""
    where = where or formats.plural(len(steps), "build")
    what = next(iter(titles)) if len(titles) == 1 else formats.plural(count, "step")
    line = f" line {stop.info.line}" if stop.info.line else ""
    return f"{what}{line} in {where}"


def called(stop: BreakpointState, builds: Sequence[BuildState]) -> str:
    """What it says, in short: as it was written, a step's key in it replaced by the step's title."""
    text = stop.info.text
    for build in builds:
        for key in stop.info.steps.get(build.key, []):
            if key in build.steps and text.endswith(key):
                return text.removesuffix(key) + build.steps[key].info.title
    return text


def hits(stop: BreakpointState) -> str:
    """`not hit yet`, `1 hit`, `3 hits`."""
    return formats.plural(stop.hits, "hit") if stop.hits else "not hit yet"
