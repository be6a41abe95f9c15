"""What a machine has changed: as layers have it, read off an overlay's upper directory or by comparing two trees."""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from bakehouse.clients.isolation.overlay import is_deletion, is_opaque
from bakehouse.clients.oci import Check, Layer, source_date_epoch
from bakehouse.clients.oci_layer import Change, write_layer

_NEVER = frozenset({"dev", "proc", "sys"})
"""Mounted over while the machine runs: what lies in these directories is not the image's."""

Owner = tuple[int, int]


def pack(
    check: Check,
    directory: Path,
    base: Path | None,
    *,
    since: int,
    made: Collection[str],
    modes: dict[str, int],
    owner: Owner | None,
) -> Layer:
    """The changes of the machine in `directory` as its file `layer`. Raises OSError.

    base: what its root was copied from, complete at `since`; None where its upper directory has the changes.
    """
    if base is None:
        changes = overlay_changes(directory / "upper", made, modes, owner=owner)
    else:
        changes = copy_changes(base, directory / "root", since, made, modes, owner=owner)
    return write_layer(changes, directory / "layer", clamp=source_date_epoch(), check=check)


def all_entries(root: Path, *, owner: Owner | None = None) -> list[Change]:
    """Everything in a tree. owner: instead of the real ones."""
    return [Change(path, "entry", source, owner=owner) for path, source, _ in _Walk(root, {}).entries()]


class _Walk:
    """Goes through a tree of ours, also where the modes of its directories forbid it; notes these in `modes`."""

    def __init__(self, root: Path, modes: dict[str, int]) -> None:
        self._root = root
        self._modes = modes

    def entries(self, path: str = "") -> Iterator[tuple[str, Path, os.stat_result]]:
        """(path, source, lstat) of all below the root, parents first."""
        directory = self._root / path
        self._open_up(path, directory)
        with os.scandir(directory) as found:
            inner = sorted((entry.name, entry.stat(follow_symlinks=False)) for entry in found)
        for name, status in inner:
            below = f"{path}/{name}" if path else name
            if path in _NEVER:
                continue
            yield below, directory / name, status
            if stat.S_ISDIR(status.st_mode):
                yield from self.entries(below)

    def _open_up(self, path: str, directory: Path) -> None:
        mode = stat.S_IMODE(directory.lstat().st_mode)
        if mode & 0o700 != 0o700 and os.geteuid() != 0:
            self._modes.setdefault(path, mode)
            directory.chmod(mode | 0o700)


def overlay_changes(upper: Path, made: Collection[str], modes: dict[str, int], *, owner: Owner | None) -> list[Change]:
    """The changes in an upper directory (Linux `Documentation/filesystems/overlayfs.rst`, "whiteouts and opaque").

    made: paths that were made for the machine's sake: files are left out, directories too if nothing else is below.
    modes: directories whose mode had to be changed to read them, and what it was; kept for another try.
    """
    changes: list[Change] = []
    for path, source, status in _Walk(upper, modes).entries():
        if is_deletion(status):
            changes.append(Change(path, "deleted"))
            continue
        changes.append(Change(path, "entry", source, owner=owner))
        if stat.S_ISDIR(status.st_mode) and is_opaque(source):
            changes.append(Change(path, "opaque"))
    return _finished(changes, upper, made, modes, owner)


def copy_changes(
    base: Path, root: Path, since: int, made: Collection[str], modes: dict[str, int], *, owner: Owner | None
) -> list[Change]:
    """The changes in a copy of `base` which was complete at `since` (ns, as `st_ctime_ns`)."""
    before = {path: (source, status) for path, source, status in _Walk(base, {}).entries()}
    changes: list[Change] = []
    hidden = ""
    for path, source, status in _Walk(root, modes).entries():
        was = before.pop(path, None)
        if was is None or (status.st_ctime_ns > since and _differs(was[0], was[1], source, status)):
            changes.append(Change(path, "entry", source, owner=owner))
    for path in sorted(before):
        if not (hidden and path.startswith(hidden)) and os.path.lexists(root / os.path.dirname(path)):
            changes.append(Change(path, "deleted"))
            hidden = f"{path}/"
    entries = {change.path for change in changes if change.kind == "entry"}
    changes = [change for change in changes if not _below_non_directory(change, entries, root)]
    return _finished(changes, root, made, modes, owner)


def _below_non_directory(change: Change, entries: Collection[str], root: Path) -> bool:
    """A deletion below what is no directory any more needs no mark: its parent was replaced."""
    parent = os.path.dirname(change.path)
    return change.kind == "deleted" and parent in entries and not stat.S_ISDIR((root / parent).lstat().st_mode)


def _differs(old: Path, was: os.stat_result, new: Path, now: os.stat_result) -> bool:
    if (was.st_mode, was.st_uid, was.st_gid, was.st_rdev) != (now.st_mode, now.st_uid, now.st_gid, now.st_rdev):
        return True
    if stat.S_ISLNK(now.st_mode):
        return os.readlink(old) != os.readlink(new)
    if stat.S_ISREG(now.st_mode):
        same_time = int(was.st_mtime) == int(now.st_mtime)
        return was.st_size != now.st_size or not same_time or not filecmp.cmp(old, new, shallow=False)
    return False


def _finished(
    changes: list[Change], root: Path, made: Collection[str], modes: dict[str, int], owner: Owner | None
) -> list[Change]:
    """Without what is no part of the image, with every parent, and with the modes that directories really have.

    An upper directory has all parents in it as it is; where a layer lacks one, docker gives it the mode 0755.
    """
    ours = set(made)
    present = {change.path for change in changes if change.kind == "entry"}
    needed: set[str] = set()
    kept: list[Change] = []
    for change in sorted(changes, key=lambda change: change.path.split("/"), reverse=True):
        if change.path in ours and change.path not in needed:
            continue
        kept.append(change)
        parent = os.path.dirname(change.path)
        while parent and parent not in needed:
            needed.add(parent)
            if parent not in present:
                kept.append(Change(parent, "entry", root / parent, owner=owner))
            parent = os.path.dirname(parent)
    return [replace(change, mode=modes.get(change.path)) for change in reversed(kept)]
