"""`bakehouse runs`: which runs there are, and what became of them."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter

import msgspec

from bakehouse.cli import reach
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.errors import RecordError
from bakehouse.headless.closing import ENDED, WORDS
from bakehouse.headless.durations import clock
from bakehouse.headless.paint import Paint
from bakehouse.headless.summary import FAILED_BY_TAINT
from bakehouse.record.brief import template_name
from bakehouse.record.events import NANOSECONDS
from bakehouse.record.fold import fold
from bakehouse.record.ledger import standing
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory

PAGE = Page(
    "runs [prune] [flags]",
    "Lists runs, the newest first: running, paused, finished, failed, or lost (the\nengine went away without a word). "
    "prune removes the records of old ones:\nbakehouse runs prune --help.",
    (Flag("json", help="one JSON object a line"),),
    (
        ("runs", "what there is"),
        ("runs --json", "the same for a program"),
        ("runs prune --dry-run", "which records would be removed"),
    ),
)


class Left(msgspec.Struct):
    """A resource that stands after its run is over. kept: somebody chose so."""

    kind: str
    name: str
    kept: bool


class Row(msgspec.Struct):
    """A run. status: running, paused, finished, failed, lost. name: of the template, or of its directory.

    seconds: up to now, or to the last event of a run that is lost. builds: how many of each status.
    evidence: where what is known of failures was put. until: when the first paused machine is given up, ns since 1970,
    0 for never. tainted: what people did by hand, by name of the build. failed_by_taint: nothing else has failed.
    """

    run: str
    status: str
    template: str
    name: str
    started: int
    seconds: int
    builds: dict[str, int]
    left: list[Left]
    directory: str
    evidence: list[str]
    until: int = 0
    tainted: dict[str, list[str]] = {}
    failed_by_taint: bool = False


def main(arguments: list[str]) -> int:
    """Exit code 0; of `prune`, its own."""
    if arguments[:1] == ["prune"]:
        from bakehouse.cli import prune

        return prune.main(arguments[1:])
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    rows = [row for directory in RunDirectory.list() if (row := _row(directory)) is not None]
    if parsed.on("json"):
        for row in rows:
            print(msgspec.json.encode(row).decode())
        return 0
    paint = Paint.of(sys.stdout)
    others = reach.shared()
    if not rows:
        print("There are no runs yet. Begin one with: bakehouse build TEMPLATE")
    width = max((len(row.name) for row in rows), default=0)
    for row in rows:
        print(_line(row, width, paint))
        for name, taints in row.tainted.items():
            print(f"   {paint('tainted', 'tainted')}  {name}: {'; '.join(taints)}")
        if row.failed_by_taint:
            print(f"   {paint('failed', 'failed')}  {FAILED_BY_TAINT}")
        for path in row.evidence:
            print(f"   {paint('muted', 'evidence')}  {path}")
        for left in row.left:
            print(f"   {paint('muted', 'left')}  {left.kind} {left.name}{' (kept)' if left.kept else ''}")
    everything = [left for row in rows for left in row.left]
    if any(not left.kept for left in everything):
        print("\nRemove what was left behind with: bakehouse gc")
    if any(left.kept for left in everything):
        print("\nRemove what was kept, too, with: bakehouse gc --kept")
    if others:
        print(f"\nShared with you:\n{reach.listed(others)}")
    return 0


def _row(directory: RunDirectory) -> Row | None:
    try:
        info, status = directory.info, directory.status
    except RecordError:
        return None
    facts = read_events(directory.path)
    state = fold(facts)
    shown: str = status
    if status == "running" and state.paused:
        shown = "paused"
    elif status == "finished" and state.exit_code:
        shown = "failed"
    ends = [state.finished, *(build.finished for build in state.builds.values())]
    last = facts[-1].at if facts else info.started
    end = time.time_ns() if status == "running" else last if status == "lost" else max(ends) or info.started
    return Row(
        info.run,
        shown,
        info.template,
        template_name(info.template, state.directory or info.cwd),
        info.started,
        (end - info.started) // NANOSECONDS,
        dict(Counter(build.status for build in state.builds.values())),
        [] if status == "running" else [Left(one.kind, one.name, one.kept) for one in standing(directory.ledger)],
        str(directory.path),
        [build.evidence for build in state.builds.values() if build.evidence and os.path.isdir(build.evidence)],
        min((build.pause.until for build in state.paused if build.pause and build.pause.until), default=0)
        if status == "running"
        else 0,
        {build.name: build.tainted_by for build in state.builds.values() if build.taints},
        state.failed_by_taint,
    )


def _line(row: Row, width: int, paint: Paint) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.started // NANOSECONDS))
    counts = Counter[str]()
    for status, count in row.builds.items():
        counts["lost" if row.status == "lost" and status not in ENDED else WORDS.get(status, status)] += count
    builds = ", ".join(f"{count} {word}" for word, count in counts.items())
    if row.until:
        builds += f", kept until {time.strftime('%H:%M:%S', time.localtime(row.until // NANOSECONDS))}"
    mark = paint.mark(row.status, 2)
    took = clock(row.seconds * NANOSECONDS)
    return f"{mark} {row.run}  {row.status:9}{row.name:{width}}  {when}  {took:>7}  {builds}".rstrip()
