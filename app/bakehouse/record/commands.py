"""The only thing that enters an engine. The same words are action ids, palette entries and `bakehouse ctl` verbs."""

from __future__ import annotations

from typing import Literal

import msgspec


class Expects(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the sender saw. A command whose expectation no longer holds is refused as stale, so two people who press
    the same key in the same instant act once.

    span: of the attempt that the build stands after, or 0; state: the build's status, or "" for any. pause: when the
    pause began, as in `Pause.since`: several may follow each other within one attempt, or before any; 0 for any.
    """

    span: int = 0
    state: str = ""
    pause: int = 0


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """id: of the sender's choosing, comes back with the answer. build: key, "" for the run.

    arguments: of the verb: {"changed": true|false} of retry and rollback-retry, {"seconds": N} of hold, {"keep": bool}
    of cancel, {"rows": N, "columns": N} of shell, and {"new": true} for another one though one was left open;
    {"force": true} of stop: remove nothing more, leave it in the ledger; {"to": step key} of rollback (default: the
    step it is paused at) and rollback-retry; {"command": text} of run; {"path": P, "which": "before"|"after"} of open,
    {"path": P} of copy, {"break": text} of break, {"breakpoint": id} of clear; {"answer": "give"|"keep"} of
    take-control from the driver.
    """

    id: int
    verb: str
    build: str = ""
    expects: Expects | None = None
    arguments: dict[str, bool | int | float | str] = {}
    by: str = ""


class Verb(msgspec.Struct, frozen=True):
    """One verb. key: in the dashboard's Steps panel. taints: the artifact is marked as touched by hand.

    scope: "build" or "run". needs: the build's status that it needs, "" for any that is not ended.
    """

    name: str
    key: str
    label: str
    scope: Literal["build", "run"]
    needs: str = ""
    taints: bool = False
    summary: str = ""


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("continue", "c", "continue", "build", "paused", True, "take the step as it is and run on"),
        Verb("next", "n", "next", "build", "paused", True, "take the step as it is, run one more, stop again"),
        Verb("retry", "r", "retry", "build", "paused", False, "run the step again, machine as it is"),
        Verb("edit-retry", "e", "edit+retry", "build", "paused", False, "read the template and scripts again, retry"),
        Verb("skip", "s", "skip", "build", "paused", True, "leave the step undone and run on"),
        Verb("rollback-retry", "R", "roll back, retry", "build", "paused", False, "machine as before it, then retry"),
        Verb("rollback", "u", "roll back", "build", "paused", False, "machine as before a step, stay paused"),
        Verb("shell", "!", "shell", "build", "paused", True, "a root shell inside the machine"),
        Verb("run", "x", "run a command", "build", "paused", True, "run one command in the machine"),
        Verb("diff", "d", "diff", "build", "paused", False, "the files that the step added, changed or removed"),
        Verb("open", "", "open a file", "build", "paused", False, "a file of the machine, before and after the step"),
        Verb("copy", "", "copy out", "build", "paused", False, "copy a file out of the machine"),
        Verb("details", "i", "details", "build", "", False, "options, facts, evidence, attempts"),
        Verb("hold", "H", "hold longer", "build", "paused", False, "keep the machine longer"),
        Verb("cancel", "A", "cancel", "build", "", False, "end this build: clean up, or keep the machine"),
        Verb("break", "b", "breakpoint", "build", "", False, "stop before a step, or where it says"),
        Verb("clear", "", "clear", "run", "", False, "take a breakpoint away"),
        Verb("take-control", "T", "take control", "run", "", False, "ask the driver to let you drive"),
        Verb("stop-after-step", "", "stop after step", "run", "", False, "let running steps end, then stop and clean"),
        Verb("stop", "", "stop", "run", "", False, "end every build and clean up"),
        Verb("stop-keep", "", "stop and keep", "run", "", False, "end every build, keep every machine"),
    )
}
