"""Time whole commands in turn, and weigh what their process trees hold in memory."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

BAKEHOUSE = [str(Path(sys.executable).with_name("bakehouse"))]
ENVIRONMENT = {"CHECKPOINT_DISABLE": "1", "PACKER_NO_COLOR": "1", "BAKEHOUSE_UI": "plain", "CI": "1"}
TAIL = 16_000


@dataclass
class Sample:
    """One run. seconds: wall. mebibytes: the highest PSS of its process tree, 0 if not weighed. output: its last."""

    seconds: float
    mebibytes: float = 0.0
    processes: int = 0
    lines: int = 0
    output: bytes = b""


@dataclass
class Series:
    """All runs of one command."""

    samples: list[Sample] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The median, seconds."""
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def mebibytes(self) -> float:
        """The highest, MiB."""
        return max(sample.mebibytes for sample in self.samples)


def alternate(
    commands: dict[str, Callable[[], Sample]], rounds: int, tidy: Callable[[Sample], None] = lambda sample: None
) -> dict[str, Series]:
    """Run all commands in turn, `rounds` times, after one that is thrown away. tidy: called untimed after each."""
    series = {name: Series() for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            sample = command()
            tidy(sample)
            if turn:
                series[name].samples.append(sample)
    return series


def run(command: Sequence[str] | str, *, cwd: Path, weigh: bool = False) -> Sample:
    """Run a command (a string goes to sh) to its end; its output goes to a pipe, is counted and thrown away.

    A command that fails ends the program, and so does Ctrl-C; the command's whole process group ends with it.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        shell=isinstance(command, str),
        cwd=cwd,
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    sample, done = Sample(0.0), threading.Event()
    weigher = threading.Thread(target=_weigh, args=(process.pid, sample, done))
    try:
        if weigh:
            weigher.start()
        _read(process, sample)
        status = process.wait()
        sample.seconds = time.perf_counter() - started
    finally:
        done.set()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if weigh:
        weigher.join()
    if status != 0:
        sys.exit(f"{command} exited {status}:\n{sample.output.decode(errors='replace')}")
    return sample


def _read(process: subprocess.Popen[bytes], sample: Sample) -> None:
    assert process.stdout is not None
    with process.stdout as pipe:
        while piece := os.read(pipe.fileno(), 1 << 20):
            sample.lines += piece.count(b"\n")
            sample.output = piece[-TAIL:] if len(piece) >= TAIL else (sample.output + piece)[-TAIL:]


def _weigh(root: int, sample: Sample, done: threading.Event) -> None:
    while not done.wait(0.1):
        pids = tree(root)
        sample.mebibytes = max(sample.mebibytes, pss(pids))
        sample.processes = max(sample.processes, len(pids))


def tree(root: int) -> list[int]:
    """Pids of a process, all its descendants, and all who are in its session."""
    parents: dict[int, int] = {}
    sessions: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                fields = _stat(int(entry.name))
                parents[int(entry.name)], sessions[int(entry.name)] = int(fields[1]), int(fields[3])
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found or sessions[pid] == root} - found
        if not more:
            return sorted(found)
        found |= more


def pss(pids: Sequence[int]) -> float:
    """Their proportional set size, MiB: what several processes share counts once."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
    return total / 1024


def processor_time(pids: Sequence[int]) -> float:
    """What they have used of the processor so far, seconds."""
    ticks = 0
    for pid in pids:
        with suppress(OSError):
            fields = _stat(pid)
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
