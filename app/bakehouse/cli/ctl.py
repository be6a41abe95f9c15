"""`bakehouse ctl`: one command to a run, as the dashboard's keys give it. The answer is JSON."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec

from bakehouse.cli import find, reach
from bakehouse.cli.ctl_words import FLAGS, Order, shown, whole
from bakehouse.cli.page import Page
from bakehouse.cli.reach import Place
from bakehouse.errors import BakehouseError, Refused, Silent, UsageError
from bakehouse.record.commands import VERBS, Expects
from bakehouse.record.state import BuildState
from bakehouse.session.client import Session

PAGE = Page(
    "ctl RUN [BUILD] VERB [WHAT] [flags]",
    "Gives a run one command, and prints the answer as JSON. A run is named by its\n"
    "id or the beginning of it, a build by its key, its name or a part of it; the only\n"
    "one need not be named. Runs that colleagues share with you so that you may drive\n"
    "them count, too.\n\n"
    + "\n".join(f"  {f'{verb.name} {shown(verb)}':23} {verb.scope:6} {verb.summary}" for verb in VERBS.values()),
    FLAGS,
    (
        ("ctl 7f3 docker retry --changed", "run the step again, as edited"),
        ("ctl 7f3 docker rollback 4", "the machine as it was before step 4"),
        ("ctl 7f3 docker break after:setup", "stop there; again: no longer"),
        ("ctl 7f3 docker run dpkg -l", "one command in the machine"),
        ("ctl 7f3 docker break", "the breakpoints and their hits"),
        ("ctl 7f3 docker cancel --keep", "end one build, leave its machine"),
        ("ctl 7f3 stop", "end every build and clean up"),
    ),
    least=2,
    most=None,
    wanted="needs RUN VERB, or RUN BUILD VERB",
)


class Reply(msgspec.Struct, omit_defaults=True):
    """What is printed. code: as in `bakehouse.errors.Refused`; usage for a command line that cannot be, run for a run
    that is not there or over, silent for an engine that does not answer."""

    accepted: bool
    run: str
    verb: str
    build: str = ""
    code: str = ""
    reason: str = ""
    span: int = 0
    exit_status: int | None = None
    data: dict[str, Any] = {}


def main(arguments: list[str]) -> int:
    """Exit code 0 if the command was accepted, else 1; of `shell`: the shell's own.

    Raises BakehouseError, once it stands in the answer, too.
    """
    try:
        parsed = PAGE.read(whole(arguments))
        if parsed is None:
            return 0
        order = Order.of(parsed)
        reply = asyncio.run(_give(reach.named(parsed.arguments[0]), order))
    except BakehouseError as error:
        words = [word for word in arguments if not word.startswith("-")]
        verb = next((word for word in words[1:] if word in VERBS), "")
        _show(Reply(False, words[0] if words else "", verb, code=_code(error), reason=str(error)))
        raise
    _show(reply)
    if reply.exit_status is not None:
        return reply.exit_status
    return 0 if reply.accepted else 1


def _show(reply: Reply) -> None:
    print(msgspec.json.encode(reply).decode(), flush=True)


def _code(error: BakehouseError) -> str:
    if isinstance(error, Refused):
        return error.code
    if isinstance(error, UsageError):
        return "usage"
    return "silent" if isinstance(error, Silent) else "run"


async def _give(place: Place, order: Order) -> Reply:
    build, expects, verb = None, None, order.verb
    if verb.scope == "build":
        build = find.build(await place.state(), order.build)
        expects = expected(build)
    reply = Reply(True, place.run, verb.name, build.key if build else "")
    session = await place.session("ctl")
    try:
        answer = await session.send(verb.name, reply.build, expects, **order.arguments)
        reply.span, reply.data = answer.span, answer.data
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


async def _shell(session: Session, span: int) -> int:
    from bakehouse.dashboard.terminal.shell import Terminal, relay

    terminal = Terminal.own()
    stream = await session.stream(span, *terminal.size())
    try:
        await relay(stream, terminal)
    finally:
        await stream.close()
    return stream.exit_status or 0
