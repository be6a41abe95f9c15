"""The actions of the debugger: names to what they do, for `bakehouse.dashboard.actions`."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from bakehouse.dashboard.inside.looking import Looking
from bakehouse.dashboard.pause.repair import Repair
from bakehouse.dashboard.pause.stopping import Stopping
from bakehouse.dashboard.stage import Stage

Quick = dict[str, Callable[[], object]]
Slow = dict[str, Callable[[], Coroutine[Any, Any, None]]]
Spoken = dict[str, Callable[[str], Coroutine[Any, Any, None]]]


def further(app: Stage, repair: Repair) -> tuple[Quick, Slow, Spoken]:
    """What is done at once, what has to wait for something, and what takes words from the palette's line."""
    looking = Looking(app)
    stopping = Stopping(app, repair)
    quick: Quick = {
        "run": looking.ask_command,
        "open": lambda: looking.ask_path("open"),
        "copy": lambda: looking.ask_path("copy"),
        "rollback": stopping.roll_back,
        "break-at": stopping.ask_break,
        "breakpoints": stopping.list,
        "clear": stopping.list,
        "files-close": looking.close,
        "files-sort": looking.sort,
        "files-copy-path": looking.copy_path,
    }
    slow: Slow = {
        "retry-all": stopping.retry_all,
        "rollback-retry": stopping.back_and_retry,
        "review-roll-back": repair.roll_back_and_run,
        "diff": looking.diff,
        "details": looking.details,
        "break": lambda: stopping.toggle("before"),
        "break-after": lambda: stopping.toggle("after"),
        "files-open": looking.open,
        "files-save": looking.save,
    }
    return quick, slow, {"break": stopping.add, "run": looking.run, "open": looking.open_path, "copy": looking.copy}
