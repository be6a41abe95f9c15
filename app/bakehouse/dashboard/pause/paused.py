"""What is said about a paused build: why, where, how long, and what each verb would do. Pure text; widgets paint it."""

from __future__ import annotations

from collections.abc import Sequence

from bakehouse.dashboard import formats
from bakehouse.dashboard.log.book import Book, root
from bakehouse.dashboard.pause import stops
from bakehouse.record.log import STDERR
from bakehouse.record.state import BuildState, Pause, RunState, StepState, worked

PLACES = {"before": "before", "line": "in"}
"""What is said for `at`."""
LOOK_BACK = 200
"""Lines at the end of a failed attempt that are searched for its error."""


def step_of(build: BuildState) -> StepState | None:
    """The step that a paused build stands at."""
    return build.steps.get(build.pause.step) if build.pause is not None else None


def made_no_machine(build: BuildState) -> bool:
    """Whether the step that failed is one of those that make the machine."""
    pause, step = build.pause, step_of(build)
    return pause is not None and step is not None and step.info.kind == "machine" and pause.reason == "failure"


def has_machine(build: BuildState) -> bool:
    """Whether there is a machine to enter or to keep: a step that makes it is behind, none has failed, and
    the build is not at what comes after the machine.
    """
    step, pause = step_of(build), build.pause
    if step is None or pause is None or made_no_machine(build) or step.info.kind == "post-processor":
        return False
    made = (other for other in build.steps.values() if other.info.kind == "machine")
    begun = pause.place != "before"
    return any(
        (other is step and begun) or (other.status == "ok" and other.info.number < step.info.number) for other in made
    )


def band(build: BuildState, name: str) -> str:
    """`web.docker.debian paused at 4 install-nginx`; name: as there is room for it."""
    pause, step = build.pause, step_of(build)
    if pause is None or step is None:
        return f"{name} paused"
    word = PLACES.get(pause.place, "at")
    line = f", line {pause.line}" if pause.place == "line" else ""
    return f"{name} paused {word} {step.info.number} {step.info.title}{line}"


def kept(build: BuildState, pause: Pause, now: int, width: int) -> str:
    """How long the machine is kept: `machine kept 12:50 more`, shorter where there is no room. Without: it waits."""
    if not has_machine(build):
        if not pause.until:
            return "waits for you" if width >= 83 else "waits"
        left = formats.duration(pause.until - now)
        return f"waits {left} more" if width >= 70 else f"waits {left}"
    if not pause.until:
        return "machine kept" if width >= 83 else "kept"
    left = formats.duration(pause.until - now)
    return f"machine kept {left} more" if width >= 83 else f"kept {left} more" if width >= 70 else f"kept {left}"


def error_line(book: Book, pause: Pause, state: RunState) -> tuple[str, int]:
    """The last thing the failed attempt printed to stderr that is no trace of a shell, and the number of that line.

    ("", -1) if there is none: then the engine's own sentence has to do.
    """
    section = book.section_of(pause.span)
    if section is None:
        return "", -1
    count = min(section.count, LOOK_BACK)
    for line in reversed(book.reader.lines(section.first + section.count - count, count)):
        own = root(line.span, state.spans) == pause.span
        if own and line.stream == STDERR and line.text.strip() and not line.text.startswith(b"+"):
            return line.text.decode("utf-8", "replace").strip(), line.number
    return "", -1


def elsewhere(build: BuildState, builds: Sequence[BuildState], *, too: str = " too") -> str:
    """What the builds beside this one do, those that have ended apart; "" if there are none. too: it is paused."""
    rest = [other for other in builds if other.key != build.key and not other.ended]
    going = sum(1 for other in rest if other.pause is None)
    if going < len(rest):
        if going:
            return f"{formats.plural(going, 'other build')} {'goes' if going == 1 else 'go'} on."
        return f"The other{' is' if len(rest) == 1 else 's are'} paused{too}."
    return "" if not going else "The other build goes on." if going == 1 else "The other builds go on."


def where(build: BuildState, others: str, line: int = 0) -> str:
    """Where it happened, exit code, attempt. others: a sentence about them, put behind it. line: of the script."""
    pause, step = build.pause, step_of(build)
    if pause is None or step is None:
        return ""
    more = f" {others}" if others else ""
    place = f"{step.info.number} {step.info.title}"
    name = step.info.script.rsplit("/", 1)[-1] or step.info.title
    if pause.reason == "rollback" and pause.error:
        return f"The machine could not be rolled back; {place} is as it was left.{more}"
    if pause.reason == "disk":
        return f"{place} goes on by itself once there is space.{more}"
    if pause.place == "line":
        again = f" for the {formats.ordinal(pause.round)} time" if pause.round > 1 else ""
        return f"{name} stands before line {pause.line}{again}, attempt {max(1, step.attempt)}.{more}"
    if pause.place == "before":
        return f"{place} {'runs next' if pause.reason == 'rollback' else 'has not run yet'}.{more}"
    if pause.reason == "breakpoint":
        return f"Reached {place}.{more}"
    if pause.reason != "failure":
        return f"{step.info.title} has run, as you asked.{more}"
    at = f" line {line}" if line else ""
    how = f"exited {pause.exit_status}" if pause.exit_status is not None else "failed"
    after = formats.duration(worked(step, pause.since)) if step.started else "0:00"
    return f"{name}{at} {how} after {after}, attempt {max(1, pause.attempt)}.{more}"


def headline(build: BuildState, printed: str, state: RunState) -> str:
    """The first line below the band: the error, the breakpoint, or why it stopped."""
    pause, step = build.pause, step_of(build)
    if pause is None:
        return ""
    if pause.reason == "failure":
        if printed and pause.exit_status is not None:
            return printed
        return pause.error.splitlines()[0] if pause.error else "It failed and gave no reason."
    if pause.error:
        return pause.error.splitlines()[0]
    if pause.reason == "disk":
        return f"{pause.note} Nothing is lost."
    hit = [state.breakpoints[id] for id in pause.breakpoints if id in state.breakpoints]
    if pause.reason == "breakpoint" and hit and not pause.note:
        return f"Breakpoint {stops.called(hit[0], list(state.builds.values()))}, {stops.hits(hit[0])}."
    if pause.reason == "rollback":
        return f"The machine is as it was before {step.info.number} {step.info.title}." if step else "Rolled back."
    if pause.reason == "breakpoint":
        return pause.note or "A breakpoint of the template."
    if pause.place == "line":
        return f"Next: {' '.join(pause.command.split())}" if pause.command else "Stopped before the next line."
    return "Stopped after one step."


def facts(build: BuildState, directory: str) -> list[tuple[str, str]]:
    """What else there is to know of the place: script, template, machine. directory: the template's."""
    step = step_of(build)
    if step is None:
        return []
    file = formats.inside(step.info.file, directory)
    place = f"{file}:{step.info.line}" if step.info.line else file
    return [
        (label, text)
        for label, text in (
            ("script", formats.inside(step.info.script, directory)),
            ("template", place),
            ("machine", build.facts if has_machine(build) else ""),
        )
        if text
    ]
