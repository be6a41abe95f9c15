"""`bakehouse cache`: what checkpoints earlier runs left for later ones, and taking them away."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.cli.telling import complain
from bakehouse.engine.cache.prune import LARGEST, OLDEST, prune
from bakehouse.engine.cache.shelf import Entry, Listed, Shelf
from bakehouse.errors import UsageError
from bakehouse.record.brief import si
from bakehouse.record.events import NANOSECONDS

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
PAGE = Page(
    "cache list|prune [flags]",
    "Lists what machines earlier runs saved for later ones to start from, or takes some\n"
    "away: first those that nobody has used for long. What a build needs now stays.",
    (
        Flag("json", help="one JSON object a line"),
        Flag("size", "text", "prune: keep no more than this; 20G if not given", "SIZE"),
        Flag("age", "duration", "prune: keep nothing unused for longer; 336h if not given", "DURATION"),
        Flag("all", help="prune: keep nothing"),
    ),
    (
        ("cache list", "what is there"),
        ("cache prune --size=5G", "keep 5 GB of it"),
        ("cache prune --all", "remove all of it"),
    ),
    least=1,
    most=1,
    wanted="takes one word, list or prune",
)


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 if something could not be removed."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    verb = parsed.arguments[0]
    shelf, as_json = Shelf(), parsed.on("json")
    if verb == "list":
        return _list(shelf.entries(), as_json)
    if verb != "prune":
        raise UsageError(f'There is no "cache {verb}": it is cache list or cache prune.')
    if parsed.on("all") and (parsed.given("size") or parsed.given("age")):
        raise UsageError("-all keeps nothing: leave out -size and -age.")
    largest = 0 if parsed.on("all") else size(parsed.text("size")) if parsed.given("size") else LARGEST
    return _prune(shelf, largest, parsed.seconds("age", OLDEST), as_json)


def size(text: str) -> int:
    """Bytes of "5G", "500M" or "0", in powers of ten. Raises UsageError."""
    lowered = text.strip().lower().removesuffix("b")
    number, unit = (lowered[:-1], lowered[-1]) if lowered[-1:] in UNITS and lowered else (lowered, "")
    try:
        found = float(number) * UNITS[unit]
    except ValueError:
        found = -1
    if not 0 <= found < float("inf"):
        raise UsageError(f'"{text}" is not a size. Write it like 500M or 5G.')
    return int(found)


def _list(found: list[Listed], as_json: bool) -> int:
    if as_json:
        for each in found:
            print(json.dumps(_plain(each.entry) | {"used": each.used, "busy": each.busy}))
        return 0
    if not found:
        print("The cache is empty.")
        return 0
    rows = [("BEFORE", "BUILD", "TEMPLATE", "SIZE", "USED"), *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        print("  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[4]]))
    total = sum(each.entry.size for each in found)
    print(f"{len(found)} {'checkpoint' if len(found) == 1 else 'checkpoints'}, {si(total)}")
    return 0


def _row(listed: Listed) -> tuple[str, str, str, str, str]:
    entry = listed.entry
    used = "now" if listed.busy else f"{_ago(time.time_ns() - listed.used)} ago"
    return entry.step, entry.build, entry.template, si(entry.size), used


def _prune(shelf: Shelf, largest: int, oldest: float, as_json: bool) -> int:
    done = asyncio.run(prune(shelf, largest=largest, oldest=oldest))
    failed = [error for _, error in done if error]
    if as_json:
        for entry, error in done:
            print(json.dumps(_plain(entry) | {"error": error}))
        return 1 if failed else 0
    for entry, error in done:
        words = f"the checkpoint before {entry.step} of {entry.build} ({si(entry.size)})"
        if error:
            complain(f"Error: {words} stays: {error}")
        else:
            print(f"removed {words}")
    if not done:
        print("There is nothing to remove.")
    return 1 if failed else 0


def _plain(entry: Entry) -> dict[str, Any]:
    names = ("id", "builder", "name", "ref", "template", "build", "step", "run", "made", "size")
    return {name: getattr(entry, name) for name in names}


def _ago(nanoseconds: int) -> str:
    seconds = max(0, nanoseconds // NANOSECONDS)
    for length, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
