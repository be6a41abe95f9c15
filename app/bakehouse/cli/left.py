"""What earlier runs have left behind, in the one line with which a run begins: it is only said, never removed then."""

from __future__ import annotations

from bakehouse.engine.gc import leftovers
from bakehouse.errors import RecordError


def left_by_earlier_runs() -> str:
    """The line; "" if nothing is left, or nobody can tell."""
    try:
        found = [leftover for leftover in leftovers() if not leftover.passed_on]
    except RecordError:
        return ""
    if not found:
        return ""
    runs = len({leftover.run.run for leftover in found})
    things = "1 thing" if len(found) == 1 else f"{len(found)} things"
    whose = "An earlier run" if runs == 1 else f"{runs} earlier runs"
    return f"{whose} left {things} behind. bakehouse gc --dry-run lists, bakehouse gc removes."
