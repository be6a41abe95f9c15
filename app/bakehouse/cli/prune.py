"""`bakehouse runs prune`: remove the records of old runs, never of one that may still be needed."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.cli.telling import complain
from bakehouse.errors import RecordError, UsageError
from bakehouse.headless.paint import Paint
from bakehouse.record.brief import si
from bakehouse.record.events import NANOSECONDS
from bakehouse.record.ledger import standing
from bakehouse.record.rundir import NEW, RunDirectory

KEEP, SIZE = 50, "5GiB"
UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "KIB": 1 << 10, "MIB": 1 << 20,
         "GIB": 1 << 30, "TIB": 1 << 40}  # fmt: skip
PAGE = Page(
    "runs prune [flags]",
    "Removes the records of old runs: the newest are kept, as many as -keep says and as\n"
    "long as they fit into -size together. A run that is alive, that is lost, or whose\n"
    "ledger still names something (a kept machine, say) is never removed.",
    (
        Flag("dry-run", help="say what would be removed"),
        Flag("keep", "number", f"how many runs stay; {KEEP} without it", "N"),
        Flag("size", "text", f"how much they may take up; {SIZE} without it", "SIZE"),
    ),
    (("runs prune --dry-run", "what would go"), ("runs prune --keep 10", "all but the last ten")),
)


@dataclass(frozen=True, slots=True)
class Old:
    """A run on disk. why_kept: why it must stay, "" if it need not."""

    run: RunDirectory
    size: int
    started: int
    template: str
    why_kept: str


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 if something could not be removed. Raises UsageError."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    keep, size = parsed.number("keep", KEEP), size_of(parsed.text("size", SIZE))
    if keep < 0:
        raise UsageError(f"-keep needs a number that is not negative, not {keep}.")
    paint, freed, failed = Paint.of(sys.stdout), 0, 0
    everything = [old for run in RunDirectory.list() if (old := _look(run)) is not None]
    going = list(surplus(everything, keep, size))
    for old in going:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(old.started // NANOSECONDS))
        text = f"{old.run.run}  {when}  {si(old.size):>9}  {paint('muted', old.template)}"
        if parsed.on("dry-run"):
            print(f"would remove {text}")
        elif error := _remove(old.run.path):
            complain(f"Error: run {old.run.run} stays: {error}")
            failed += 1
            continue
        else:
            print(f"removed {text}")
        freed += old.size
    words = "would go" if parsed.on("dry-run") else "removed"
    stay = len(everything) - len(going) + failed
    count = (
        f"{len(going) - failed} {'run' if len(going) - failed == 1 else 'runs'} {words}, {si(freed)}" if going else ""
    )
    print(f"{count or 'Nothing to remove'}; {stay} {'stays' if stay == 1 else 'stay'}.")
    return 1 if failed else 0


def surplus(runs: list[Old], keep: int, size: int) -> Iterator[Old]:
    """Those that are too many or too much, the newest first; what must stay counts, but never goes."""
    count = total = 0
    for old in runs:
        count, total = count + 1, total + old.size
        if (count > keep or total > size) and not old.why_kept:
            count, total = count - 1, total - old.size
            yield old


def size_of(text: str) -> int:
    """Bytes of "5GiB", "500 MB", "1024". Raises UsageError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text.strip())
    unit = UNITS.get(found[2].upper()) if found else None
    if found is None or unit is None:
        raise UsageError(f'"{text}" is no size. Write it like 500MB or 5GiB.')
    return int(float(found[1]) * unit)


def _look(run: RunDirectory) -> Old | None:
    try:
        status, info = run.status, run.info
    except RecordError:
        return None
    why = {"running": "it is alive", "lost": "it is lost"}.get(status, "")
    if not why and standing(run.ledger):
        why = "it left something behind"
    return Old(run, _bytes(run.path), info.started, info.template, why)


def _bytes(path: Path) -> int:
    """What a directory takes up on disk, links not followed."""
    total = 0
    for folder, _, names in os.walk(path):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_blocks * 512
    return total


def _remove(path: Path) -> str:
    """Out of sight first, so that nobody ever sees half a run; why it stays, "" if it is gone."""
    try:
        hidden = Path(tempfile.mkdtemp(prefix=NEW, dir=path.parent))
        os.rename(path, hidden / path.name)
        shutil.rmtree(hidden)
    except OSError as error:
        return error.strerror or str(error)
    return ""
