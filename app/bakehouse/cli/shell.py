"""`bakehouse shell`: a shell in the machine of a paused build, on this terminal."""

from __future__ import annotations

import asyncio
import sys

from bakehouse.cli import find
from bakehouse.cli.ctl import expected
from bakehouse.cli.flags import Flag
from bakehouse.cli.launcher import complain
from bakehouse.cli.page import Page
from bakehouse.errors import SessionError, UsageError
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import BuildState, RunState

PAGE = Page(
    "shell RUN [BUILD]",
    "Opens a shell in the machine of a paused build; without BUILD, of the only one\n"
    "that is paused. ctrl+] leaves it as it is, with all that runs in it, and the\n"
    "same command comes back to it; exit ends it. It ends with its machine, too.\n"
    "The build counts as touched by hand from then on.\n\n"
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
    directory = find.alive(find.run(parsed.arguments[0]))
    state = find.state_of(directory)
    build = find.build(state, parsed.arguments[1]) if len(parsed.arguments) > 1 else only_paused(state)
    return asyncio.run(_open(directory, build, parsed.on("new")))


def only_paused(state: RunState) -> BuildState:
    """The build that has a machine to look into. Raises SessionError that says what there is."""
    waiting = [build for build in state.paused if build.pause is not None and build.pause.shell]
    if len(waiting) == 1:
        return waiting[0]
    if waiting:
        names = "\n".join(f"  bakehouse shell {state.run} {build.key}   {build.name}" for build in waiting)
        raise SessionError(f"{len(waiting)} builds are paused; say which one:\n{names}")
    states = "\n".join(f"  {build.name} is {build.status}" for build in state.builds.values())
    raise SessionError(f"A shell opens in a paused build, and none is paused:\n{states}")


async def _open(directory: RunDirectory, build: BuildState, new: bool) -> int:
    from bakehouse.dashboard.terminal.shell import Terminal, relay

    terminal = Terminal.own(target=sys.stdout)
    rows, columns = terminal.size()
    session = await find.session(directory, "shell")
    try:
        more = {"new": True} if new else {}
        answer = await session.send("shell", build.key, expected(build), rows=rows, columns=columns, **more)
        stream = await session.stream(answer.span, rows, columns)
        try:
            complain(f"A shell in the machine of {build.name}. ctrl+] leaves it open, exit ends it.")
            how = await relay(stream, terminal)
        finally:
            await stream.close()
    finally:
        await session.close()
    if how == "left":
        complain(f"\nLeft; the shell goes on. Come back with: bakehouse shell {directory.run} {build.key}")
        return 0
    if how == "lost":
        what = "The run's socket went away; the run itself goes on." if directory.alive else "The run is over."
        complain(f"\nError: {what} See: bakehouse runs")
        return 1
    return stream.exit_status or 0
