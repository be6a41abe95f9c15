"""The verbs of a paused build, in the order and with the sentences of the style guide: what each will do, and why one
cannot be used now. Pure text; `widgets.pause` paints it."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.dashboard import formats
from bakehouse.dashboard.pause import rollback
from bakehouse.dashboard.pause.paused import has_machine, step_of
from bakehouse.record.fitting import BACK, GOING_ON, MAKES, why_not
from bakehouse.record.state import BuildState, Pause, StepState

FIRST_COLUMN = 6
HOLD_MORE = 15 * 60
INSIDE = ("shell", "run", "diff", "open", "copy")
"""Verbs that need a machine to look into."""
WIDE, NARROW, SMALL = 0, 1, 2


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


@dataclass(frozen=True, slots=True)
class _Here:
    """Where a build stands. size: of the sentences. files: how many have changed, None for not known yet, and since
    before the step of which number.
    """

    build: BuildState
    pause: Pause
    step: StepState
    size: int
    files: tuple[int, int] | None = None

    @property
    def number(self) -> int:
        return self.step.info.number

    @property
    def failed(self) -> bool:
        return self.pause.reason == "failure"

    @property
    def script(self) -> str:
        return self.step.info.script.rsplit("/", 1)[-1] or self.step.info.title

    @property
    def rest(self) -> list[int]:
        """Numbers of the steps that are still to run after this one."""
        steps = self.build.steps.values()
        return [step.info.number for step in steps if step.info.number > self.number and not step.gone]

    @property
    def rest_is_outside(self) -> bool:
        return self.step.info.kind == "post-processor"

    @property
    def ran(self) -> str:
        return f", run {_range(self.rest)}" if self.rest else ", finish"

    def pick(self, *texts: str) -> str:
        """The one for the size."""
        return texts[min(self.size, len(texts) - 1)]

    def why(self, verb: str) -> str:
        """The engine's reason against a verb (`record.fitting`), in as many words as there is room for."""
        said = why_not(verb, self.build) or (verb in INSIDE and not has_machine(self.build))
        return self.pick(*_reason(self, verb), "not now") if said else ""


def verbs(build: BuildState, width: int, files: tuple[int, int] | None = None) -> list[VerbText]:
    """The twelve in their fixed order, with the sentence that fits `width`.

    files: how many have changed in the machine, and since before the step of which number.
    """
    pause, step = build.pause, step_of(build)
    if pause is None or step is None:
        return []
    here = _Here(build, pause, step, WIDE if width >= 120 else NARROW if width >= 80 else SMALL, files)
    onward = {"before": _before, "line": _in_script}.get(pause.place, _after)(here)
    return [*onward, _shell(here), _diff(here), _roll_back(here), *_always(here)]


def unlisted(build: BuildState) -> list[VerbText]:
    """What can be done as well, but has no row of its own."""
    pause, step = build.pause, step_of(build)
    if pause is None or step is None:
        return []
    here = _Here(build, pause, step, WIDE)
    return [
        VerbText("run", "x", "run a command", ("once, output goes to the log",), taints=True, reason=here.why("run")),
        VerbText("open", "", "open a file", ("a file of the machine, before and after",), reason=here.why("open")),
        VerbText("copy", "", "copy out", ("a file or a folder out of the machine",), reason=here.why("copy")),
    ]


def reason(build: BuildState, verb: str) -> str:
    """Why a verb cannot be used on a paused build now; "" if it can."""
    known = [*verbs(build, 120), *unlisted(build)]
    return next((text.reason for text in known if text.name == verb), "")


def _range(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]} to {numbers[-1]}"


def _reason(here: _Here, verb: str) -> tuple[str, ...]:
    """Why a verb does not fit the pause: for 120, 80 and 60 cells."""
    number, kind, pause = here.number, here.step.info.kind, here.pause
    if pause.reason == "disk":
        return "the disk is full", "the disk is full", "disk full"
    if verb in INSIDE:
        gone = here.rest_is_outside
        return ("the machine is gone" if gone else "there is no machine yet",) * 2 + ("no machine",)
    if verb == "hold":
        endless = ("it is kept without limit", "kept without limit")
        return (*(endless if has_machine(here.build) else ("it waits without limit",) * 2), "no limit")
    if pause.place == "line" and verb not in GOING_ON:
        return f"{here.script} has not ended", "it has not ended", "not ended"
    if verb in BACK:
        if kind in ("machine", "post-processor"):
            return ("there is no machine yet" if kind == "machine" else "the machine is gone",) * 2 + ("no machine",)
        return ("no checkpoints here", "no checkpoints here", "none here")
    if pause.reason == "rollback" and pause.error:
        return ("the machine could not be rolled back", "the roll back failed", "roll back first")
    if pause.place == "before" and verb == "retry" and pause.reason == "rollback":
        return (f"c runs {number} from here", "c runs it from here", "c runs it")
    if pause.place == "before" and verb == "retry":
        return (f"{number} has not run yet",) * 2 + ("not run yet",)
    if verb == "skip" and pause.place == "line":
        return "sh cannot leave a line out", "sh cannot skip", "sh cannot"
    if verb in GOING_ON and kind in MAKES and (pause.reason == "failure" or pause.place == "before"):
        makes = f"{'makes' if pause.place == 'before' else 'made'} {'the' if pause.place == 'before' else 'no'} {kind}"
        return (
            f"step {number} {makes}",
            f"{number} {makes}",
            f"no {kind}" if pause.place != "before" else "it is needed",
        )
    return ("this step is done", "this step is done", "it is done")


# After a step


def _after(here: _Here) -> list[VerbText]:
    return [*_onward(here), _retry(here), _back_and_retry(here), _edit(here, "retry"), _skip(here)]


def _onward(here: _Here) -> list[VerbText]:
    number, then = here.number, here.rest[0] if here.rest else 0
    go_on = (f"take {number} as it is{here.ran}", "run on as it is", "as it is")
    one = (f"take {number} as it is, run {then}, stop again", f"run {then} as it is, stop", f"{then}, then stop")
    if not here.failed:
        go_on = (f"go on{here.ran}", "go on", "go on")
        one = (f"run {then}, stop again", f"run {then}, stop again", f"{then}, then stop")
    last = "" if then else here.pick("this is the last step", "this is the last step", "last step")
    go, next_one = here.why("continue"), here.why("next") or last
    return [
        VerbText("continue", "c", "continue", go_on[here.size :], taints=here.failed, reason=go),
        VerbText("next", "n", "next", one[here.size :], taints=here.failed, reason=next_one),
    ]


def _retry(here: _Here) -> VerbText:
    machine = "a new machine" if here.step.info.retry == "from-machine" else "machine as it is"
    short = machine.replace("it is", "is")
    texts = (f"run {here.script} again, {machine}", f"{here.script}, {short}", short)
    if not has_machine(here.build):
        texts = (f"run {here.script} again", f"{here.script} again", "again")
    return VerbText("retry", "r", "retry", texts[here.size :], reason=here.why("retry") or _runs_nothing(here))


def _runs_nothing(here: _Here) -> str:
    if here.step.info.type != "breakpoint":
        return ""
    return here.pick("a breakpoint runs nothing", "a breakpoint runs nothing", "runs nothing")


def _back_and_retry(here: _Here) -> VerbText:
    texts = rollback.retry_texts(here.build, here.script) or ("",)
    label = here.pick("roll back, retry", "back+retry")
    reason = here.why("rollback-retry") or _runs_nothing(here)
    return VerbText("rollback-retry", "R", label, texts, reason=reason)


def _edit(here: _Here, then: str) -> VerbText:
    info = here.step.info
    edited = here.script if info.script else info.file.rsplit("/", 1)[-1]
    texts = (f"open {edited}, show what changed, {then}", f"edit, see diff, {then}", "shows diff")
    reason = here.why("edit-retry") or ("" if edited else "no file to edit")
    return VerbText("edit-retry", "e", "edit+retry", texts[here.size :], reason=reason)


def _skip(here: _Here) -> VerbText:
    number = here.number
    texts = (f"leave {number} undone{here.ran}", f"leave {number} out, run on", f"leave {number} out")
    return VerbText("skip", "s", "skip", texts[here.size :], taints=True, reason=here.why("skip"))


# Before a step


def _before(here: _Here) -> list[VerbText]:
    number = here.number
    on = (f"go on, run {_range([number, *here.rest])}", "go on")[min(here.size, 1) :]
    one = (f"run {number}, stop again", f"{number}, then stop")[here.size // 2 :]
    return [
        VerbText("continue", "c", "continue", on, reason=here.why("continue")),
        VerbText("next", "n", "next", one, reason=here.why("next")),
        VerbText("retry", "r", "retry", ("",), reason=here.why("retry")),
        _back_and_retry(here),
        _edit(here, "run it"),
        _skip(here),
    ]


# In a script


def _in_script(here: _Here) -> list[VerbText]:
    line = here.pause.line
    on = (f"run {here.script} on from line {line}", f"run on from line {line}", f"from line {line}")
    one = (f"run line {line}, stop before the next", f"run line {line}, stop", f"{line}, then stop")
    out = (f"leave line {line} out, stop before the next", f"leave line {line} out", f"line {line} out")
    return [
        VerbText("continue", "c", "continue", on[here.size :], reason=here.why("continue")),
        VerbText("next", "n", "next", one[here.size :], reason=here.why("next")),
        VerbText("retry", "r", "retry", ("",), reason=here.why("retry")),
        _back_and_retry(here),
        _edit(here, "retry"),
        VerbText("skip", "s", "skip", out[here.size :], taints=True, reason=here.why("skip")),
    ]


# Everywhere


def _shell(here: _Here) -> VerbText:
    texts = ("root shell inside, ctrl+] leaves", "root in the machine", "root")
    return VerbText("shell", "!", "shell", texts[here.size :], taints=True, reason=here.why("shell"))


def _diff(here: _Here) -> VerbText:
    count, since = here.files or (0, here.number)
    known = formats.plural(count, "file") if here.files is not None else ""
    texts = ("files that this step changed", "files it changed", "files")
    if known:
        earlier = since < here.number
        by = f"since before {since}" if earlier else "by this step"
        texts = (f"{known} changed {by}", f"{known} since {since}" if earlier else f"{known} changed", known)
    if here.pause.place == "before":
        texts = ("what has changed in the machine", "what has changed", "files")
    reason = here.why("diff")
    if not reason and rollback.nearest(here.build) is None:
        reason = here.pick("no checkpoint to compare with", "nothing to compare", "none here")
    return VerbText("diff", "d", "diff", texts[here.size :], reason=reason)


def _roll_back(here: _Here) -> VerbText:
    found = rollback.nearest(here.build)
    at = rollback.number(here.build, found) if found is not None else here.number
    texts = (f"machine as before {at}, stay paused", f"as before {at}, paused", f"as before {at}")
    return VerbText("rollback", "u", "roll back", texts[here.size :], reason=here.why("rollback"))


def _always(here: _Here) -> list[VerbText]:
    more = f"{HOLD_MORE // 60} min more"
    hold = (f"keep the machine {more}" if has_machine(here.build) else f"wait {more}", more, more)
    cancel = ("end this build; asks: clean up or keep", "asks: clean or keep", "asks first")
    details = ("options, facts, evidence, attempts", "options, evidence", "options")
    return [
        VerbText("details", "i", "details", details[here.size :]),
        VerbText("hold", "H", "hold longer", hold[here.size :], reason=here.why("hold")),
        VerbText("cancel", "A", "cancel", cancel[here.size :], ends=True),
    ]
