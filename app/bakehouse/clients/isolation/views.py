"""A file system as a machine sees it, read off the host's directories: then and now, and what differs.

A view is an upper directory over a lower one (Linux `Documentation/filesystems/overlayfs.rst`), either of which may be
missing; a plain tree is an upper one without a lower.
"""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Iterator
from typing import NamedTuple

from bakehouse.clients.isolation.links import MOST_LINKS
from bakehouse.clients.isolation.overlay import is_deletion, is_opaque

_NEVER = frozenset({"/dev", "/proc", "/sys"})
"""Mounted over while the machine runs: what lies in these directories is not the image's."""

Difference = tuple[str, str, str, int, int, int, str]
"""path, change, kind, size, before, mode, owner: as `bakehouse.sdk.FileDifference` has them."""


class Node(NamedTuple):
    """One entry of a view. upper, lower: where it lies; both for a directory that is merged. status: of what shows."""

    upper: str
    lower: str
    status: os.stat_result

    @property
    def source(self) -> str:
        return self.upper or self.lower

    @property
    def is_directory(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)


class Views:
    """before, now: upper directories; "" for none. lower: the one below both; "" for none."""

    def __init__(self, before: str, now: str, lower: str) -> None:
        self._before = before, lower
        self._now = now, lower

    def differences(self) -> Iterator[Difference]:
        """What is not now as it was before, in the order of the paths. Changes nothing."""
        yield from _compare("", self._before, self._now)

    def read_before(self, path: str, limit: int) -> bytes | None:
        """The first bytes of a file as it was, links followed inside the view; None if there was no such file."""
        node = _resolve(self._before, path)
        if node is None or not stat.S_ISREG(node.status.st_mode):
            return None
        with open(node.source, "rb") as file:
            return file.read(limit)


def _compare(path: str, before: tuple[str, str], now: tuple[str, str]) -> Iterator[Difference]:
    if before == now or path in _NEVER:
        return
    old, new = _entries(*before), _entries(*now)
    for name in sorted(old.keys() | new.keys()):
        yield from _compare_entries(f"{path}/{name}", old.get(name), new.get(name))


def _compare_entries(path: str, was: Node | None, node: Node | None) -> Iterator[Difference]:
    if was is None or node is None or _differs(was, node):
        yield _difference(path, was, node)
    nothing = ("", "")
    before = (was.upper, was.lower) if was is not None and was.is_directory else nothing
    now = (node.upper, node.lower) if node is not None and node.is_directory else nothing
    yield from _compare(path, before, now)


def _entries(upper: str, lower: str) -> dict[str, Node]:
    found = {}
    if lower:
        with os.scandir(lower) as entries:
            found = {entry.name: Node("", entry.path, entry.stat(follow_symlinks=False)) for entry in entries}
    if upper:
        with os.scandir(upper) as entries:
            for entry in entries:
                node = _over(entry.path, entry.stat(follow_symlinks=False), found.pop(entry.name, None))
                if node is not None:
                    found[entry.name] = node
    return found


def _over(path: str, status: os.stat_result, below: Node | None) -> Node | None:
    """What shows where `path` of an upper directory lies over `below`; None for a mark of deletion."""
    if is_deletion(status):
        return None
    merged = stat.S_ISDIR(status.st_mode) and below is not None and below.is_directory and not is_opaque(path)
    return Node(path, below.lower if merged and below is not None else "", status)


def _differs(was: Node, node: Node) -> bool:
    old, new = was.status, node.status
    if os.path.samestat(old, new):
        return False
    if (old.st_mode, old.st_uid, old.st_gid, old.st_rdev) != (new.st_mode, new.st_uid, new.st_gid, new.st_rdev):
        return True
    if _attributes(was.source) != _attributes(node.source):
        return True
    if stat.S_ISLNK(new.st_mode):
        return os.readlink(was.source) != os.readlink(node.source)
    if stat.S_ISREG(new.st_mode):
        if old.st_size != new.st_size or int(old.st_mtime) != int(new.st_mtime):
            return True
        untouched = old.st_mtime_ns == new.st_mtime_ns and new.st_ctime_ns < old.st_ctime_ns  # since it was copied
        return not untouched and not filecmp.cmp(was.source, node.source, shallow=False)
    return False


def _attributes(path: str) -> dict[str, bytes]:
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return {}
    own = [name for name in names if name == "security.capability" or name.startswith("user.")]
    return {name: os.getxattr(path, name, follow_symlinks=False) for name in own if ".overlay." not in name}


def _difference(path: str, was: Node | None, node: Node | None) -> Difference:
    shown = node or was
    assert shown is not None
    change = "added" if was is None else "removed" if node is None else "changed"
    status = shown.status
    owner = f"{status.st_uid}:{status.st_gid}"
    return path, change, _kind(status.st_mode), _size(node), _size(was), status.st_mode, owner


def _kind(mode: int) -> str:
    if stat.S_ISREG(mode):
        return "file"
    return "directory" if stat.S_ISDIR(mode) else "link" if stat.S_ISLNK(mode) else "other"


def _size(node: Node | None) -> int:
    return node.status.st_size if node is not None and stat.S_ISREG(node.status.st_mode) else 0


def _resolve(view: tuple[str, str], path: str) -> Node | None:
    """Follow a path in a view, links too, and never out of it."""
    stack: list[tuple[str, Node | None]] = []
    parts = [part for part in path.split("/") if part not in ("", ".")]
    links = 0
    while parts:
        name = parts.pop(0)
        if name == "..":
            del stack[-1:]
            continue
        place = "".join(f"/{inner}" for inner, _ in stack)
        above = stack[-1][1] if stack else None
        node = None if place in _NEVER else _look(view if above is None else (above.upper, above.lower), name)
        if node is None:
            return None
        if stat.S_ISLNK(node.status.st_mode):
            links += 1
            target = os.readlink(node.source)
            if links > MOST_LINKS:
                return None
            parts = [part for part in target.split("/") if part not in ("", ".")] + parts
            if target.startswith("/"):
                stack.clear()
        elif node.is_directory or not parts:
            stack.append((name, node))
        else:
            return None
    return stack[-1][1] if stack else None


def _look(view: tuple[str, str], name: str) -> Node | None:
    upper, lower = view
    below = None
    if lower:
        try:
            below = Node("", f"{lower}/{name}", os.lstat(f"{lower}/{name}"))
        except OSError:
            below = None
    if not upper:
        return below
    try:
        status = os.lstat(f"{upper}/{name}")
    except OSError:
        return below
    return _over(f"{upper}/{name}", status, below)
