"""User namespaces: who is who outside. One user needs no privilege; a range needs newuidmap and /etc/subuid."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import NoReturn

from bakehouse.clients.isolation import kernel

IDS = 65536
"""How many ids a machine has besides root: up to and with nobody (65534)."""

_TOOLS = {"uid": ("newuidmap", "/etc/subuid"), "gid": ("newgidmap", "/etc/subgid")}
_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Ranges:
    """The first id outside for id 1 inside; 0 inside is who we are."""

    uid: int
    gid: int


def map_root() -> None:
    """In a new user namespace: root is who we are outside, and nobody else exists. Needs no privilege."""
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(kernel.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {uid} 1"), ("gid_map", f"0 {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def find_ranges() -> Ranges:
    """What /etc/subuid and /etc/subgid give this user (subuid(5)). Raises OSError: what is missing."""
    if os.geteuid() == 0:
        raise OSError(1, "is for ordinary users; root has tier root", "range")
    return Ranges(*(_find(kind) for kind in _TOOLS))


def _find(kind: str) -> int:
    tool, path = _TOOLS[kind]
    if shutil.which(tool, path=_PATH) is None:
        raise OSError(2, "not installed (package uidmap)", tool)
    uid = os.geteuid()
    names = {str(uid)}
    with contextlib.suppress(KeyError):  # a user without a name has ranges by number only
        names.add(pwd.getpwuid(uid).pw_name)
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.strip().split(":") for line in file]
    for line in lines:
        if len(line) == 3 and line[0] in names and line[1].isdecimal() and line[2].isdecimal() and int(line[2]) >= IDS:
            return int(line[1])
    raise OSError(2, f"no line that gives uid {uid} {IDS} ids (usermod --add-sub{kind}s)", path)


def map_range() -> None:
    """In a new user namespace: root is who we are outside, others are out of our ranges. Raises OSError."""
    ranges = find_ranges()
    ready, go = os.pipe2(os.O_CLOEXEC)
    told, tell = os.pipe2(os.O_CLOEXEC)
    outside = os.fork()
    if outside == 0:
        os.close(go)
        _map_parent(ranges, ready, tell)
    os.close(ready)
    os.close(tell)
    try:
        kernel.unshare(kernel.CLONE_NEWUSER)
        os.write(go, b"x")
    finally:
        os.close(go)
        reason = os.read(told, 4096).decode(errors="replace")
        os.close(told)
        os.waitpid(outside, 0)
    if reason:
        raise OSError(1, reason, "user namespace")
    os.setgroups([])


def _map_parent(ranges: Ranges, ready: int, tell: int) -> NoReturn:
    """In a child that has stayed outside: only there newuidmap is what it is."""
    reason = "the helper that writes the map failed"
    try:
        if os.read(ready, 1):
            parent = os.getppid()
            reason = _map(parent, "uid", os.geteuid(), ranges.uid) or _map(parent, "gid", os.getegid(), ranges.gid)
            os.write(tell, reason.encode())
    finally:
        os._exit(0)


def _map(pid: int, kind: str, own: int, first: int) -> str:
    """Why it cannot be; "" if it is done."""
    tool = shutil.which(_TOOLS[kind][0], path=_PATH) or _TOOLS[kind][0]
    numbers = (0, own, 1, 1, first, IDS)
    done = subprocess.run([tool, str(pid), *map(str, numbers)], capture_output=True, text=True, env={})
    return (done.stderr.strip() or f"{tool} failed") if done.returncode else ""
