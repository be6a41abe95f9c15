"""`bakehouse shell`: a shell in the machine of a paused build, on this terminal."""

from __future__ import annotations

import asyncio
import sys

from bakehouse.cli import find, reach
from bakehouse.cli.ctl import expected
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.cli.reach import Place
from bakehouse.cli.telling import complain
from bakehouse.errors import SessionError, UsageError
from bakehouse.record.state import BuildState, RunState

PAGE = Page(
    "shell RUN [BUILD]",
    "Opens a shell in the machine of a paused build; without BUILD, of the only one\n"
    "that is paused. ctrl+] leaves it as it is, with all that runs in it, and the\n"
    "same command comes back to it; exit ends it. It ends with its machine, too.\n"
    "The build counts as touched by hand from then on.\n\n"
    "While a step on this host waits for somebody to type, it is that step's own\n"
    "terminal that opens, and ctrl+] leaves it waiting. A shared run that you may\n"
    "drive is entered the same way.\n\n"
    "Once a run is over, it opens in the machine that was kept, and ctrl+] ends it.\n\n"
    "Exit code: the shell's own if it ended, 0 if you left it.",
    (Flag("new", help="another shell, though one was left open"),),
    (("shell 7f3", "the only paused build"), ("shell 7f3 docker --new", "a second one")),
    least=1,
    most=2,
    wanted="needs a run: bakehouse shell RUN [BUILD]",
)


def main(arguments: list[str]) -> int:
    """Exit code as the help says; 1 if it could not be opened or its run went away."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    for stream, name in ((sys.stdin, "standard input"), (sys.stdout, "standard output")):
        if not stream.isatty():
            raise UsageError(
                f"shell needs a terminal, and {name} is none. For one command: bakehouse ctl RUN BUILD run"
            )
    name = parsed.arguments[1] if len(parsed.arguments) > 1 else ""
    past = reach.readable(parsed.arguments[0]).directory
    if past is not None and not past.alive:
        from bakehouse.cli import kept

        if kept.resources(past):
            return asyncio.run(kept.enter(past, name))
    return asyncio.run(_open(reach.named(parsed.arguments[0]), name, parsed.on("new")))


def only_waiting(state: RunState) -> BuildState:
    """The build that has a machine to look into, or a step that asks something. Raises SessionError that says what
    there is."""
    waiting = [build for build in state.builds.values() if build.question or (build.pause and build.pause.shell)]
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        names = "\n".join(f"  bakehouse shell {state.run} {build.key}   {build.name}" for build in waiting)
        raise SessionError(f"{len(waiting)} builds wait for you; say which one:\n{names}")
    states = "\n".join(f"  {build.name} is {_stands(build)}" for build in state.builds.values())
    none = "none that is paused has a machine now" if state.paused else "none is paused"
    raise SessionError(f"A shell opens in a paused build, and {none}:\n{states}")


def _stands(build: BuildState) -> str:
    step = build.steps.get(build.pause.step) if build.pause is not None else None
    return f"{build.status} at {step.info.number} {step.info.title}" if step is not None else build.status


async def _open(place: Place, name: str, new: bool) -> int:
    from bakehouse.dashboard.terminal.shell import Terminal, relay

    state = await place.state()
    build = find.build(state, name) if name else only_waiting(state)
    terminal = Terminal.own(target=sys.stdout)
    rows, columns = terminal.size()
    session = await place.session("shell")
    try:
        more = {"new": True} if new else {}
        answer = await session.send("shell", build.key, expected(build), rows=rows, columns=columns, **more)
        stream = await session.stream(answer.span, rows, columns)
        try:
            step = next((step for step in build.steps.values() if step.span == answer.span), None)
            if step is None:
                complain(f"A shell in the machine of {build.name}. ctrl+] leaves it open, exit ends it.")
            else:
                title = f"step {step.info.number} {step.info.title} of {build.name}"
                complain(f"The terminal of {title}. ctrl+] leaves it, and the step goes on.")
            how = await relay(stream, terminal)
        finally:
            await stream.close()
    finally:
        await session.close()
    if how == "left":
        what = "the shell" if step is None else f"step {step.info.number}"
        complain(f"\nLeft; {what} goes on. Come back with: bakehouse shell {place.run} {build.key}")
        return 0
    if how == "lost":
        what = "The run's socket went away; the run itself goes on." if place.alive else "The run is over."
        complain(f"\nError: {what} See: bakehouse runs")
        return 1
    return stream.exit_status or 0
