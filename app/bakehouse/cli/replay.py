"""`bakehouse replay`: a past run again, in the dashboard with a clock of its own, or as lines with their times."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bakehouse.cli import order, reach
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.cli.telling import complain
from bakehouse.errors import RecordError, UsageError
from bakehouse.headless.machine_readable import screen
from bakehouse.headless.output import Output
from bakehouse.headless.paint import wants_colour
from bakehouse.headless.printer import Printer
from bakehouse.headless.records import Records
from bakehouse.record import events
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.sound import SoundReader, log_damage

PAGE = Page(
    "replay RUN [flags]",
    "Shows a past run, or one that is alive, from its record: the same screens, with a\n"
    "clock that can be stopped, sped up and set. Nothing can be changed. Where there is\n"
    "no terminal, or with --ui plain, it prints every line with its time. A damaged\n"
    "record opens as far as it can be read, and is said to be so.",
    (
        Flag("speed", "text", "1x, 10x, 60x, or max: from event to event", "SPEED", ("1x", "10x", "60x", "max")),
        Flag("at", "text", "where to begin: 2:31, 90s or 50%", "TIME"),
        Flag("ui", "text", "auto, tui (the dashboard) or plain", "WHICH", ("auto", "tui", "plain")),
    ),
    (("replay 7f3", "a run from its beginning"), ("replay 7f3 --at 50% --speed 10x", "its second half, faster")),
    least=1,
    most=1,
    wanted="takes one run",
)


def main(arguments: list[str]) -> int:
    """Exit code 0, also where the run has failed. Raises RecordError if nothing can be read."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    place = reach.readable(parsed.arguments[0])
    directory = place.directory
    if directory is None:
        raise RecordError(f"Run {place.run} is {place.about}: it is watched with bakehouse attach, and only its owner "
                          "has the record that can be replayed.")  # fmt: skip
    if order.dashboard(parsed):
        return asyncio.run(_watch(directory, parsed.text("speed", "1x"), parsed.text("at")))
    for flag in ("speed", "at"):
        if parsed.given(flag):
            raise UsageError(f"-{flag} is for the dashboard; bakehouse logs has -since.")
    return _print(directory)


async def _watch(directory: RunDirectory, speed: str, at: str) -> int:
    from bakehouse.dashboard.replay.app import moment, show_replay
    from bakehouse.dashboard.replay.session import ReplaySession

    session = ReplaySession(directory, speed=0.0 if speed == "max" else float(speed.removesuffix("x")))
    if at:
        after = moment(at, session.end - session.start)
        if after is None:
            raise UsageError(f'"{at}" is no time in a run. Write it like 2:31, 90s, 2m31s or 50%.')
        session.go(session.start + after)
    await show_replay(session)
    for sentence in session.damage:
        complain(f"Warning: {sentence}")
    return 0


def _print(directory: RunDirectory) -> int:
    reader = SoundReader(directory.path)
    facts = reader.read()
    if not facts:
        raise RecordError(f"Run {directory.run} has no events that can be read: {directory.events}.")
    printer = _printer(directory.path)
    printer.take(facts)
    rest = [events.event(events.OutputGrew(0, 0), seq=0, at=facts[-1].at, build=key) for key in printer.state.builds]
    printer.take(rest)
    alive = directory.alive
    for sentence in reader.damage(ended=not alive) + log_damage(directory.path, printer.state.builds, ended=not alive):
        complain(f"Warning: {sentence}")
    if not alive and printer.state.exit_code is None:
        complain("The record ends here: the engine of this run went away without a word.")
    return 0


def _printer(directory: Path) -> Printer:
    if screen() is not None:
        return Records(directory, Output(), aside=lambda text: None, replay=True)
    look = {"stamps": True, "attached": True, "replay": True}
    return Printer(directory, Output(), colour=wants_colour(), aside=lambda text: None, **look)
