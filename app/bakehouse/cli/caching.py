"""The flags of `build` about checkpoints and the cache (DESIGN 7)."""

from __future__ import annotations

from bakehouse.cli.flags import Flag, Parsed
from bakehouse.engine.options import Saving
from bakehouse.errors import UsageError

SAVING: dict[str, Saving] = {"off": "off", "by-cost": "by cost", "each": "each"}
FLAGS = (
    Flag("cache", help="start from what earlier runs saved, and save too"),
    Flag("no-cache", help="build clean, whatever earlier runs saved"),
    Flag("from", "text", "run STEP and all after it again", "STEP"),
    Flag("checkpoints", "text", "when to save the machine: off, by-cost, each (step)", "WHEN", tuple(SAVING)),
)


def choose(parsed: Parsed, *, dashboard: bool) -> tuple[Saving, bool, str]:
    """When checkpoints are taken, whether the cache is used, and from which step on all is run again ("": none).

    A dashboard has both by default; elsewhere nothing is saved unless it is asked for. Raises UsageError.
    """
    start = parsed.text("from")
    if parsed.given("from") and not start:
        raise UsageError("-from needs the name of a step.")
    if parsed.on("no-cache") and (parsed.on("cache") or start):
        raise UsageError(f"-no-cache and -{'from' if start else 'cache'} contradict each other: leave one out.")
    wanted = bool(start) or parsed.on("cache", dashboard)
    cache = wanted and not parsed.on("no-cache")
    by_default = "by-cost" if dashboard or cache else "off"
    return SAVING[parsed.text("checkpoints", by_default)], cache, start
