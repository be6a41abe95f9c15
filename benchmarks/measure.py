"""Time whole commands, in pairs, and weigh what their process trees hold in memory."""

from __future__ import annotations

import os
import pty
import select
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BAKEHOUSE = [str(Path(sys.executable).with_name("bakehouse"))]
ENVIRONMENT = {"CHECKPOINT_DISABLE": "1", "PACKER_NO_COLOR": "1", "BAKEHOUSE_UI": "plain", "CI": "1"}


@dataclass
class Sample:
    """One run. seconds: wall. mebibytes: the highest PSS of its process tree, 0 if not weighed."""

    seconds: float
    mebibytes: float = 0.0
    processes: int = 0


@dataclass
class Series:
    """All runs of one command."""

    name: str
    samples: list[Sample] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The median, seconds."""
        return statistics.median(sample.seconds for sample in self.samples)

    @property
    def mebibytes(self) -> float:
        """The highest, MiB."""
        return max(sample.mebibytes for sample in self.samples)


def tree(root: int) -> list[int]:
    """Pids of a process and all its descendants, and of those in its session."""
    parents: dict[int, int] = {}
    sessions: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                fields = Path(entry.path, "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents[int(entry.name)], sessions[int(entry.name)] = int(fields[1]), int(fields[3])
    found = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found or sessions[pid] == root} - found
        if not more:
            return sorted(found)
        found |= more


def pss(pids: Sequence[int]) -> float:
    """Their proportional set size, MiB."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)
    return total / 1024


def run(command: Sequence[str] | str, *, cwd: Path, weigh: bool = False, check: bool = True) -> Sample:
    """Run a command (a string goes to sh) to its end, its output to a pipe that is read and thrown away."""
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
    sample = Sample(0.0)
    done = threading.Event()
    weigher = threading.Thread(target=_weigh, args=(process.pid, sample, done))
    if weigh:
        weigher.start()
    tail = b""
    assert process.stdout is not None
    while piece := os.read(process.stdout.fileno(), 1 << 20):
        tail = (tail + piece)[-4000:]
    status = process.wait()
    sample.seconds = time.perf_counter() - started
    done.set()
    if weigh:
        weigher.join()
    if check and status != 0:
        sys.exit(f"{command} exited {status}:\n{tail.decode(errors='replace')}")
    return sample


def _weigh(root: int, sample: Sample, done: threading.Event) -> None:
    while not done.wait(0.1):
        pids = tree(root)
        sample.mebibytes = max(sample.mebibytes, pss(pids))
        sample.processes = max(sample.processes, len(pids))


def alternate(commands: dict[str, Callable[[], Sample]], pairs: int) -> dict[str, Series]:
    """Run all commands in turn, `pairs` times, after one round that is thrown away."""
    series = {name: Series(name) for name in commands}
    for turn in range(pairs + 1):
        for name, command in commands.items():
            sample = command()
            if turn:
                series[name].samples.append(sample)
    return series


def first_picture(command: Sequence[str], wanted: bytes, *, cwd: Path, idle_after: float = 0.0) -> tuple[Sample, float]:
    """Start a program on a terminal of 120x40 and wait until it shows `wanted`.

    Returns the time to that, and what share of a core the program's own process used over the next `idle_after` s.
    """
    started = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
        environment.pop("CI", None)
        os.execvpe(command[0], list(command), environment)
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    while wanted not in seen:
        ready, _, _ = select.select([terminal], [], [], 20)
        if not ready:
            sys.exit(f"{command} showed no {wanted!r} in 20 s: {seen[-2000:]!r}")
        seen += os.read(terminal, 1 << 16)
    seconds = time.perf_counter() - started
    share = _share(pid, terminal, idle_after) if idle_after else 0.0
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return Sample(seconds), share


def _share(pid: int, terminal: int, seconds: float) -> float:
    _drain(terminal, 2.0)
    before, started = _ticks(pid), time.perf_counter()
    _drain(terminal, seconds)
    return (_ticks(pid) - before) / os.sysconf("SC_CLK_TCK") / (time.perf_counter() - started)


def _drain(terminal: int, seconds: float) -> None:
    deadline = time.perf_counter() + seconds
    while (left := deadline - time.perf_counter()) > 0:
        if select.select([terminal], [], [], left)[0]:
            os.read(terminal, 1 << 16)


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])
