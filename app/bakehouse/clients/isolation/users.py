"""Users of the machine, read from its own /etc/passwd and /etc/group (static programs and libc's NSS do not mix)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """Who a command runs as. `groups`: the supplementary ones."""

    name: str
    uid: int
    gid: int
    groups: tuple[int, ...]
    home: str
    shell: str


def _records(path: str, fields: int) -> Iterator[list[str]]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    for line in lines:
        record = line.split(":")
        if len(record) >= fields:
            yield record


def _group(root: str, name: str) -> int:
    if name.isdecimal():
        return int(name)
    for record in _records(f"{root}/etc/group", 3):
        if record[0] == name:
            return int(record[2])
    raise LookupError(f'there is no group "{name}" in the machine')


def _memberships(root: str, name: str) -> tuple[int, ...]:
    return tuple(int(record[2]) for record in _records(f"{root}/etc/group", 4) if name in record[3].split(","))


def find(text: str, root: str = "") -> User:
    """`NAME[:GROUP]` or `UID[:GID]`, as Docker's USER takes them. Raises LookupError with a sentence.

    root: where the machine's files lie, seen from here.
    """
    name, _, group = text.partition(":")
    for record in _records(f"{root}/etc/passwd", 7):
        if name in (record[0], record[2]):
            gid = _group(root, group) if group else int(record[3])
            shell = record[6] if record[6] else "/bin/sh"
            groups = () if group else _memberships(root, record[0])
            return User(record[0], int(record[2]), gid, (gid, *groups), record[5] or "/", shell)
    if not name.isdecimal():
        raise LookupError(f'there is no user "{name}" in the machine')
    gid = _group(root, group) if group else 0
    return User(name, int(name), gid, (gid,), "/", "/bin/sh")


def become(user: User) -> None:
    """Change this process, for good."""
    os.setgroups(user.groups)
    os.setgid(user.gid)
    os.setuid(user.uid)
