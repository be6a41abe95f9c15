"""The words with which plain output ends, in Packer's order and shapes."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bakehouse.headless import durations
from bakehouse.record.events import NANOSECONDS
from bakehouse.record.state import BuildState, Pause, RunState

_STOPPING = {
    "cut": "Cutting short what is being removed now",
    "keep": "Stopping every build and keeping every machine",
    "after-step": "Stopping once the running steps have ended",
    "force": "Ending at once; what is left stays in the ledger",
}

ERRORS = "==> Some builds didn't complete successfully and had errors:"
ARTIFACTS = "==> Builds finished. The artifacts of successful builds are:"
NOTHING = "==> Builds finished but no artifacts were created."
FAILED_BY_TAINT = "The exit code is 1 for that alone: --fail-tainted."


def stopping(how: str, by: str) -> str:
    """The line that says why builds end early."""
    if how == "clean" and not by:
        return "Cancelling build after receiving interrupt"
    text = _STOPPING.get(how, "Stopping every build and cleaning up")
    return f"{text}, {by} asked for it" if by else text


def pause(build: BuildState, why: Pause, now: int, *, past: bool = False) -> str:
    """The line that says that a build waits for a person, and how long; or that it did, if that is past."""
    step = build.steps.get(why.step)
    where = {"before": "before", "line": f"at line {why.line} of", "inside": "in"}.get(why.place, "at")
    place = f" {where} {step.info.number} {step.info.title}" if step is not None else ""
    reason = f": {why.error or 'failed'}" if why.reason == "failure" else ""
    reason = reason or (f": {why.note or why.command}" if why.note or why.command else "")
    if past:
        return f"paused{place}{reason}"
    kept = f"paused{place}{reason}" + (" Machine kept" if reason.endswith((".", "!", "?")) else ", machine kept")
    return f"{kept} {until(why.until, now)}"


def until(end: int, now: int) -> str:
    """When a hold ends, and how long that is from `now`, ns since 1970; 0 for never."""
    if not end:
        return "until somebody decides"
    at = time.strftime("%H:%M:%S", time.localtime(end // NANOSECONDS))
    return f"until {at} ({durations.clock(end - now + NANOSECONDS // 2)})"


def look_into(state: RunState, build: BuildState) -> str:
    """The command that opens a shell in a machine that was kept."""
    return f"bakehouse shell {state.run} {build.key}"


def end(state: RunState) -> Iterator[str]:
    """Everything after the last build's own line."""
    yield ""
    yield waited(state)
    if state.stopping:
        yield ""
        yield cancelled(state)
    else:
        yield from _errors(state)
        yield from _artifacts(state)
    yield from remarks(state)


def waited(state: RunState) -> str:
    """The line that says how long all of it took."""
    return f"==> Wait completed after {durations.long(state.finished - state.started)}"


def remarks(state: RunState) -> Iterator[str]:
    """What Packer has no words for: who changed a build by hand, and what still stands."""
    yield from _tainted(state)
    yield from _left(state)


def cancelled(state: RunState) -> str:
    """How a run ended that was told to."""
    return "Cleanly cancelled builds after being interrupted." if _clean(state) else "The builds were ended."


def _clean(state: RunState) -> bool:
    return state.stopping != "force" and not any(build.resources for build in state.builds.values())


def _errors(state: RunState) -> Iterator[str]:
    failed = [build for build in state.builds.values() if build.status in ("failed", "cancelled")]
    if failed:
        yield ""
        yield ERRORS
        for build in failed:
            yield from (f"--> {build.name}: {line}" for line in (build.error or build.status).splitlines())


def _artifacts(state: RunState) -> Iterator[str]:
    done = [build for build in state.builds.values() if build.status == "succeeded"]
    yield ""
    if not any(build.artifacts for build in done):
        yield NOTHING
        return
    yield ARTIFACTS
    for build in done:
        for description in dict.fromkeys(artifact.description for artifact in build.artifacts):
            yield f"--> {build.name}: {description}"  # once, though every link of a chain hands it on
        if not build.artifacts:
            yield f"--> {build.name}: <nothing>"


def _tainted(state: RunState) -> Iterator[str]:
    tainted = [build for build in state.builds.values() if build.tainted]
    if tainted:
        yield ""
        yield "==> Tainted, because somebody changed them by hand:"
        for build in tainted:
            yield from (f"--> {build.name}: {taint}" for taint in build.tainted_by)
        if state.failed_by_taint:
            yield FAILED_BY_TAINT


def _left(state: RunState) -> Iterator[str]:
    """What still stands after the run, and the command that takes it away."""
    left = [(build, resource) for build in state.builds.values() for resource in build.resources.values()]
    if not left:
        return
    yield ""
    yield "==> Left behind:"
    for build, resource in left:
        yield f"--> {build.name}: {resource.type} {resource.name}{' (kept)' if resource.kept else ''}"
    for build in state.builds.values():
        if build.kept:
            yield f"Look into it with: {look_into(state, build)}"
    kept = any(resource.kept for _, resource in left)
    yield f"Remove it with: bakehouse gc{' --kept' if kept else ''}"
