"""What stands in the terminal after the dashboard has closed: what became of every build, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bakehouse.headless.durations import clock
from bakehouse.headless.paint import Paint
from bakehouse.headless.summary import FAILED_BY_TAINT, look_into
from bakehouse.record.brief import result, template_name
from bakehouse.record.state import BuildState, RunState

WORDS = {
    "succeeded": "done",
    "failed": "failed",
    "paused": "paused",
    "running": "running",
    "removing": "removing",
    "cancelled": "cancelled",
    "waiting": "waiting",
    "lost": "lost",
}
ENDED = ("succeeded", "failed", "cancelled")
LABEL = 14
NAME = 28
WIDTH = 80
BEFORE_RESULT = 21
"""What stands before the result of a build, besides its name."""
UNNOTICED = 5
"""Failures that nobody noticed, shown at most."""
SHORTEST = 20
"""What is left of an error, however long the words around it are."""


def closing(
    state: RunState, directory: Path, now: int, paint: Paint, *, lost: bool = False, copied: bool = False
) -> Iterator[str]:
    """The lines. lost: its engine is gone, and it has no end. now: ns since 1970, for a run that goes on; of a lost
    one the last time that it was heard of. copied: the run is somebody else's, and only what works for who looks on is
    told.
    """
    builds = list(state.builds.values())
    yield ""
    yield f"{_head(state, now, paint)}   {_counts(builds, paint, lost)}"
    yield ""
    width = min(NAME, max((len(build.name) for build in builds), default=5))
    yield paint("muted", f"   {'build':{width}}  steps    time   result")
    for build in builds:
        yield _row(build, width, now, paint, lost)
    notes = [*_first_error(builds, state, paint), *_unnoticed(builds, paint), *_tainted(builds, paint)]
    if state.failed_by_taint:
        notes.append(_noted("", FAILED_BY_TAINT, paint))
    if notes:
        yield ""
        yield from notes
    yield ""
    if lost:
        yield "The engine of this run went away without a word; what it left stands in its ledger."
    elif state.exit_code is None:
        yield from _goes_on(state, builds, paint)
    if not copied:
        yield from _next(state, builds, directory, lost, paint)
    elif state.exit_code is None and not lost:
        yield _noted("read", _logs(state, builds), paint)


def _head(state: RunState, now: int, paint: Paint) -> str:
    name = template_name(state.template, state.directory)
    took = clock((state.finished or now) - state.started)
    return f"{paint('bold', name)}  {paint('muted', f'run {state.run}   {took}')}"


def _counts(builds: list[BuildState], paint: Paint, lost: bool) -> str:
    counts = []
    for status, word in WORDS.items():
        count = sum(_status(build, lost) == status for build in builds)
        if count:
            counts.append(f"{paint.mark(status)} {count} {word}")
    return f"{len(builds)} build{'' if len(builds) == 1 else 's'}: " + "  ".join(counts)


def _status(build: BuildState, lost: bool) -> str:
    """What it was in when its engine went away says nothing of what it is in now."""
    return "lost" if lost and build.status not in ENDED else build.status


def _row(build: BuildState, width: int, now: int, paint: Paint, lost: bool) -> str:
    steps = [step for step in build.steps.values() if not step.gone]
    done = sum(step.status in ("ok", "skipped") or step.accepted for step in steps)
    time = clock((build.finished or now) - build.started) if build.started else ""
    name = build.name if len(build.name) <= width else _middle(build.name, width, paint.cut)
    status = _status(build, lost)
    head = f"{paint.mark(status, 2)} {name:{width}}  {f'{done}/{len(steps)}':8} {time:>5}"
    if status == "lost":
        return f"{head}  {paint('failed', WORDS['lost'])}"
    return f"{head}  {_result(build, WIDTH - BEFORE_RESULT - width, now, paint)}"


def _result(build: BuildState, room: int, now: int, paint: Paint) -> str:
    if build.pause is not None:
        step = build.steps.get(build.pause.step)
        place = f"paused at {step.info.number} {step.info.title}" if step else "paused"
        word = "kept" if build.pause.shell else "waits"
        left = f", {word} {clock(build.pause.until - now)} more" if build.pause.until else ""
        return paint("paused", _cut(place, room - len(left), paint)) + left
    if build.status == "succeeded":
        flag = f" {paint.mark('tainted')} {paint('tainted', 'tainted')}" if build.tainted else ""
        return "  ".join(filter(None, result(build))) + flag
    if build.status in ("failed", "cancelled"):
        machine = ", machine kept" if build.kept else ", machine not removed" if build.resources else ""
        return paint("failed", _cut(_first_line(build.error) or build.status, room - len(machine), paint)) + machine
    return WORDS[build.status]


def _first_error(builds: list[BuildState], state: RunState, paint: Paint) -> Iterator[str]:
    failed = [(step.finished, build, step) for build in builds for step in build.steps.values() if step.error]
    if failed:
        _, build, step = min(failed, key=lambda found: found[0])
        at = clock(step.finished - state.started)
        yield _noted(
            "first error", f"{build.name} {paint.mark('path')} {step.info.number} {step.info.title}, {at}", paint
        )
        for line in step.error.splitlines():
            yield _noted("", paint("failed", line), paint)


def _unnoticed(builds: list[BuildState], paint: Paint) -> Iterator[str]:
    """Commands of scripts that failed while the script went on."""
    found = [
        (f"{build.name}, {step.info.number} {step.info.title}, line {failure.line}: ", failure)
        for build in builds
        for step in build.steps.values()
        for failure in step.swallowed
    ]
    for number, (place, failure) in enumerate(found[:UNNOTICED]):
        text = f"{place}{failure.command}"
        end = f" (exit code {failure.exit_status})"
        yield _noted("" if number else "unnoticed", _cut(text, WIDTH - LABEL - len(end), paint) + end, paint)
    if len(found) > UNNOTICED:
        yield _noted("", f"and {len(found) - UNNOTICED} more", paint)


def _tainted(builds: list[BuildState], paint: Paint) -> Iterator[str]:
    taints = [f"{build.name}: {taint}" for build in builds for taint in build.tainted_by]
    for number, taint in enumerate(taints):
        yield _noted("" if number else "tainted", _cut(taint, WIDTH - LABEL, paint), paint)


def _goes_on(state: RunState, builds: list[BuildState], paint: Paint) -> Iterator[str]:
    kept = [build.pause.shell for build in builds if build.pause is not None]
    said = "1 build is paused" if len(kept) == 1 else f"{len(kept)} builds are paused"
    if any(kept):
        keep = "keeps its machine" if sum(kept) == 1 else "keep their machines"
        said += f" and {keep}" if all(kept) else f", {sum(kept)} of them {keep}"
    yield f"The run goes on: {said}." if kept else "The run goes on."
    yield _noted("come back", f"bakehouse attach {state.run}", paint)


def _next(state: RunState, builds: list[BuildState], directory: Path, lost: bool, paint: Paint) -> Iterator[str]:
    yield _noted("read", _logs(state, builds), paint)
    for number, build in enumerate(build for build in builds if build.evidence):
        yield _noted("" if number else "evidence", _short(Path(build.evidence)), paint)
    for number, build in enumerate(build for build in builds if build.kept):
        yield _noted("" if number else "look inside", look_into(state, build), paint)
    over = [build for build in builds if lost or build.status in ENDED]
    left = [resource for build in over for resource in build.resources.values()]
    if left:
        kept = all(resource.kept for resource in left)
        yield _noted("remove", f"bakehouse gc{' --kept' if kept else ''}", paint)
    yield _noted("files", _short(directory), paint)


def _logs(state: RunState, builds: list[BuildState]) -> str:
    failed = [build.name for build in builds if build.status == "failed"]
    return " ".join(["bakehouse logs", state.run, *failed[:1]])


def _noted(label: str, text: str, paint: Paint) -> str:
    return paint("muted", f"{label:{LABEL}}") + text


def _first_line(text: str) -> str:
    return text.splitlines()[0] if text else ""


def _cut(text: str, room: int, paint: Paint) -> str:
    room = max(SHORTEST, room)
    return text if len(text) <= room else text[: room - 1].rstrip() + paint.cut


def _middle(name: str, width: int, cut: str) -> str:
    keep = width - 1
    return f"{name[: keep - keep // 2]}{cut}{name[len(name) - keep // 2 :]}"


def _short(directory: Path) -> str:
    home = Path.home()
    return f"~/{directory.relative_to(home)}" if directory.is_relative_to(home) else str(directory)
