"""Commands that failed while the script went on: told only where nothing else can be meant.

A failure counts if its status is surely its own, if nothing around it looks at it, and, in a function, nothing around
any call that led there. It is *ignored* if the next command ran all the same; it is hidden by a *pipe* if it was not
the pipeline's last element. An end by SIGPIPE (`yes | head`) and a pipeline in a condition are worth a note, no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bakehouse.clients.script_trace.records import Fired
from bakehouse.clients.script_trace.show import shown
from bakehouse.clients.script_trace.site import Site
from bakehouse.sdk.script import ScriptWatch

SIGPIPE = 141
MOST = 50
How = Literal["ignored", "pipe", "note"]
_Finding = tuple[int, str, int, How]


class Swallowed:
    """Collects what was passed over in one script, each once, and tells it at its end."""

    def __init__(self, watch: ScriptWatch) -> None:
        self._watch = watch
        self._found: dict[_Finding, None] = {}
        self._suspects: dict[int, list[_Finding]] = {}

    def consider(self, fired: Fired, site: Site, callers: Sequence[Site | None]) -> None:
        """`site` has ended before `fired`. callers: the calls that led there."""
        if site.around.background or site.kind != "command":
            return
        if any(caller is None or _looked_at(caller) for caller in callers):
            return
        found = list(_piped(fired, site)) if site.around.pipeline is not None else list(_plain(fired, site))
        if found:
            self._suspects[fired.pid] = found

    def went_on(self, pid: int) -> None:
        """The shell runs its next command, not only a trap."""
        for finding in self._suspects.pop(pid, ()):
            if len(self._found) < MOST:
                self._found[finding] = None

    def tell(self) -> None:
        """The script has ended."""
        for finding in self._found:
            self._watch.swallowed(*finding)


def _looked_at(site: Site) -> bool:
    pipeline = site.around.pipeline
    return site.around.handled or site.around.background or (pipeline is not None and pipeline.handled)


def _plain(fired: Fired, site: Site) -> list[_Finding]:
    if not fired.status or site.around.handled:
        return []
    return [(site.first, shown(site.text), fired.status, "ignored")]


def _piped(fired: Fired, site: Site) -> list[_Finding]:
    pipeline = site.around.pipeline
    if pipeline is None or len(fired.pipe) != pipeline.length:
        return []
    text = shown(pipeline.text)
    found: list[_Finding] = []
    for status in fired.pipe[:-1]:
        if status:
            found.append((pipeline.line, text, status, "note" if status == SIGPIPE or pipeline.handled else "pipe"))
    if fired.pipe[-1] and not pipeline.handled:
        found.append((pipeline.line, text, fired.pipe[-1], "ignored"))
    return found
