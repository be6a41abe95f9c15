"""Where each command of a script stands, and what stands around it: a bash trace alone cannot tell.

`LINENO` of a command of several lines is one of them, and not always the first; the text decides between those that
share a line.
"""

from __future__ import annotations

from collections import defaultdict

from bakehouse.clients.script_trace.bash import LONGEST
from bakehouse.clients.script_trace.commands import found_in, plain
from bakehouse.clients.script_trace.silent import Silents
from bakehouse.clients.script_trace.site import Site
from bakehouse.clients.script_trace.syntax import first_error, parse


class ScriptMap:
    """The commands of a script. error: the line that could not be understood, 0 for none; then nothing is known."""

    def __init__(self, text: str) -> None:
        root = parse(text.encode())
        self.error = first_error(root)
        found, silents = found_in(root) if not self.error else ([], [])
        self.sites = sorted(found, key=lambda site: site.start)
        self.silents = Silents(self.sites, silents)
        self._by_line: defaultdict[int, list[Site]] = defaultdict(list)
        for site in self.sites:
            for line in range(site.first, site.last + 1):
                self._by_line[line].append(site)

    def find(self, line: int, text: str, after: Site | None = None) -> Site | None:
        """The command that bash means by these. text: as in `records.Fired`. after: what its shell ran before; of
        several of one text on a line the next is meant."""
        wanted, cut = plain(text), len(text) >= LONGEST
        here = self._by_line.get(line, [])
        start = after.start if after is not None and after in here else -1
        return _best(here, wanted, cut, start) or _best(self._around(here), wanted, cut, start)

    def _around(self, here: list[Site]) -> list[Site]:
        """All that begins on the lines of those: bash counts lines otherwise in a substitution of several lines."""
        lines = {line for site in here for line in range(site.first, site.last + 1)}
        return [site for line in sorted(lines) for site in self._by_line[line]]

    def numbers(self, line: int) -> frozenset[int]:
        """The lines that bash may give for the command that a person means by `line`."""
        begin = self.start(line)
        return frozenset(n for site in self.sites if site.first == begin for n in range(site.first, site.last + 1))

    def leads(self, site: Site) -> bool:
        """Whether it is the first command that begins on its line."""
        return all(other.start >= site.start for other in self._by_line[site.first] if other.first == site.first)

    def start(self, line: int) -> int:
        """The line where the command begins that a person means by `line`; 0 for none."""
        within = [site.first for site in self.sites if site.first <= line <= site.last]
        if within:
            return line if line in within else max(within)
        return min((site.first for site in self.sites if site.first > line), default=0)


def _best(candidates: list[Site], wanted: str, cut: bool, after: int) -> Site | None:
    """Redirections stand behind a command's own text in what bash says; the longest text that fits is meant.

    after: the first byte of the command before, for those of one text."""
    best: Site | None = None
    for site in candidates:
        fits = wanted.startswith(site.plain) or (cut and site.plain.startswith(wanted))
        if not fits:
            continue
        longer = best is None or len(site.plain) > len(best.plain)
        if best is None or longer or (site.plain == best.plain and best.start <= after < site.start):
            best = site
    return best
