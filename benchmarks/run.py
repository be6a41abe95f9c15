"""`make bench`: measure the rows of the table of targets that stand today, beside Debian's packer and the raw tools.

A row whose programs are not here says so. Writes benchmarks/results/table.md and results.json, unless only some rows
are asked for.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import templates
from rows import ROWS, Row

RESULTS = Path(__file__).parent / "results"
HEADING = """\
# Measured beside Packer and the raw tools

{when}, {machine}.

All commands of a row ran in turn, on the same machine, {pairs} times after a round that does not count ({most} times \
where a run takes milliseconds). A figure is the median of the wall time of the whole process, its output read from a \
pipe. Memory is the highest PSS of the process tree, looked at ten times a second in a run of its own. The machine is \
small and shared: a ratio counts, a time does not. *Most* is the ratio that must be reached, *aim* what is hoped for; \
every single run is in `results.json`.

| # | work | figures | ratio | found | most | aim | |
|---|---|---|---|---|---|---|---|
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", help=f"which of {' '.join(ROWS)}; all if none is named")
    parser.add_argument("--pairs", type=int, default=5, help="how often each command runs; 5")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.rows if name not in ROWS]:
        parser.error(f"there is no row {unknown[0]}")
    rows = measured(arguments.rows or list(ROWS), arguments.pairs)
    text = table(rows, arguments.pairs)
    if not arguments.rows:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "table.md").write_text(text)
        (RESULTS / "results.json").write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    print(text)


def measured(names: list[str], pairs: int) -> list[Row]:
    """The rows, one after the other, in a directory and a state of their own."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as scratch:
        directory = Path(scratch)
        os.environ["XDG_STATE_HOME"] = str(directory / "state")
        os.environ["XDG_CACHE_HOME"] = str(directory / "cache")
        if not absent(("docker",)):
            templates.import_image()
        try:
            for name in names:
                print(f"{name} ...", file=sys.stderr, flush=True)
                function, needs = ROWS[name]
                reason = absent(needs)
                rows.append(Row(name, "not measured", missing=reason) if reason else function(directory, pairs))
        finally:
            templates.remove_image()
    return rows


def absent(needs: tuple[str, ...]) -> str:
    """Why a row cannot be measured here; "" if it can."""
    for need in (*needs, "busybox"):
        if shutil.which(need) is None:
            return f"{need} is not installed"
        if need == "docker" and subprocess.run(["docker", "info"], capture_output=True).returncode:
            return "dockerd is not running: `make engines` starts it"
    return ""


def table(rows: list[Row], pairs: int) -> str:
    """The rows as Markdown."""
    lines = []
    for row in rows:
        figures = row.missing or "; ".join(f"{name} {figure}" for name, figure in row.figures.items())
        left = f"| {row.name} | {row.work} | {figures} "
        for what, found, most, aim in row.ratios:
            reached = "aim" if found <= aim else "reached" if found <= most else "**not reached**"
            lines.append(f"{left}| {what} | {found:.2f} | {most:.2f} | {aim:.2f} | {reached} |")
            left = "| | | "
        if not row.ratios:
            lines.append(f"{left}| | | | | |")
    when = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
    return HEADING.format(when=when, machine=machine(), pairs=pairs, most=max(pairs, 15)) + "\n".join(lines) + "\n"


def machine() -> str:
    """What it ran on."""
    versions = [f"{os.cpu_count()} cores", f"Linux {platform.release()}", f"Python {platform.python_version()}"]
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    for command in (["packer", "version"], ["docker", "version", "-f", "dockerd {{.Server.Version}}"]):
        if shutil.which(command[0]):
            told = subprocess.run(command, capture_output=True, text=True, env=environment)
            versions += told.stdout.splitlines()[:1]
    return ", ".join(versions) + f", load {os.getloadavg()[0]:.1f} at the end"


if __name__ == "__main__":
    main()
