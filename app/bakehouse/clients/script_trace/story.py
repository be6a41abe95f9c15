"""What the records of a bash trace mean: which commands began and ended, when, and how.

A record comes *before* its command; the statuses in it belong to what ran before it in the same shell, unless that is
another element of the same pipeline. Commands are kept open by shell and by depth of functions until a later record of
that shell, at their depth or above, closes them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from bakehouse.clients.script_trace.bash import LONGEST
from bakehouse.clients.script_trace.records import Fired
from bakehouse.clients.script_trace.script_map import ScriptMap
from bakehouse.clients.script_trace.show import Standing, shown
from bakehouse.clients.script_trace.silent import Silent
from bakehouse.clients.script_trace.site import Site
from bakehouse.clients.script_trace.swallowed import Swallowed
from bakehouse.sdk.script import ScriptWatch

IN_TRAP = "in trap"
_OWN_TRAP = re.compile(r"(?:builtin |command )?trap\b.*\bDEBUG$", re.DOTALL)


@dataclass(slots=True)
class Open:
    """A command that has begun. number: the watch's. at: of its record. line: where it begins, if that is known."""

    number: int
    at: int
    fired: Fired
    site: Site | None
    line: int
    label: str
    skipped: bool = False


class BashStory:
    """Tells a watch of the commands of one script."""

    def __init__(self, script: ScriptMap, watch: ScriptWatch) -> None:
        self._map = script
        self._watch = watch
        self._swallowed = Swallowed(watch)
        self._open: defaultdict[int, list[Open]] = defaultdict(list)
        self._last: dict[int, Fired] = {}
        self._latest: Fired | None = None
        self._latest_site: Site | None = None
        self._sites: dict[int, Site | None] = {}
        self._at = 0
        self._heard: dict[int, int] = {}
        self._own = ""
        self._base = 0
        self._first_pid = 0
        self._over = False
        self._traps_errors = any(re.match(r"trap\b.*\bERR\b", site.text, re.DOTALL) for site in script.sites)

    def take(self, fired: Fired) -> None:
        """A record came."""
        if not self._at:
            self._own, self._base = fired.source, fired.depth
        self._at += 1
        before, self._last[fired.pid] = self._last.get(fired.pid), fired
        since, self._heard[fired.pid] = self._heard.get(fired.pid, 0), self._at
        entry = self._is_entry(before or self._latest, fired)
        self._latest = fired
        if entry:
            return
        last = self._sites.get(fired.pid, self._latest_site)
        site = self._map.find(fired.line, fired.text, last) if fired.source == self._own else None
        if not self._first_pid and (site is None or not site.around.apart):
            self._first_pid = fired.pid
        label = self._label(before, fired, site)
        self._close(fired, site, since, trapped=label == IN_TRAP)
        if site is not None:
            self._map.silents.heard(site, fired, self._at, self._latest_site, new=before is None)
        self._latest_site = self._sites[fired.pid] = site
        text = shown(site.text) if site is not None else shown(fired.text, cut=len(fired.text) >= LONGEST)
        if site is None and label == IN_TRAP and before is not None and before.text == fired.text:
            text = "..."  # bash says what the trap came upon, not what is run in it
        line = site.first if site is not None else fired.line
        number = self._watch.began(line, text, label=label)
        self._open[fired.pid].append(Open(number, self._at, fired, site, line, label))
        if _OWN_TRAP.match(fired.text):
            self._over = True
            place = self._watch.called(line)
            self._watch.untraced(f"the trace ends at {place}, where the script sets its own DEBUG trap")

    def place(self, pid: int) -> Standing | None:
        """The command that shell `pid` is about to run; None where it only enters a function."""
        stack = self._open.get(pid)
        if not stack or stack[-1].fired is not self._last[pid]:
            return None
        top = stack[-1]
        if top.site is None:
            return Standing(top.line, shown(top.fired.text, cut=len(top.fired.text) >= LONGEST))
        return Standing(top.line, shown(top.site.text), self._map.leads(top.site))

    def skipped(self, pid: int) -> None:
        """Shell `pid` leaves out the command that it stands before: what it says then of its status means nothing."""
        stack = self._open.get(pid)
        if stack:
            stack[-1].skipped = True

    def end(self, status: int | None) -> None:
        """The script has ended. status: None if the trace ended before."""
        for pid, stack in self._open.items():
            while stack:
                command = stack.pop()
                last = pid == self._first_pid and not stack
                known = last and not self._over and self._is_last(command, status)
                self._watch.ended(command.number, status if known else None, 0.0)
        self._swallowed.tell()

    def _is_last(self, command: Open, status: int | None) -> bool:
        """Whether the script's status is that of the command with which it ended."""
        site = command.site
        if command.skipped or command.label == IN_TRAP or self._others(command, status, None):
            return False
        if site is None:
            return command.at == self._at
        return _tells(site) and site.around.condition is None and site.around.pipeline is None

    def _is_entry(self, before: Fired | None, fired: Fired) -> bool:
        """A function is entered: the record repeats the call, one level deeper, at the line of the definition."""
        return before is not None and before.text == fired.text and before.depth == fired.depth - 1

    def _label(self, before: Fired | None, fired: Fired, site: Site | None) -> str:
        if fired.source != self._own:
            return f"in {fired.source.rpartition('/')[2]}" if fired.source else ""
        if site is None and fired.line <= 1:
            return IN_TRAP
        repeated = before is not None and (before.text, before.line) == (fired.text, fired.line)
        return IN_TRAP if self._traps_errors and repeated and fired.status else ""

    def _close(self, fired: Fired, site: Site | None, since: int, *, trapped: bool) -> None:
        stack = self._open[fired.pid]
        closed: list[Open] = []
        while stack and stack[-1].fired.depth >= fired.depth and not _same_pipeline(stack[-1], site):
            closed.append(stack.pop())
        others = [self._others(command, fired.status, site) for command in closed]
        for number, command in enumerate(closed):
            # what came between the end of a caller and this record came after all that ran in the call, too
            unsure = any(others[number:]) or command.skipped
            status = None if unsure else _status(command, fired, site)
            end = next(filter(None, (_end(found, command.at) for found in others[number:])), fired)
            self._watch.ended(command.number, status, _seconds(command.fired, end))
        unsure = bool(closed) and (bool(others[-1]) or closed[-1].skipped)
        if closed and closed[-1].label != IN_TRAP and not unsure:
            self._consider(closed, fired, site)
        if site is not None and not trapped:
            self._consider_silent(fired, site, since)
        if not trapped:
            self._swallowed.went_on(fired.pid)

    def _others(self, command: Open, status: int | None, following: Site | None) -> list[Silent]:
        """What may have run after a command, unheard of by its shell."""
        if command.site is None:
            return []
        return self._map.silents.between(command.site, command.at, status, following)

    def _consider(self, closed: list[Open], fired: Fired, following: Site | None) -> None:
        """Whether the outermost of the commands that have ended, and nobody else, failed and was passed over."""
        depth = closed[-1].fired.depth
        site = next(command.site for command in closed if command.fired.depth == depth)
        if site is not None and not _is_spoiled(site, following):
            self._passed_over(fired, site, depth)

    def _consider_silent(self, fired: Fired, following: Site, since: int) -> None:
        """The same of a subshell that ended right before a command. since: the record before, of the same shell."""
        silent = self._map.silents.before(following, since)
        if silent is not None:
            self._passed_over(fired, silent.site, fired.depth)

    def _passed_over(self, fired: Fired, site: Site, depth: int) -> None:
        callers = {command.fired.depth: command.site for command in self._open[fired.pid]}
        known = all(level in callers for level in range(self._base, depth))
        if known:
            self._swallowed.consider(fired, site, [callers[level] for level in range(self._base, depth)])


def _same_pipeline(command: Open, site: Site | None) -> bool:
    """An element of a pipeline stays open while the next ones begin."""
    if site is None or command.site is None or command.site.around.pipeline is None:
        return False
    same = command.site.around.pipeline is site.around.pipeline
    return same and command.site.around.element < site.around.element


def _is_spoiled(site: Site, following: Site | None) -> bool:
    """bash tells of a loop only after the substitutions in its head have run, whose status it then is."""
    if following is None or following.kind != "head" or site.start > following.start:
        return False
    return "$(" in following.text or "`" in following.text


def _tells(site: Site) -> bool:
    """Whether the status of what follows it can be its own."""
    return site.kind != "head" and not site.around.negated and not site.around.background


def _status(command: Open, fired: Fired, following: Site | None) -> int | None:
    """How the command ended, as far as the next record can tell."""
    site = command.site
    if site is None:
        return None
    if not _tells(site) or _is_spoiled(site, following):
        return None
    pipeline = site.around.pipeline
    if pipeline is not None:
        return fired.pipe[site.around.element] if len(fired.pipe) == pipeline.length else None
    if site.around.condition is not None:
        start, end = site.around.condition
        return fired.status if following is not None and start <= following.start < end else None
    return fired.status


def _end(others: list[Silent], since: int) -> Fired | None:
    """The record with which the first of those began, if it began since."""
    begun = [(other.first_number, other.first) for other in others if other.first_number > since]
    return min(begun, key=lambda found: found[0])[1] if begun else None


def _seconds(began: Fired, ended: Fired) -> float:
    if began.time is None or ended.time is None:
        return 0.0
    return max(0.0, ended.time - began.time)
