"""`bakehouse attach`: watch and drive a run from this terminal."""

from __future__ import annotations

import asyncio

from bakehouse.cli import order, reach
from bakehouse.cli.flags import Flag
from bakehouse.cli.listening import listen
from bakehouse.cli.page import Page
from bakehouse.cli.reach import Place
from bakehouse.cli.telling import complain
from bakehouse.errors import Disconnected, SessionError
from bakehouse.headless.json_lines import JsonLines
from bakehouse.headless.machine_readable import screen
from bakehouse.headless.output import Output, View
from bakehouse.headless.paint import wants_colour
from bakehouse.headless.printer import Printer
from bakehouse.headless.records import Records
from bakehouse.record.fold import fold
from bakehouse.record.reader import read_events
from bakehouse.session.client import Session
from bakehouse.session.leaving import on_termination

PAGE = Page(
    "attach [RUN]",
    "Opens the dashboard on a run that is alive; without RUN, on the only one, or the\n"
    "one that you choose. Runs that colleagues share with you count, too. Any number of\n"
    "people may attach: one drives, the others watch and can ask for control. Leaving\n"
    "never stops a run. Where there is no terminal, or with --ui plain, it prints the\n"
    "run as build does.\n\n"
    "Exit code: the run's own if you stay to its end, else 0.",
    (
        Flag("ui", "text", "auto, tui (the dashboard) or plain", "WHICH", ("auto", "tui", "plain")),
        Flag("watch", help="only watch, also if nobody drives"),
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
    place = reach.named(parsed.arguments[0]) if parsed.arguments else reach.only(_pick if dashboard else None)
    if dashboard:
        return asyncio.run(_watch(place, parsed.on("watch")))
    try:
        return asyncio.run(_print(place, parsed.on("json")))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0  # left early


def _pick(places: list[Place]) -> Place:
    """On a screen of its own. Raises SessionError."""
    from bakehouse.dashboard.chooser import Candidate, choose

    rows = [Candidate(one.run, one.about.removesuffix(f", {one.paused} paused"), one.paused) for one in places]
    chosen = asyncio.run(choose(rows))
    found = [place for place in places if place.run == chosen]
    if not found:
        raise SessionError("No run was chosen.")
    return found[0]


async def _watch(place: Place, only: bool) -> int:
    from bakehouse.cli.watching import watch

    return await watch(await place.session("attach", watch=only), launched=False)


async def _print(place: Place, json: bool) -> int:
    session = await place.session("attach", watch=True)
    view: View = JsonLines(session.directory, Output()) if json else _printer(session)
    myself = asyncio.current_task()
    assert myself is not None
    try:
        with on_termination(myself.cancel):
            await listen(session, view, complain)
    except Disconnected as error:
        complain(f"Error: {error} The run itself may go on: bakehouse attach {session.run}")
        return 1
    finally:
        await session.close()
    return fold(read_events(session.directory)).exit_code or 0


def _printer(session: Session) -> Printer:
    if screen() is not None:
        return Records(session.directory, Output(), aside=lambda text: None)
    return Printer(session.directory, Output(), colour=wants_colour(), attached=True, aside=lambda text: None)
