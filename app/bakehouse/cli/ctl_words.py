"""The words after `bakehouse ctl`: which verb, of what, and with which arguments."""

from __future__ import annotations

import difflib
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bakehouse.cli.flags import Flag, Parsed
from bakehouse.cli.page import HELP
from bakehouse.errors import UsageError
from bakehouse.record.commands import VERBS, Verb

Arguments = dict[str, bool | int | float | str]
FIFTEEN_MINUTES = 900.0
FLAGS = (
    Flag("changed", help="retry, rollback-retry: with the files as they are on disk now"),
    Flag("as-was", help="retry, rollback-retry: with the files as they were"),
    Flag("as-is", help="edit-retry: as it is, though an earlier step changed"),
    Flag("before", help="open: the file as it was before the step"),
    Flag("keep", help="cancel: keep the machine"),
    Flag("for", "duration", "hold: how much longer; 15m if not given", "DURATION"),
)
OWNERS = {
    "changed": ("retry", "rollback-retry"),
    "as-was": ("retry", "rollback-retry"),
    "as-is": ("edit-retry",),
    "before": ("open",),
    "keep": ("cancel",),
    "for": ("hold",),
}
WHAT = {
    "run": ("command", "COMMAND"),
    "break": ("break", "[WHERE]"),
    "clear": ("breakpoint", "NUMBER"),
    "open": ("path", "PATH"),
    "copy": ("path", "PATH"),
    "rollback": ("to", "[STEP]"),
    "rollback-retry": ("to", "[STEP]"),
    "edit-retry": ("to", "[STEP]"),
    "take-control": ("answer", "[give|keep]"),
}
"""Of the verbs that take one word more: the name of that argument, and how the help shows it."""


def shown(verb: Verb) -> str:
    """The word that a verb takes, for the help."""
    return WHAT[verb.name][1] if verb.name in WHAT else ""


@dataclass(frozen=True, slots=True)
class Order:
    """What a command line says. build: "" for a verb of the run, and for the only build of one."""

    verb: Verb
    build: str
    arguments: Arguments

    @classmethod
    def of(cls, parsed: Parsed) -> Order:
        """Read RUN [BUILD] VERB [WHAT] and the flags. Raises UsageError."""
        words = parsed.arguments[1:]
        named = len(words) > 1 and words[1] in VERBS and VERBS[words[1]].scope == "build"
        place = 0 if words[0] in VERBS and (not named or VERBS[words[0]].scope == "run") else 1
        if place >= len(words) or words[place] not in VERBS:
            word = words[min(place, len(words) - 1)]
            near = difflib.get_close_matches(word, VERBS, 1)
            maybe = f' Did you mean "{near[0]}"?' if near else ""
            raise UsageError(f'ctl has no verb "{word}".{maybe} It has: {", ".join(VERBS)}.')
        verb, rest = VERBS[words[place]], words[place + 1 :]
        if verb.scope == "run" and place == 1:
            raise UsageError(f"{verb.name} is a command of a run: bakehouse ctl RUN {verb.name}")
        return cls(verb, words[0] if place else "", _what(verb, rest) | _flags(verb, parsed))


def whole(arguments: Sequence[str]) -> list[str]:
    """The command line with all that follows `run` as it is: flags in there are the command's own."""
    words = [place for place, word in enumerate(arguments) if not word.startswith("-")][1:3]
    verb = next((place for place in reversed(words) if arguments[place] in VERBS), -1)
    after = list(arguments[verb + 1 :])
    if verb < 0 or arguments[verb] != "run" or not after or after[0] in (*HELP, "--"):
        return list(arguments)
    return [*arguments[: verb + 1], "--", *after]


def _what(verb: Verb, rest: list[str]) -> Arguments:
    if verb.name == "run" and len(rest) > 1:
        return {"command": shlex.join(rest)}
    more = rest[1:] if verb.name in WHAT else rest
    if more:
        raise UsageError(f'{verb.name} takes nothing more; got "{more[0]}".')
    if verb.name not in WHAT:
        return {}
    name, shape = WHAT[verb.name]
    if not rest:
        if shape.startswith("["):
            return {}
        raise UsageError(f"{verb.name} needs {shape}: bakehouse ctl RUN ... {verb.name} {shape}")
    if name == "breakpoint" and not rest[0].isdigit():
        raise UsageError(f'{verb.name} takes the number of a breakpoint, not "{rest[0]}".')
    if name == "answer" and rest[0] not in ("give", "keep"):
        raise UsageError(f'{verb.name} takes give or keep, the answer to somebody who asks; not "{rest[0]}".')
    return {name: int(rest[0]) if name == "breakpoint" else rest[0]}


def _flags(verb: Verb, parsed: Parsed) -> Arguments:
    if parsed.on("changed") and parsed.on("as-was"):
        raise UsageError("--changed and --as-was exclude each other.")
    for flag, owners in OWNERS.items():
        if parsed.given(flag) and verb.name not in owners:
            raise UsageError(f"--{flag} is a flag of {' and '.join(owners)}, not of {verb.name}.")
    if parsed.given("changed") or parsed.given("as-was"):
        return {"changed": parsed.on("changed")}
    if parsed.on("as-is"):
        return {"as_is": True}
    if verb.name == "open":
        return {"which": "before" if parsed.on("before") else "after"}
    if verb.name == "hold":
        return {"seconds": parsed.seconds("for", FIFTEEN_MINUTES)}
    if verb.name == "cancel":
        return {"keep": parsed.on("keep")}
    if verb.name == "shell":
        if not sys.stdin.isatty():
            raise UsageError("shell needs a terminal.")
        size = shutil.get_terminal_size()
        return {"rows": size.lines, "columns": size.columns}
    return {}
