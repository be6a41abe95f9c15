"""A machine without any privilege: proot (https://proot-me.github.io) traces each command and moves its paths below
a directory. Only paths are apart; owners and users are a fake, and a process that nobody traces any more sees the host.
System calls newer than proot are refused (`seccomp.old_kernel`): it would let them through to the host's paths.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bakehouse.clients.isolation.links import resolve
from bakehouse.clients.isolation.users import User

COOKIE = "BAKEHOUSE_MACHINE"
"""A variable in the environment of every proot of a machine: its value is the machine's name. Commands lack it."""

MARK = "traced"
"""In the directory of a machine of this kind."""

STATUS = 9
"""The file that a command's exit status is written to: proot itself lives as long as a daemon that it traces."""

_DEVICES = ("full", "null", "ptmx", "pts", "random", "shm", "tty", "urandom", "zero")
_FILES = ("hostname", "hosts", "resolv.conf")
_REPORT = f'"$@" {STATUS}>&-; echo $? >&{STATUS}'


class Proot:
    """spec: program, environment (what it needs itself). name: the machine's. directory: the machine's, on the host.

    made: paths that were made for the machine's sake and are no part of its image.
    """

    def __init__(self, spec: Mapping[str, Any], name: str, directory: str) -> None:
        self._program = str(spec["program"])
        self._own = dict(spec["environment"])
        self._name = name
        self._directory = directory
        self._root = f"{directory}/root"
        self.made: list[str] = []
        self._binds = ["-b", "/proc"]

    def prepare(self) -> None:
        """Make what the host's own files are shown at, and the mark."""
        os.close(os.open(f"{self._directory}/{MARK}", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        self._make_directory("proc")
        self._make_directory("dev")
        for name in _DEVICES:
            if os.path.exists(f"/dev/{name}"):
                self._binds += ["-b", f"/dev/{name}"]
        for name in _FILES:
            source = f"{self._directory}/files/{name}"
            target = self.path(f"/etc/{name}")
            self._make_directory(os.path.relpath(os.path.dirname(target), self._root))
            if not os.path.lexists(target):
                with open(target, "wb"):
                    self.made.append(os.path.relpath(target, self._root))
            self._binds += ["-b", f"{source}:/{os.path.relpath(target, self._root)}"]

    def path(self, path: str) -> str:
        """Where a path of the machine lies on the host; links are followed as inside of it."""
        return resolve(self._root, path)

    def command(
        self, user: User, directory: str, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> tuple[list[str], dict[str, str]]:
        """(arguments, environment) of the program that runs one command; its exit status comes on STATUS.

        The command sees `environment`, and nothing of what is for proot itself.
        """
        identity = ["-0"] if user.uid == 0 else ["-i", f"{user.uid}:{user.gid}"]
        options = ["-v", "-1", *identity, "-r", self._root, *self._binds, "-w", directory]
        own = {**self._own, "PROOT_TMP_DIR": self._directory, COOKIE: self._name}
        lines = [f"unset {' '.join(own)}"]
        lines += [f"export {name}={shlex.quote(environment[name])}" for name in own if name in environment]
        script = "; ".join([*lines, _REPORT])
        program = [self._program, *options, "/bin/sh", "-c", script, "sh", *arguments]
        return program, {**environment, **own}

    def _make_directory(self, path: str) -> None:
        missing = []
        while path and path != "." and not os.path.isdir(f"{self._root}/{path}"):
            missing.append(path)
            path = os.path.dirname(path)
        for name in reversed(missing):
            os.mkdir(f"{self._root}/{name}", 0o755)
            self.made.append(name)


def tracees(proc: int, pids: Iterable[int]) -> list[int]:
    """Those of some processes that are traced. They must end before who traces them: untraced, they see the host."""
    return [pid for pid in pids if tracer(proc, pid)]


def tracer(proc: int, pid: int) -> int:
    """Who traces a process; 0 if nobody does, or it is gone. proc: an open /proc."""
    try:
        file = os.open(f"{pid}/status", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc)
    except OSError:
        return 0
    try:
        content = os.read(file, 8192)
    except OSError:
        return 0
    finally:
        os.close(file)
    _, _, rest = content.partition(b"TracerPid:")
    return int(rest.split()[0]) if rest else 0


def processes(directory: str) -> tuple[set[int], set[int]]:
    """(those that are traced, others) of the machine in a directory, wherever they are on the host.

    Known by the cookie of their tracer, or, once that was killed, by a program of the machine in their memory.
    """
    if not os.path.exists(f"{directory}/{MARK}"):
        return set(), set()
    needle = f"{COOKIE}={os.path.basename(directory)}".encode()
    programs = os.fsencode(f" {directory}/root/")
    proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        traced = {int(entry): tracer(proc, int(entry)) for entry in os.listdir(proc) if entry.isdecimal()}
    finally:
        os.close(proc)
    proots = {pid for pid in traced if needle in _read(pid, "environ").split(b"\0")}
    ours = {pid for pid, by in traced.items() if by in proots or pid in proots or programs in _read(pid, "maps")}
    return {pid for pid in ours if traced[pid]}, {pid for pid in ours if not traced[pid]}


def _read(pid: int, name: str) -> bytes:
    try:
        with open(f"/proc/{pid}/{name}", "rb") as file:
            return file.read()
    except OSError:
        return b""
