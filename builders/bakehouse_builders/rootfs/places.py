"""Where machines and bases lie on the host."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path

from bakehouse.clients.mapped import run_mapped
from bakehouse.clients.oci import Check, never
from bakehouse.sdk import Unavailable

_HELP = "Set XDG_CACHE_HOME or BAKEHOUSE_MACHINES to a directory that you can write."


def cache_directory() -> Path:
    """`$XDG_CACHE_HOME/bakehouse`; only its owner may enter, since bases hold set-user-id programs."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(root):
        root = os.path.expanduser("~/.cache")
        if not os.path.isabs(root):
            raise Unavailable(f"There is no home directory to keep bases and machines in. {_HELP}")
    return _private(Path(root) / "bakehouse")


def machines_directory() -> Path:
    """`$BAKEHOUSE_MACHINES`, or `machines` in the cache."""
    chosen = os.environ.get("BAKEHOUSE_MACHINES")
    return _private(Path(chosen).absolute() if chosen else cache_directory() / "machines")


def _private(directory: Path) -> Path:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = directory.stat()
        if status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) & 0o077:
            directory.chmod(0o700)
    except OSError as error:
        raise Unavailable(f"{error.filename}: {error.strerror}. {_HELP}") from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise Unavailable(f"{directory} cannot be written. {_HELP}")
    return directory


def remove_tree(directory: Path) -> None:
    """Remove a directory and all in it, also what its owner may not enter as it stands. Nothing there is fine.

    What belongs to ids of the user's range (tier range) is removed as their root. Blocks; raises OSError.
    """
    try:
        _remove_own(never, directory)
    except PermissionError:
        if os.geteuid() == 0:
            raise
        run_mapped(_remove_own, never, directory)


def _remove_own(check: Check, directory: Path) -> None:
    for parent, names, _ in os.walk(directory):
        check()
        for name in names:
            path = os.path.join(parent, name)
            mode = os.lstat(path).st_mode
            if stat.S_ISDIR(mode) and mode & 0o700 != 0o700:
                os.chmod(path, stat.S_IMODE(mode) | 0o700)
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(directory)
