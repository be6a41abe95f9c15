"""The rows of the table: what is run for each, beside what, and how much of that it may take."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import measure
import templates
from measure import BAKEHOUSE, Sample, Series
from terminal import Screen

IMAGE_ID = re.compile(rb"sha256:[0-9a-f]{64}")
TEXTUAL_ALONE = """
from textual.app import App
from textual.widgets import Static
class Alone(App):
    def compose(self):
        yield Static("first picture")
Alone().run()
"""


@dataclass
class Row:
    """A line of the result. figures: what each command took. ratios: name, found, the most it may be, what is aimed at.

    samples: the seconds of every run, in order.
    """

    name: str
    work: str
    figures: dict[str, str] = field(default_factory=dict)
    ratios: list[tuple[str, float, float, float]] = field(default_factory=list)
    samples: dict[str, list[float]] = field(default_factory=dict)
    missing: str = ""

    def note(self, series: dict[str, Series]) -> None:
        """Write down the medians."""
        for name, one in series.items():
            self.samples[name] = [round(sample.seconds, 4) for sample in one.samples]
            median = one.seconds
            self.figures[name] = f"{median:.2f} s" if median >= 0.2 else f"{median * 1000:.0f} ms"

    def compare(self, what: str, found: float, most: float, aim: float) -> None:
        """Note a ratio."""
        self.ratios.append((what, round(found, 4), most, aim))


def t1(directory: Path, pairs: int) -> Row:
    row = Row("T1", "200 parallel `null` builds, each a shell-local of three lines with `sleep 0.2`")
    template = templates.many_nulls(directory, 200)
    series = measure.alternate({"bakehouse": _bakehouse(template), "packer": _packer(template)}, pairs)
    row.note(series)
    own, other = _bakehouse(template, weigh=True)(), _packer(template, weigh=True)()
    row.figures["memory of bakehouse, PSS of its tree"] = f"{own.mebibytes:.0f} MiB in {own.processes} processes"
    row.figures["memory of packer"] = f"{other.mebibytes:.0f} MiB in {other.processes} processes"
    row.compare("wall / packer", series["bakehouse"].seconds / series["packer"].seconds, 0.12, 0.08)
    row.compare("memory / packer", own.mebibytes / other.mebibytes, 0.06, 0.06)
    return row


def t3(directory: Path, pairs: int) -> Row:
    row = Row("T3", "1,000,000 log lines of 40 characters from `docker exec`, 20 secrets masked, one in each 20th line")
    lines, secrets = 1_000_000, 20
    few, many = (templates.docker_lines(directory, number, secrets) for number in (1000, lines))
    command = templates.line_command(lines)
    with _container() as container:
        series = measure.alternate(
            {
                "bakehouse": _bakehouse(many),
                "docker run to a pipe": _raw(f'docker run --rm {templates.IMAGE} sh -c "{command}"', directory),
                "docker exec to a pipe": _raw(f'docker exec {container} sh -c "{command}"', directory),
            },
            pairs,
        )
    for sample in series["bakehouse"].samples:
        if sample.lines < lines or templates.secret(7).encode() in sample.output:
            sys.exit(f"bakehouse printed {sample.lines} lines, or a secret")
    row.note(series)
    raw, least = series["docker run to a pipe"], series["docker exec to a pipe"]
    row.compare("wall / docker run", series["bakehouse"].seconds / raw.seconds, 1.0, 0.5)
    row.figures["bakehouse / docker exec"] = f"{series['bakehouse'].seconds / least.seconds:.2f}"
    growth = _bakehouse(many, weigh=True)().mebibytes - _bakehouse(few, weigh=True)().mebibytes
    row.figures["memory grows from 1,000 to 1,000,000 lines by"] = f"{growth:.0f} MiB"
    row.compare("MiB grown / 20", growth / 20, 1.0, 1.0)
    return row


def t4(directory: Path, pairs: int) -> Row:
    row = Row("T4", "docker, three shell provisioners, commit")
    template = templates.docker(directory)
    steps = "".join(
        f"printf 'echo step {i} > /step{i}; cat /step{i}' > s{i}.sh; docker cp s{i}.sh $id:/tmp/s{i}.sh; "
        f"docker exec $id sh /tmp/s{i}.sh; docker exec $id rm /tmp/s{i}.sh; "
        for i in range(3)
    )
    cli = f"id=$({_start()}); {steps} docker commit $id; docker kill $id; docker rm $id"
    series = measure.alternate(
        {"bakehouse": _bakehouse(template), "docker CLI": _raw(cli, directory), "packer": _packer(template)},
        pairs,
        _remove_images,
    )
    row.note(series)
    row.compare("wall / docker CLI", series["bakehouse"].seconds / series["docker CLI"].seconds, 1.2, 0.95)
    row.compare("wall / packer", series["bakehouse"].seconds / series["packer"].seconds, 0.7, 0.7)
    return row


def t6(directory: Path, pairs: int) -> Row:
    row = Row("T6", "`rootfs`, busybox base, three provisioners, OCI archive")
    steps = "".join(f"docker exec $id sh -c 'echo step {i} > /step{i}; cat /step{i}'; " for i in range(3))
    cli = (
        f"id=$({_start()}); {steps} image=$(docker commit $id); echo $image; docker save -o out.tar $image; "
        "docker kill $id; docker rm $id"
    )
    series = measure.alternate(
        {
            "bakehouse": _bakehouse(templates.rootfs(directory)),
            "docker CLI and save": _raw(cli, directory),
            "packer docker, export": _packer(templates.docker_export(directory)),
        },
        pairs,
        _remove_images,
    )
    row.note(series)
    row.compare("wall / docker CLI", series["bakehouse"].seconds / series["docker CLI and save"].seconds, 0.9, 0.6)
    row.compare("wall / packer", series["bakehouse"].seconds / series["packer docker, export"].seconds, 0.35, 0.35)
    return row


def t7(directory: Path, pairs: int) -> Row:
    row = Row("T7", "`rootfs --cache`: ten steps of two seconds, anew; again, after the last was edited")
    turns = {"the whole build": 0, "again, last step edited": 0}

    def build(name: str, last: str) -> Callable[[], Sample]:
        def timed() -> Sample:
            turns[name] += 1
            template = templates.ten_steps(directory, f"turn {turns[name]}", last)
            return measure.run([*BAKEHOUSE, "build", "-force", "-cache", template.name], cwd=directory)

        return timed

    whole, again = turns
    series = measure.alternate({whole: build(whole, "new"), again: build(again, "edited")}, pairs)
    row.note(series)
    row.compare("wall / the whole build", series[again].seconds / series[whole].seconds, 0.2, 0.15)
    return row


def t8(directory: Path, pairs: int) -> Row:
    row = Row("T8", "`version` and `--help` as whole processes")
    commands = {
        f"{name} {verb}": _plain([*program, verb], directory)
        for verb in ("version", "--help")
        for name, program in (("bakehouse", BAKEHOUSE), ("packer", ["packer"]))
    }
    commands["python -c pass"] = _plain([sys.executable, "-c", "pass"], directory)
    series = measure.alternate(commands, max(pairs, 15))
    row.note(series)
    for verb in ("version", "--help"):
        ratio = series[f"bakehouse {verb}"].seconds / series[f"packer {verb}"].seconds
        row.compare(f"{verb} / packer", ratio, 1.0, 0.5)
    return row


def t9(directory: Path, pairs: int) -> Row:
    row = Row("T9", "`validate` of a hundred lines with twelve provisioners; `inspect`, `validate -syntax-only` of 600")
    hundred, long = templates.twelve_provisioners(directory), templates.six_hundred_lines(directory)
    wanted = {
        "validate": (["validate", hundred.name], (0.6, 0.4), (0.35, 0.25)),
        "inspect": (["inspect", long.name], (3.0, 2.0), (1.5, 1.0)),
        "-syntax-only": (["validate", "-syntax-only", long.name], (3.0, 2.0), (1.5, 1.0)),
    }
    commands: dict[str, Callable[[], Sample]] = {}
    for name, (words, _, _) in wanted.items():
        commands[f"{name}, first time"] = _first_time([*BAKEHOUSE, *words], directory)
        commands[f"{name}, again"] = _plain([*BAKEHOUSE, *words], directory)
        commands[f"packer {name}"] = _plain(["packer", *words], directory)
    series = measure.alternate(commands, max(pairs, 9))
    row.note(series)
    for name, (_, first, again) in wanted.items():
        other = series[f"packer {name}"].seconds
        row.compare(f"{name}, first time / packer", series[f"{name}, first time"].seconds / other, *first)
        row.compare(f"{name}, again / packer", series[f"{name}, again"].seconds / other, *again)
    return row


def _first_time(command: list[str], directory: Path) -> Callable[[], Sample]:
    """Nothing that was parsed is kept, but it will be."""

    def timed() -> Sample:
        shutil.rmtree(Path(os.environ["XDG_CACHE_HOME"]) / "bakehouse" / "parsed", ignore_errors=True)
        return measure.run(command, cwd=directory)

    return timed


def t12(directory: Path, pairs: int) -> Row:
    row = Row("T12", "from command to first picture of three builds; that dashboard at rest, 10 s")
    template = templates.waiting(directory)
    command = [*BAKEHOUSE, "build", "--ui", "tui", "--hold", "1s", template.name]
    series = {"first picture": Series(), "a bare Textual application": Series()}
    for _ in range(pairs + 1):
        with Screen(command, directory) as screen:
            series["first picture"].samples.append(Sample(screen.wait_for(b"null.b2", b"begun", b"elapsed")))
        _stop_runs(directory)
        with Screen([sys.executable, "-c", TEXTUAL_ALONE], directory) as screen:
            series["a bare Textual application"].samples.append(Sample(screen.wait_for(b"first picture")))
    for one in series.values():
        del one.samples[0]
    with Screen(command, directory) as screen:
        screen.wait_for(b"begun")
        own, engine = screen.at_rest(10.0)
    _stop_runs(directory)
    row.note(series)
    row.figures["dashboard at rest"] = f"{own * 100:.1f} % of a core"
    row.figures["its engine at rest"] = f"{engine * 100:.1f} %"
    row.compare("first picture / 1 s", series["first picture"].seconds, 1.0, 0.6)
    row.compare("at rest / 3 %", own / 0.03, 1.0, 0.33)
    return row


def t15(directory: Path, pairs: int) -> Row:
    row = Row("T15", "`validate` of 1,000 locals and 200 sources, as a whole process")
    template = templates.many_locals(directory, 1000, 200)
    again = _plain([*BAKEHOUSE, "validate", template.name], directory)
    turns = itertools.count()

    def anew() -> Sample:
        with template.open("a") as file:
            file.write(f"# {os.getpid()} {next(turns)}\n")  # a text that nobody has parsed yet
        return again()

    series = measure.alternate({"first time": anew, "again": again}, pairs)
    row.note(series)
    row.compare("first time / 1 s", series["first time"].seconds, 1.0, 0.3)
    row.compare("again / 1 s", series["again"].seconds, 1.0, 0.3)
    return row


ROWS: dict[str, tuple[Callable[[Path, int], Row], tuple[str, ...]]] = {
    "T1": (t1, ("packer",)),
    "T3": (t3, ("docker",)),
    "T4": (t4, ("docker", "packer")),
    "T6": (t6, ("docker", "packer")),
    "T7": (t7, ()),
    "T8": (t8, ("packer",)),
    "T9": (t9, ("packer",)),
    "T12": (t12, ()),
    "T15": (t15, ()),
}
"""Each row, and the programs that it cannot do without."""


def _plain(command: list[str], directory: Path, weigh: bool = False) -> Callable[[], Sample]:
    return lambda: measure.run(command, cwd=directory, weigh=weigh)


def _bakehouse(template: Path, weigh: bool = False) -> Callable[[], Sample]:
    return _plain([*BAKEHOUSE, "build", "-force", template.name], template.parent, weigh)


def _packer(template: Path, weigh: bool = False) -> Callable[[], Sample]:
    return _plain(["packer", "build", "-force", template.name], template.parent, weigh)


def _raw(script: str, cwd: Path) -> Callable[[], Sample]:
    return lambda: measure.run(f"set -e; {script}", cwd=cwd)


def _start() -> str:
    """What Packer itself runs to start a container."""
    return f"docker run -d -i -t --entrypoint=/bin/sh -- {templates.IMAGE}"


@contextmanager
def _container() -> Iterator[str]:
    """A container that does nothing, as long as the block lasts."""
    started = subprocess.run(_start().split(), capture_output=True, text=True, check=True)
    try:
        yield started.stdout.strip()
    finally:
        subprocess.run(["docker", "rm", "-f", started.stdout.strip()], capture_output=True)


def _remove_images(sample: Sample) -> None:
    """A commit leaves an image: each of the three names it by its digest."""
    for image in set(IMAGE_ID.findall(sample.output)):
        subprocess.run(["docker", "rmi", "-f", image.decode()], capture_output=True)


def _stop_runs(directory: Path) -> None:
    """A viewer was killed; its run goes on, as it should. End it, and wait until it has."""
    while running := [run for run in _runs(directory) if run["status"] in ("running", "paused")]:
        for run in running:
            subprocess.run([*BAKEHOUSE, "ctl", str(run["run"]), "stop"], capture_output=True, cwd=directory)


def _runs(directory: Path) -> list[dict[str, object]]:
    listed = subprocess.run([*BAKEHOUSE, "runs", "--json"], capture_output=True, text=True, check=True, cwd=directory)
    return [json.loads(line) for line in listed.stdout.splitlines()]
