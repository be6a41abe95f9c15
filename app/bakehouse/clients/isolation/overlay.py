"""The marks that overlayfs leaves in an upper directory: what is deleted, what hides all below it."""

from __future__ import annotations

import os
import stat


def is_deletion(status: os.stat_result) -> bool:
    """Whether an entry of an upper directory says that there is none of that name."""
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def is_opaque(directory: str | os.PathLike[str]) -> bool:
    """Whether a directory of an upper one replaces that of the same name below, instead of adding to it."""
    for namespace in ("trusted", "user"):
        try:
            if os.getxattr(directory, f"{namespace}.overlay.opaque", follow_symlinks=False) == b"y":
                return True
        except OSError:
            continue
    return False
