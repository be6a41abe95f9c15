"""`bakehouse attach`: watch and drive a run from this terminal."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from bakehouse.cli import find, order
from bakehouse.cli.flags import Flag
from bakehouse.cli.launcher import complain
from bakehouse.cli.page import Page
from bakehouse.errors import Disconnected
from bakehouse.headless.json_lines import JsonLines
from bakehouse.headless.output import Output, View, follow
from bakehouse.headless.paint import wants_colour
from bakehouse.headless.printer import Printer
from bakehouse.record.rundir import RunDirectory

PAGE = Page(
    "attach [RUN]",
    "Opens the dashboard on a run that is alive; without RUN, on the only one. Any\n"
    "number of people may attach, and leaving never stops a run. Where there is no\n"
    "terminal, or with --ui plain, it prints the run as build does.\n\n"
    "Exit code: the run's own if you stay to its end, else 0.",
    (
        Flag("ui", "text", "auto, tui (the dashboard) or plain", "WHICH", ("auto", "tui", "plain")),
        Flag("json", help="print events and lines as JSON, one object a line"),
    ),
    (("attach", "the only run that is alive"), ("attach 7f3", "a run, by its id or the beginning of it")),
    most=1,
    wanted="takes one run, or none",
)


def main(arguments: list[str]) -> int:
    """Exit code as the help says."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    dashboard = order.dashboard(parsed)
    directory = find.run(parsed.arguments[0]) if parsed.arguments else find.only_running("attach")
    find.alive(directory)
    if dashboard:
        return asyncio.run(_watch(directory))
    try:
        return asyncio.run(_print(directory, parsed.on("json")))
    except KeyboardInterrupt:
        return 0  # left early


async def _watch(directory: RunDirectory) -> int:
    from bakehouse.cli.watching import watch

    session = await find.session(directory, "attach")
    return await watch(session, launched=False)


async def _print(directory: RunDirectory, json: bool) -> int:
    session = await find.session(directory, "attach", watch=True)
    view: View = JsonLines(directory.path, Output()) if json else _printer(directory)
    try:
        async with aclosing(session.events()) as batches:  # also where Ctrl-C cuts it short
            await follow(view, batches)
    except Disconnected as error:
        complain(f"Error: {error} The run itself may go on: bakehouse attach {directory.run}")
        return 1
    finally:
        await session.close()
    return find.state_of(directory).exit_code or 0


def _printer(directory: RunDirectory) -> Printer:
    return Printer(directory.path, Output(), colour=wants_colour(), attached=True, aside=lambda text: None)
