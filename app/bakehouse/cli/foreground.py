"""A run in the foreground, in plain lines or as JSON; it can be attached to like any other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from bakehouse.cli import conduct
from bakehouse.cli.asker import Asker
from bakehouse.cli.launcher import fault
from bakehouse.cli.left import left_by_earlier_runs
from bakehouse.cli.order import Order
from bakehouse.cli.telling import complain, diagnostics, silence_stdout
from bakehouse.errors import SessionError
from bakehouse.headless.json_lines import JsonLines
from bakehouse.headless.output import Output, View
from bakehouse.headless.printer import Printer
from bakehouse.headless.records import Records
from bakehouse.session.host import Host


def run(order: Order, look: tuple[str, bool, bool]) -> int:
    """Run it to its end; its exit code, 1 too if nobody reads standard output any more. Raises BakehouseError."""
    prepared = conduct.prepare(order)
    if left := left_by_earlier_runs():
        complain(left)
    if look[0] == "json":  # standard output holds nothing but the events
        for warning in prepared.warnings:
            complain(warning.render() + "\n")
    else:
        diagnostics(prepared.warnings, () if look[1] else ("-color=false",))
    directory = prepared.directory
    show = Showing(view(directory.path, look), Asker(order.options.on_error == "ask"), prepared.run.stop)
    try:
        code = asyncio.run(conduct.conduct(prepared, [show.attend, show.asker.attend], lambda path: None))
    except SessionError:
        conduct.discard(prepared)
        raise
    finally:
        directory.close()
    return 1 if show.failed else code


def view(directory: Path, look: tuple[str, bool, bool]) -> View:
    """The view that a command line asks for."""
    kind, colour, stamps = look
    if kind == "json":
        return JsonLines(directory, Output())
    if kind == "records":
        return Records(directory, Output(), aside=complain)
    return Printer(directory, Output(), colour=colour, stamps=stamps, aside=complain)


class Showing:
    """Shows a run; if there is nowhere to show it any more, says so and stops it."""

    def __init__(self, view: View, asker: Asker, stop: Callable[[str], None]) -> None:
        self.failed = False
        self.asker = asker
        self._view = view
        self._stop = stop

    async def attend(self, host: Host) -> None:
        """An attendant of `conduct`."""
        try:
            async for batch in host.feed.follow(0):
                await asyncio.to_thread(self._view.take, batch)
                self.asker.hear(batch)
        except OSError as error:
            self.failed = True
            silence_stdout()
            reason = "nobody reads it any more" if isinstance(error, BrokenPipeError) else error.strerror
            complain(f"Error: Plain output ends here: {reason}. Stopping the run and cleaning up.")
            self._stop("clean")
        except Exception as error:  # a fault of the view must not tear builds down in mid-air
            self.failed = True
            complain(f"{fault(error)}\nStopping the run and cleaning up.")
            self._stop("clean")
        finally:
            self.asker.end()
