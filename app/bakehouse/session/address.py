"""Where the socket of a run is: `/tmp/bakehouse-UID/RUN`.

Not in XDG_RUNTIME_DIR, which goes away with the last login, nor in the run directory, whose path may exceed the 108
bytes of a socket address (DESIGN 6).
"""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

from bakehouse.errors import SessionError

ROOT = Path("/tmp")
LONGEST = 107
"""Bytes of a path in a unix socket address, without the closing zero."""


class InUse(SessionError):
    """The socket of a run that is alive stands there: runs of several state directories share one folder."""


def folder(root: Path = ROOT) -> Path:
    """The directory with the sockets of this user's runs."""
    return root / f"bakehouse-{os.getuid()}"


def socket_path(run: str, root: Path = ROOT) -> Path:
    """The socket of a run. Raises SessionError for a run id that is no file name."""
    if not run or "/" in run or run in (".", ".."):
        raise SessionError(f"{run!r} is not the id of a run.")
    return folder(root) / run


def secure_folder(root: Path = ROOT) -> Path:
    """Make sure that our directory exists, is ours, is no symbolic link and is closed to others; return it.

    Raises SessionError, naming the path and what to do, if somebody else made it.
    """
    path = folder(root)
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        facts = path.lstat()
    except OSError as error:
        raise SessionError(f"The directory for sockets, {path}, cannot be made: {error.strerror}.") from error
    if not stat.S_ISDIR(facts.st_mode):
        raise _not_ours(path, "it is not a directory")
    if facts.st_uid != os.getuid():
        raise _not_ours(path, f"it belongs to user {facts.st_uid}")
    if facts.st_mode & 0o077:
        path.chmod(0o700)
    return path


def listen(path: Path) -> socket.socket:
    """A listening socket at `path`, in a directory from `secure_folder`. What a dead run left there is replaced.

    Raises InUse if another run answers there, SessionError if something that is no socket of ours stands there.
    """
    if len(os.fsencode(path)) > LONGEST:
        raise SessionError(f"The path {path} is too long for a socket: {LONGEST} bytes at most.")
    try:
        facts = path.lstat()
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISSOCK(facts.st_mode) or facts.st_uid != os.getuid():
            raise _not_ours(path, "it is not a socket of yours")
        if answers(path):
            raise InUse(f"Another run is served at {path}.")
        path.unlink()
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        door.bind(os.fspath(path))
        path.chmod(0o600)
        door.listen(64)
        door.setblocking(False)
    except OSError as error:
        door.close()
        raise SessionError(f"The run's socket, {path}, cannot be made: {error.strerror}.") from error
    return door


def answers(path: Path) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        try:
            door.connect(os.fspath(path))
        except OSError:
            return False
        return True


def remove_stale(path: Path) -> None:
    """Remove the socket of an engine that died, if it is one of ours and nobody answers there any more."""
    try:
        facts = path.lstat()
        if stat.S_ISSOCK(facts.st_mode) and facts.st_uid == os.getuid() and not answers(path):
            path.unlink()
    except OSError:
        return


def _not_ours(path: Path, why: str) -> SessionError:
    return SessionError(
        f"{path} is where the sockets of your runs go, but {why}: somebody else made it. "
        "Have it removed (its owner or root can), then start again."
    )
