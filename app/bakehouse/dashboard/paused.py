"""What is said about a paused build: why, where, how long, and what each verb would do. Pure text; widgets paint it."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.dashboard import formats
from bakehouse.dashboard.book import Book, root
from bakehouse.record.log import STDERR
from bakehouse.record.state import BuildState, Pause, RunState, StepState

LOOK_BACK = 200
"""Lines at the end of a failed attempt that are searched for its error."""
ORDER = ("continue", "next", "retry", "edit-retry", "skip", "shell", "hold", "cancel")
FIRST_COLUMN = 5
HOLD_MORE = 15 * 60


@dataclass(frozen=True, slots=True)
class VerbText:
    """A row of the verbs. texts: what will happen, the longest first. reason: why it cannot be used now, or ""."""

    name: str
    key: str
    label: str
    texts: tuple[str, ...]
    taints: bool = False
    ends: bool = False
    reason: str = ""

    def text(self, room: int) -> str:
        """The longest sentence that fits `room` cells, the flag included."""
        room -= 2 if self.taints else 0
        return self.reason or next((text for text in self.texts if len(text) <= room), self.texts[-1])


def step_of(build: BuildState) -> StepState | None:
    """The step that a paused build stands at."""
    return build.steps.get(build.pause.step) if build.pause is not None else None


def band(build: BuildState, name: str) -> str:
    """`web.docker.debian paused at 4 install-nginx`; name: as there is room for it."""
    step = step_of(build)
    return f"{name} paused at {step.info.number} {step.info.title}" if step else f"{name} paused"


def kept(pause: Pause, now: int, width: int) -> str:
    """How long the machine is kept: `machine kept 12:50 more`, shorter where there is no room."""
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


def where(build: BuildState, others: int) -> str:
    """Where it happened, exit code, attempt, that the others go on."""
    pause, step = build.pause, step_of(build)
    if pause is None or step is None:
        return ""
    more = " The other builds go on." if others > 1 else " The other build goes on." if others else ""
    if pause.reason == "breakpoint":
        return f"Reached {step.info.number} {step.info.title}.{more}"
    if pause.reason != "failure":
        return f"{step.info.title} has run, as you asked.{more}"
    name = step.info.script.rsplit("/", 1)[-1] or step.info.title
    how = f"exited {pause.exit_status}" if pause.exit_status is not None else "failed"
    after = formats.duration((step.finished or pause.since) - step.started) if step.started else "0:00"
    return f"{name} {how} after {after}, attempt {max(1, pause.attempt)}.{more}"


def headline(pause: Pause, printed: str) -> str:
    """The first line below the band: the error, the breakpoint's note, or why it stopped."""
    if pause.reason == "breakpoint":
        return pause.note or "A breakpoint of the template."
    if pause.reason != "failure":
        return "Stopped after one step."
    if printed and pause.exit_status is not None:
        return printed
    return pause.error.splitlines()[0] if pause.error else "It failed and gave no reason."


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
            ("machine", build.facts),
        )
        if text
    ]


def verbs(build: BuildState, width: int) -> list[VerbText]:
    """The verbs in their fixed order, with the sentence that fits `width`."""
    pause, step = build.pause, step_of(build)
    if pause is None or step is None:
        return []
    size = 0 if width >= 120 else 1 if width >= 80 else 2
    number = step.info.number
    rest = [other.info.number for other in build.steps.values() if other.info.number > number and not other.gone]
    script = step.info.script.rsplit("/", 1)[-1] or step.info.title
    return [
        *_onward(number, rest, size, failed=pause.reason == "failure"),
        *_again(step, script, number, rest, size, failed=pause.reason == "failure"),
        *_machine(pause, size),
    ]


def _onward(number: int, rest: list[int], size: int, *, failed: bool) -> list[VerbText]:
    ran = f", run {_range(rest)}" if rest else ", finish"
    then = rest[0] if rest else 0
    one = f"take {number} as it is, run {then}, stop again" if then else ""
    texts = (
        (f"take {number} as it is{ran}", "run on as it is", "as it is"),
        (one, f"run {then} as it is, stop", f"{then}, then stop"),
    )
    last = "" if then else "this is the last step" if size < 2 else "last step"
    return [
        VerbText("continue", "c", "continue", texts[0][size:], taints=failed),
        VerbText("next", "n", "next", texts[1][size:], taints=failed, reason=last),
    ]


def _again(step: StepState, script: str, number: int, rest: list[int], size: int, *, failed: bool) -> list[VerbText]:
    machine = "a new machine" if step.info.retry == "from-machine" else "machine as it is"
    short = machine.replace("it is", "is")
    edited = script if step.info.script else step.info.file.rsplit("/", 1)[-1]
    ran = f", run {_range(rest)}" if rest else ", finish"
    nothing = "" if edited else "no file to edit"
    done = "this step is done" if size < 2 else "it is done"
    texts = (
        (f"run {script} again, {machine}", f"{script}, {short}", short),
        (f"open {edited}, show what changed, retry", "edit, see diff, retry", "shows diff"),
        (f"leave {number} undone{ran}", f"leave {number} out, run on", f"leave {number} out"),
    )
    return [
        VerbText("retry", "r", "retry", texts[0][size:]),
        VerbText("edit-retry", "e", "edit+retry", texts[1][size:], reason=nothing),
        VerbText("skip", "s", "skip", texts[2][size:], taints=True, reason="" if failed else done),
    ]


def _machine(pause: Pause, size: int) -> list[VerbText]:
    shell = ("root shell inside, ctrl+] leaves", "root in the machine", "root")
    more = HOLD_MORE // 60
    hold = (f"keep the machine {more} min more", f"{more} min more", f"{more} min more")
    cancel = ("end this build; asks: clean up or keep", "asks: clean or keep", "asks first")
    endless = "" if pause.until else "it is kept without limit" if size < 2 else "no limit"
    return [
        VerbText("shell", "!", "shell", shell[size:], taints=True),
        VerbText("hold", "H", "hold longer", hold[size:], reason=endless),
        VerbText("cancel", "A", "cancel", cancel[size:], ends=True),
    ]


def _range(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"
