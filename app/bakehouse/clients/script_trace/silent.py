"""What a bash trace does not tell of: subshells and the like, which run between two commands that it tells of.

The status in the record after them is theirs, where that of the command before them was expected.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakehouse.clients.script_trace.records import Fired
from bakehouse.clients.script_trace.site import Site

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(slots=True, eq=False)
class Silent:
    """site: what it is, as a command. waits: the shell waits for it; else its status is 0 at once (a function's
    definition, a job in the background). speaks: commands in it are told of, by a shell of its own.

    heard: the number of the record that came from it last. first, first_number: the one with which it last began.
    """

    site: Site
    waits: bool
    speaks: bool = False
    heard: int = 0
    first: Fired | None = None
    first_number: int = 0

    def holds(self, site: Site) -> bool:
        """Whether a command stands in it."""
        return self.site.start <= site.start < self.site.end


class Silents:
    """Those of a script. sites: in the order of the text. found: each with the statement after it, if there is one."""

    def __init__(self, sites: Sequence[Site], found: Sequence[tuple[Silent, Node | None]]) -> None:
        self._all = [silent for silent, _ in found]
        self._within = {site: inside for site in sites if (inside := [s for s in self._all if s.holds(site)])}
        self._before: dict[Site, Silent] = {}
        starts = [site.start for site in sites]
        for silent, following in found:
            span = range(bisect_left(starts, silent.site.start), bisect_left(starts, silent.site.end))
            silent.speaks = any(sites[at].around.function == silent.site.around.function for at in span)
            first = _first(sites, starts, following)
            if silent.waits and first is not None and self.within(first) == self.within(silent.site, itself=silent):
                self._before[first] = silent

    def within(self, site: Site, *, itself: Silent | None = None) -> list[Silent]:
        """Those that a command stands in."""
        return [silent for silent in self._all if silent is not itself and silent.holds(site)]

    def heard(self, site: Site, fired: Fired, number: int, latest: Site | None, *, new: bool) -> None:
        """A command of `site` is told of. latest: the one told of before it. new: its shell is heard for the first
        time."""
        for silent in self._within.get(site, ()):
            silent.heard = number
            if new and (latest is None or not silent.holds(latest)):
                silent.first, silent.first_number = fired, number

    def before(self, site: Site, since: int) -> Silent | None:
        """What has run since record `since` and ended right before this command; None if that is not known."""
        silent = self._before.get(site)
        return silent if silent is not None and silent.heard > since else None

    def between(self, site: Site, since: int, status: int | None, following: Site | None) -> list[Silent]:
        """What may have run after a command told of by record `since`, so that `status`, heard before `following`,
        need not be the command's own."""
        return [silent for silent in self._all if _may_be(silent, site, since, status, following)]


def _may_be(silent: Silent, site: Site, since: int, status: int | None, following: Site | None) -> bool:
    other = silent.site
    if other.around.function != site.around.function or silent.holds(site) or site.start <= other.start < site.end:
        return False
    if silent.waits and silent.speaks:
        return silent.heard > since
    if status and not silent.waits:
        return False
    after = other.start >= site.end
    if following is None or following.around.function != site.around.function:
        return after
    if following.start >= site.end:
        return after and other.start < following.start
    return after or other.start < following.start  # a loop began anew


def _first(sites: Sequence[Site], starts: Sequence[int], statement: Node | None) -> Site | None:
    """The command with which a statement begins; None if none is sure to be told of first."""
    if statement is None or statement.type == "function_definition":
        return None
    at = bisect_left(starts, statement.start_byte)
    if at == len(sites) or starts[at] >= statement.end_byte:
        return None
    loops = sites[at].kind == "head" and ("$(" in sites[at].text or "`" in sites[at].text)
    return None if loops else sites[at]
