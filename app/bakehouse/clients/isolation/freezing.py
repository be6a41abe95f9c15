"""Hold everything in a machine still while its files are copied, from inside, and tell what is not in these files."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Iterator

from bakehouse.clients.isolation.mounts import is_part_of_machine

_PATIENCE = 3.0  # seconds that processes may take to stop
_STUCK = 0.5  # after which one that waits in the kernel counts as standing still: a parent in vfork(2) stays there
_STILL = "TtZXx"
_FILE_SYSTEMS_IN_MEMORY = ("tmpfs", "ramfs")


class NotStill(Exception):
    """Something does not stop; the text is for people."""


def freeze(proc: int, hold: int, told: int) -> None:
    """Stop all other processes of the pid namespace until `hold` reads end of file, then let them go on.

    proc: an open /proc. told: gets what is lost with the machine as JSON once all stand still: `processes`
    ([[pid, name]]), `tmpfs` and `mounts` (paths). What was stopped before stays stopped. Raises NotStill.
    """
    before = {pid for pid, _, state in _processes(proc) if state in "Tt"}
    try:
        with contextlib.suppress(ProcessLookupError):
            os.kill(-1, signal.SIGSTOP)  # in one sweep of the kernel's: a fork under way is caught too
        _wait_until_still(proc)
        mine = _command_line(proc, os.getpid())
        inside = [(pid, name) for pid, name, state in _processes(proc) if state not in "ZXx"]
        people = [[pid, name] for pid, name in inside if _command_line(proc, pid) != mine]
        in_memory, others = _mounts(proc)
        answer = {"processes": people, "tmpfs": in_memory, "mounts": others}
        os.write(told, json.dumps(answer).encode())
        os.close(told)
        os.read(hold, 1)
    finally:
        for pid, _, _ in list(_processes(proc)):
            if pid not in before:
                try:
                    os.kill(pid, signal.SIGCONT)
                except ProcessLookupError:
                    continue


def _processes(proc: int) -> Iterator[tuple[int, str, str]]:
    """(pid, name, state) of all but the first one and this."""
    for entry in os.listdir(proc):
        if not entry.isdecimal() or int(entry) in (1, os.getpid()):
            continue
        raw = _read(proc, f"{entry}/stat")
        head, _, tail = raw.rpartition(b") ")
        if tail:
            yield int(entry), head.partition(b"(")[2].decode(errors="replace"), chr(tail[0])


def _command_line(proc: int, pid: int) -> bytes:
    return _read(proc, f"{pid}/cmdline")


def _read(proc: int, path: str) -> bytes:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:  # it has ended
        return b""
    try:
        with open(file, "rb") as stream:
            return stream.read()
    except OSError:
        return b""


def _wait_until_still(proc: int) -> None:
    began = time.monotonic()
    while True:
        waited = time.monotonic() - began
        still = _STILL + "D" if waited > _STUCK else _STILL
        moving = [(pid, name) for pid, name, state in _processes(proc) if state not in still]
        if not moving:
            return
        if waited > _PATIENCE:
            raise NotStill(f"process {moving[0][0]} {moving[0][1]} does not stand still")
        time.sleep(0.001)


def _mounts(proc: int) -> tuple[list[str], list[str]]:
    """Paths of mounts in memory that hold something, and of other mounts that the machine did not begin with."""
    in_memory, others = set(), set()
    for line in _read(proc, "self/mountinfo").decode(errors="surrogateescape").splitlines():
        fields, _, rest = line.partition(" - ")
        path = re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), fields.split()[4])
        if rest.split()[0] in _FILE_SYSTEMS_IN_MEMORY and not path.startswith("/proc/"):
            if _holds_something(path):
                in_memory.add(path)
        elif not is_part_of_machine(path):
            others.add(path)
    return sorted(in_memory), sorted(others)


def _holds_something(path: str) -> bool:
    try:
        return any(not is_part_of_machine(os.path.join(path, name)) for name in os.listdir(path))
    except OSError:
        return False
