"""What is asked of an engine: a template, and how to run it. It travels to the engine's process as JSON."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import cast, get_args

import msgspec

from bakehouse.cli import caching, template
from bakehouse.cli.flags import Flag, Parsed
from bakehouse.engine.options import OnError, RunOptions
from bakehouse.errors import SessionError, UsageError
from bakehouse.session.admission import Sharing, sharing
from bakehouse.template.plan import Request

TERMINAL_HOLD = 4 * 3600.0
STOP_TIMEOUT = 20.0
NICE = 10
"""Children of a run that begins with a dashboard are lowered by this, so that they do not starve it (DESIGN 6)."""
ON_ERROR: tuple[OnError, ...] = get_args(OnError)
TRACE = ("auto", "on", "off")
FLAGS = (
    Flag("parallel-builds", "number", "builds at once; 0, the default, for no limit", "N"),
    Flag("on-error", "text", "when a step fails: cleanup, abort, ask, pause ...", "WHAT", ON_ERROR),
    Flag("break", "repeat", "stop at STEP, after:STEP, FILE:LINE, output~RE", "WHERE"),
    Flag("debug", help="stop before every step, if somebody can answer"),
    Flag("hold", "duration", "how long a paused build waits for somebody: 15m", "DURATION"),
    Flag("max-machines", "number", "machines at once, those of paused builds included", "N", least=1),
    Flag("fail-tainted", help="exit with 1 if somebody touched a build by hand"),
    Flag("force", help="replace what an earlier build left, instead of refusing"),
    Flag("trace", "text", "tell the commands of scripts one by one: auto, on, off", "WHICH", TRACE),
    Flag("share", "text", "let the members of a group attach and watch", "GROUP"),
    Flag("share-drive", help="with --share: they may drive, too"),
    Flag("ui", "text", "auto, tui (the dashboard) or plain; or $BAKEHOUSE_UI", "WHICH"),
    Flag("exit", help="close the dashboard at the end, also after a failure"),
    Flag("json", help="print events and lines as JSON, one object a line"),
    Flag("color", help="colour in plain output, whether or not it is a terminal"),
    Flag("timestamp-ui", help="the time before every line of a build"),
    Flag("stop-timeout", "duration", "how long cleaning up may take after SIGTERM: 20s", "DURATION"),
    Flag("warn-on-undeclared-var", help="warn of variables that are set but not declared"),
    Flag("skip-enforcement"),
    *caching.FLAGS,
    *template.FLAGS,
)
EVERY_STEP = "before:*"
NO_HOLD = (
    "-on-error=pause keeps a failed machine for whoever answers: say for how long, as in --hold=15m.\n"
    "To keep none, choose -on-error=cleanup."
)
UI = ("auto", "tui", "plain")


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """stop_timeout: seconds. shared: with whom."""

    request: Request
    options: RunOptions = RunOptions()
    stop_timeout: float = STOP_TIMEOUT
    shared: Sharing | None = None


def order(parsed: Parsed, *, dashboard: bool) -> Order:
    """The order that a command line makes. On a dashboard a failure pauses its build by default. A pause lasts 4 h on
    any terminal; elsewhere `--hold` says, by default nothing.

    Raises UsageError.
    """
    on_error = cast(OnError, parsed.text("on-error", "pause" if dashboard else "cleanup"))
    terminal = sys.stdin.isatty() and not parsed.on("json")
    if on_error == "ask" and not terminal:
        on_error = "cleanup"  # nobody can be asked: Packer takes the end of its input for this answer
    hold = parsed.seconds("hold", TERMINAL_HOLD if dashboard or terminal else 0.0)
    if on_error == "pause" and not hold:
        raise UsageError(NO_HOLD)
    checkpoints, cache, from_step = caching.choose(parsed, dashboard=dashboard)
    trace = parsed.text("trace", "auto")
    options = RunOptions(
        on_error=on_error,
        hold=hold,
        parallel=max(0, parsed.number("parallel-builds", 0)),
        nice=NICE if dashboard else 0,
        wait_at_breakpoints=hold > 0,
        machines=parsed.number("max-machines", 0),
        fail_tainted=parsed.on("fail-tainted"),
        trace=dashboard if trace == "auto" else trace == "on",
        breakpoints=(*parsed.texts("break"), *([EVERY_STEP] if parsed.on("debug") and hold else [])),
        checkpoints=checkpoints,
        cache=cache,
        from_step=from_step,
    )
    request = template.request(parsed, warn=parsed.on("warn-on-undeclared-var"))
    return Order(request, options, parsed.seconds("stop-timeout", STOP_TIMEOUT), _shared(parsed))


def _shared(parsed: Parsed) -> Sharing | None:
    """Who else may attach. Raises UsageError."""
    if not parsed.given("share"):
        if parsed.on("share-drive"):
            raise UsageError("-share-drive says what the members of a group may do: it needs -share=GROUP.")
        return None
    try:
        return sharing(parsed.text("share"), drives=parsed.on("share-drive"))
    except SessionError as error:
        raise UsageError(str(error)) from error


def dashboard(parsed: Parsed, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the dashboard opens: DESIGN 6's rules of `--ui auto`. Raises UsageError if it is asked for but cannot."""
    chosen = parsed.text("ui", environment.get("BAKEHOUSE_UI", "") or "auto")
    if chosen not in UI:
        where = "-ui" if parsed.given("ui") else "BAKEHOUSE_UI"
        raise UsageError(f'{where} is one of {", ".join(UI)}; not "{chosen}".')
    obstacle = _obstacle(parsed, environment)
    if chosen == "tui" and obstacle:
        raise UsageError(f"The dashboard cannot open: {obstacle}. Leave out --ui tui for plain lines.")
    return chosen == "tui" or (chosen == "auto" and not obstacle and not environment.get("CI"))


def _obstacle(parsed: Parsed, environment: Mapping[str, str]) -> str:
    if parsed.on("json"):
        return "--json prints for programs"
    if parsed.text("on-error") == "ask":
        return "-on-error=ask asks in plain lines; -on-error=pause is the dashboard's way"
    for stream, name in ((sys.stdin, "standard input"), (sys.stdout, "standard output")):
        if not stream.isatty():
            return f"{name} is no terminal"
    if environment.get("TERM", "") in ("", "dumb", "unknown"):
        return f'TERM is "{environment.get("TERM", "")}"'
    return ""
