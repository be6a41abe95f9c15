"""Paths of a file tree that is not this process's root, links followed as inside of it."""

from __future__ import annotations

import errno
import os

MOST_LINKS = 40
"""Links in one path, as the kernel has it (path_resolution(7))."""


def resolve(root: str, path: str) -> str:
    """Where `path` of the tree at `root` lies on this host; it need not be there. Raises OSError ELOOP for a circle."""
    pending = [part for part in path.split("/") if part not in ("", ".")]
    found, hops = root, 0
    while pending:
        part = pending.pop(0)
        if part == "..":
            found = os.path.dirname(found) if found != root else found
            continue
        candidate = os.path.join(found, part)
        if not os.path.islink(candidate):
            found = candidate
            continue
        hops += 1
        if hops > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
        target = os.readlink(candidate)
        if target.startswith("/"):
            found = root
        pending = [piece for piece in target.split("/") if piece not in ("", ".")] + pending
    return found
