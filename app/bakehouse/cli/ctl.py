"""`bakehouse ctl`: one command to a run, as the dashboard's keys give it. The answer is JSON."""

from __future__ import annotations

import asyncio
import shutil
import sys

import msgspec

from bakehouse.cli import find
from bakehouse.cli.flags import Flag, Parsed
from bakehouse.cli.page import Page
from bakehouse.errors import Refused, UsageError
from bakehouse.record.commands import VERBS, Expects, Verb
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import BuildState
from bakehouse.session.client import Session

FIFTEEN_MINUTES = 900.0
PAGE = Page(
    "ctl RUN [BUILD] VERB [flags]",
    "Gives a run one command, and prints the answer as JSON. A run is named by its\n"
    "id or the beginning of it, a build by its key, its name or a part of it.\n\n"
    + "\n".join(f"  {verb.name:16} {verb.scope:6} {verb.summary}" for verb in VERBS.values()),
    (
        Flag("changed", help="retry: with the files as they are on disk now"),
        Flag("as-was", help="retry: with the files as they were"),
        Flag("keep", help="cancel: keep the machine"),
        Flag("for", "duration", "hold: how much longer; 15m if not given", "DURATION"),
    ),
    (
        ("ctl 7f3 docker retry --changed", "run the step again, as edited"),
        ("ctl 7f3 docker cancel --keep", "end one build, leave its machine"),
        ("ctl 7f3 stop", "end every build and clean up"),
    ),
    least=2,
    most=3,
    wanted="needs RUN VERB, or RUN BUILD VERB",
)


class Reply(msgspec.Struct, omit_defaults=True):
    """What is printed. code: as in `bakehouse.errors.Refused`."""

    accepted: bool
    run: str
    verb: str
    build: str = ""
    code: str = ""
    reason: str = ""
    span: int = 0
    exit_status: int | None = None


def main(arguments: list[str]) -> int:
    """Exit code 0 if the command was accepted, else 1; of `shell`: the shell's own."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    verb = VERBS.get(parsed.arguments[-1])
    if verb is None:
        raise UsageError(f'ctl has no verb "{parsed.arguments[-1]}". It has: {", ".join(VERBS)}.')
    if (verb.scope == "build") != (len(parsed.arguments) == 3):
        shape = "RUN BUILD" if verb.scope == "build" else "RUN"
        raise UsageError(f"{verb.name} is a command of a {verb.scope}: bakehouse ctl {shape} {verb.name}")
    directory = find.alive(find.run(parsed.arguments[0]))
    reply = asyncio.run(_give(directory, verb, parsed))
    print(msgspec.json.encode(reply).decode())
    if reply.exit_status is not None:
        return reply.exit_status
    return 0 if reply.accepted else 1


async def _give(directory: RunDirectory, verb: Verb, parsed: Parsed) -> Reply:
    build, expects = None, None
    if verb.scope == "build":
        build = find.build(find.state_of(directory), parsed.arguments[1])
        expects = expected(build)
    reply = Reply(True, directory.run, verb.name, build.key if build else "")
    session = await find.session(directory, "ctl")
    try:
        answer = await session.send(verb.name, reply.build, expects, **_arguments(verb, parsed))
        reply.span = answer.span
        if verb.name == "shell":
            reply.exit_status = await _shell(session, answer.span)
    except Refused as refusal:
        reply.accepted, reply.code, reply.reason = False, refusal.code, str(refusal)
    finally:
        await session.close()
    return reply


def expected(build: BuildState) -> Expects:
    """What the record says of a build now: a command is refused if this no longer holds when it arrives."""
    return build.expects


def _arguments(verb: Verb, parsed: Parsed) -> dict[str, bool | int | float | str]:
    if parsed.on("changed") and parsed.on("as-was"):
        raise UsageError("--changed and --as-was exclude each other.")
    for flag, owner in (("changed", "retry"), ("as-was", "retry"), ("keep", "cancel"), ("for", "hold")):
        if parsed.given(flag) and verb.name != owner:
            raise UsageError(f"--{flag} is a flag of {owner}, not of {verb.name}.")
    if verb.name == "retry" and (parsed.given("changed") or parsed.given("as-was")):
        return {"changed": parsed.on("changed")}
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


async def _shell(session: Session, span: int) -> int:
    from bakehouse.dashboard.shell import Terminal, relay

    terminal = Terminal.own()
    stream = await session.stream(span, *terminal.size())
    try:
        await relay(stream, terminal)
    finally:
        await stream.close()
    return stream.exit_status or 0
