"""`make bench`: measure the rows of the table of targets that stand today, beside Debian's packer and the raw tools.

Arguments: names of rows (T1 T3 T4 T6 T8 T12; default all), `--pairs N` (default 5). A row whose engine is not here
says so. Writes benchmarks/results/table.md and results.json.
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
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import measure
import templates
from measure import BAKEHOUSE, Sample, Series

RESULTS = Path(__file__).parent / "results"


@dataclass
class Row:
    """A line of the result. ratios: what was asked for, what was found, and whether that is enough."""

    name: str
    work: str
    figures: dict[str, str] = field(default_factory=dict)
    ratios: list[tuple[str, float, float]] = field(default_factory=list)
    missing: str = ""

    def compare(self, what: str, found: float, most: float) -> None:
        """Note a ratio and the most it may be."""
        self.ratios.append((what, found, most))


def _bakehouse(template: Path, *flags: str, weigh: bool = False) -> Callable[[], Sample]:
    command = [*BAKEHOUSE, "build", "--ui", "plain", "-force", *flags, template.name]
    return lambda: measure.run(command, cwd=template.parent, weigh=weigh)


def _packer(template: Path, weigh: bool = False) -> Callable[[], Sample]:
    return lambda: measure.run(["packer", "build", "-force", template.name], cwd=template.parent, weigh=weigh)


def _raw(script: str, cwd: Path) -> Callable[[], Sample]:
    return lambda: measure.run(script, cwd=cwd)


def _note(row: Row, series: dict[str, Series]) -> None:
    for name, one in series.items():
        row.figures[name] = f"{one.seconds:.2f} s" + (f", {one.mebibytes:.0f} MiB" if one.mebibytes else "")


def t1(directory: Path, pairs: int) -> Row:
    row = Row("T1", "200 parallel null builds, shell-local of three lines with sleep 0.2")
    template = templates.many_nulls(directory, 200)
    series = measure.alternate({"bakehouse": _bakehouse(template), "packer": _packer(template)}, min(pairs, 3))
    weighed = measure.alternate({"bakehouse": _bakehouse(template, weigh=True), "packer": _packer(template, True)}, 1)
    _note(row, series)
    for name, one in weighed.items():
        row.figures[name] += f", {one.mebibytes:.0f} MiB"
    row.compare("wall / packer", series["bakehouse"].seconds / series["packer"].seconds, 0.12)
    row.compare("memory / packer", weighed["bakehouse"].mebibytes / weighed["packer"].mebibytes, 0.06)
    return row


def t3(directory: Path, pairs: int) -> Row:
    row = Row("T3", "1,000,000 log lines from docker exec, headless, 20 secrets masked")
    lines = 1_000_000
    template, command = templates.docker_lines(directory, lines, 20), templates.line_command(lines)
    started = f"docker run -d --name bakehouse-bench-raw --entrypoint sleep {templates.IMAGE} 600 >/dev/null"
    series = measure.alternate(
        {
            "bakehouse": _bakehouse(template),
            "docker run": _raw(f'docker run --rm {templates.IMAGE} sh -c "{command}"', directory),
            "docker exec": _raw(
                f'{started}; docker exec bakehouse-bench-raw sh -c "{command}"; docker rm -f bakehouse-bench-raw',
                directory,
            ),
        },
        pairs,
    )
    _note(row, series)
    row.compare("wall / docker run", series["bakehouse"].seconds / series["docker run"].seconds, 1.0)
    small = measure.run(
        [*BAKEHOUSE, "build", "--ui", "plain", templates.docker_lines(directory, 1000, 20).name],
        cwd=directory,
        weigh=True,
    )
    large = _bakehouse(templates.docker_lines(directory, lines, 20), weigh=True)()
    growth = large.mebibytes - small.mebibytes
    row.figures["growth of memory, 1,000 to 1,000,000 lines"] = f"{growth:.0f} MiB"
    row.compare("MiB grown / 20", growth / 20, 1.0)
    return row


def t4(directory: Path, pairs: int) -> Row:
    row = Row("T4", "docker, three shell provisioners, commit")
    template = templates.docker(directory)
    steps = "".join(
        f"printf 'echo step {i} > /step{i}; cat /step{i}' > s{i}.sh; docker cp s{i}.sh $id:/tmp/s{i}.sh; "
        f"docker exec $id sh /tmp/s{i}.sh; docker exec $id rm /tmp/s{i}.sh; "
        for i in range(3)
    )
    cli = (
        f"id=$(docker run -d -i -t --entrypoint=/bin/sh -- {templates.IMAGE}); {steps}"
        "image=$(docker commit $id); docker kill $id; docker rm $id; docker rmi $image"
    )
    series = measure.alternate(
        {"bakehouse": _bakehouse(template), "docker CLI": _raw(cli, directory), "packer": _packer(template)}, pairs
    )
    _note(row, series)
    row.compare("wall / docker CLI", series["bakehouse"].seconds / series["docker CLI"].seconds, 1.2)
    row.compare("wall / packer", series["bakehouse"].seconds / series["packer"].seconds, 0.7)
    return row


def t6(directory: Path, pairs: int) -> Row:
    row = Row("T6", "rootfs, busybox base, three provisioners, OCI archive")
    steps = "".join(f"docker exec $id sh -c 'echo step {i} > /step{i}; cat /step{i}'; " for i in range(3))
    cli = (
        f"id=$(docker run -d -i -t --entrypoint=/bin/sh -- {templates.IMAGE}); {steps}"
        "docker commit $id bakehouse-bench:out; docker save -o out.tar bakehouse-bench:out; "
        "docker kill $id; docker rm $id; docker rmi bakehouse-bench:out"
    )
    series = measure.alternate(
        {
            "bakehouse": _bakehouse(templates.rootfs(directory)),
            "docker CLI and save": _raw(cli, directory),
            "packer docker, export": _packer(templates.docker_export(directory)),
        },
        pairs,
    )
    _note(row, series)
    row.compare("wall / docker CLI and save", series["bakehouse"].seconds / series["docker CLI and save"].seconds, 0.9)
    row.compare("wall / packer", series["bakehouse"].seconds / series["packer docker, export"].seconds, 0.35)
    return row


def t8(directory: Path, pairs: int) -> Row:
    row = Row("T8", "version and --help as whole processes")
    series = measure.alternate(
        {
            "bakehouse version": lambda: measure.run([*BAKEHOUSE, "version"], cwd=directory),
            "packer version": lambda: measure.run(["packer", "version"], cwd=directory),
            "bakehouse --help": lambda: measure.run([*BAKEHOUSE, "--help"], cwd=directory),
            "packer --help": lambda: measure.run(["packer", "--help"], cwd=directory),
            "python -c pass": lambda: measure.run([sys.executable, "-c", "pass"], cwd=directory),
        },
        max(pairs, 11),
    )
    row.figures = {name: f"{one.seconds * 1000:.0f} ms" for name, one in series.items()}
    for verb in ("version", "--help"):
        ratio = series[f"bakehouse {verb}"].seconds / series[f"packer {verb}"].seconds
        row.compare(f"{verb} / packer", ratio, 1.0)
    return row


def t12(directory: Path, pairs: int) -> Row:
    row = Row("T12", "from command to first picture; the dashboard at rest")
    template = templates.waiting(directory)
    command = [*BAKEHOUSE, "build", "--ui", "tui", "--hold", "1s", template.name]
    samples, shares = [], []
    for turn in range(pairs + 1):
        sample, share = measure.first_picture(command, b"Builds", cwd=directory, idle_after=5.0 if turn == 1 else 0.0)
        _stop_runs(directory)
        if turn:
            samples.append(sample)
        if share:
            shares.append(share)
    series = Series("bakehouse", samples)
    row.figures = {"first picture": f"{series.seconds:.2f} s", "at rest": f"{shares[0] * 100:.1f} % of a core"}
    row.compare("first picture / 1 s", series.seconds, 1.0)
    row.compare("at rest / 3 %", shares[0] / 0.03, 1.0)
    return row


def _stop_runs(directory: Path) -> None:
    """The viewer was killed; its run goes on, as it should. End it."""
    listed = subprocess.run([*BAKEHOUSE, "runs", "--json"], capture_output=True, text=True, check=True, cwd=directory)
    for line in listed.stdout.splitlines():
        run = json.loads(line)
        if run["state"] in ("alive", "running", "paused"):
            subprocess.run([*BAKEHOUSE, "ctl", run["run"], "stop"], capture_output=True, cwd=directory)


ROWS: dict[str, tuple[Callable[[Path, int], Row], tuple[str, ...]]] = {
    "T1": (t1, ("packer",)),
    "T3": (t3, ("docker",)),
    "T4": (t4, ("docker", "packer")),
    "T6": (t6, ("docker", "packer")),
    "T8": (t8, ("packer",)),
    "T12": (t12, ()),
}


def _absent(needs: tuple[str, ...]) -> str:
    for need in needs:
        if shutil.which(need) is None:
            return f"{need} is not installed"
        if need == "docker" and subprocess.run(["docker", "info"], capture_output=True).returncode:
            return "dockerd is not running: make engines starts it"
    return ""


def table(rows: list[Row]) -> str:
    """The rows as Markdown."""
    lines = [
        f"Measured {time.strftime('%Y-%m-%d %H:%M')} on {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f} at the end. Medians; ratios count, times do not.",
        "",
        "| # | work | figures | ratio | most | |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        figures = row.missing or "; ".join(f"{name} {figure}" for name, figure in row.figures.items())
        for index, (what, found, most) in enumerate(row.ratios or [("", 0.0, 0.0)]):
            left = f"| {row.name} | {row.work} | {figures} " if index == 0 else "| | | "
            verdict = "" if not what else "reached" if found <= most else "**not reached**"
            lines.append(f"{left}| {what} {found:.2f} | {most:.2f} | {verdict} |" if what else f"{left}| | | |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="*", default=list(ROWS))
    parser.add_argument("--pairs", type=int, default=5)
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory(prefix="bakehouse-bench-") as scratch:
        directory = Path(scratch)
        os.environ["XDG_STATE_HOME"] = str(directory / "state")
        if not _absent(("docker",)):
            templates.import_image()
        try:
            for name in arguments.rows:
                function, needs = ROWS[name]
                reason = _absent(needs)
                print(f"{name} ...", file=sys.stderr, flush=True)
                rows.append(
                    Row(name, "", missing=f"not measured: {reason}") if reason else function(directory, arguments.pairs)
                )
        finally:
            templates.remove_image()
    RESULTS.mkdir(exist_ok=True)
    text = table(rows)
    (RESULTS / "table.md").write_text(text)
    (RESULTS / "results.json").write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")
    print(text)


if __name__ == "__main__":
    main()
