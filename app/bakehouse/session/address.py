"""Where the socket of a run is: `/tmp/bakehouse-UID/RUN`; of one that is shared `/tmp/bakehouse-UID-GID/RUN`.

A shared one has a directory of its own, which its group may enter, so that it opens no other run's.
Not in XDG_RUNTIME_DIR, which goes away with the last login, nor in the run directory, whose path may exceed the 108
bytes of a socket address (DESIGN 6).
"""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

from bakehouse.errors import SessionError

ROOT = Path("/tmp")
LONGEST = 107
"""Bytes of a path in a unix socket address, without the closing zero."""


class InUse(SessionError):
    """The socket of a run that is alive stands there: runs of several state directories share one folder."""


def folder(root: Path = ROOT, gid: int = -1) -> Path:
    """The directory with the sockets of this user's runs. gid: of those that are shared with a group."""
    return root / (f"bakehouse-{os.getuid()}" + (f"-{gid}" if gid >= 0 else ""))


def socket_path(run: str, root: Path = ROOT, gid: int = -1) -> Path:
    """The socket of a run. Raises SessionError for a run id that is no file name."""
    if not run or "/" in run or run in (".", ".."):
        raise SessionError(f"{run!r} is not the id of a run.")
    return folder(root, gid) / run


def secure_folder(root: Path = ROOT, gid: int = -1) -> Path:
    """Make sure that our directory exists, is ours, is no symbolic link and is closed to others; return it.

    Raises SessionError, naming the path and what to do, if somebody else made it.
    """
    path = folder(root, gid)
    mode = 0o700 if gid < 0 else 0o750
    try:
        path.mkdir(mode=0o700, exist_ok=True)
        facts = path.lstat()
    except OSError as error:
        raise SessionError(f"The directory for sockets, {path}, cannot be made: {error.strerror}.") from error
    if not stat.S_ISDIR(facts.st_mode):
        raise _not_ours(path, "it is not a directory")
    if facts.st_uid != os.getuid():
        raise _not_ours(path, f"it belongs to user {facts.st_uid}")
    try:
        if gid >= 0 and facts.st_gid != gid:
            os.chown(path, -1, gid)
        if stat.S_IMODE(facts.st_mode) != mode:
            path.chmod(mode)
    except OSError as error:
        raise SessionError(f"{path} cannot be given to group {gid}: {error.strerror}.") from error
    return path


def others(root: Path = ROOT, *, private: bool = False) -> Iterator[tuple[int, Path]]:
    """Sockets of other users' runs that this one may see: (user, path). Whether anybody answers there is not known.

    private: those that are not shared as well, which only root can see.
    """
    for place in sorted(root.glob("bakehouse-*" if private else "bakehouse-*-*")):
        owner = place.name.split("-")[1]
        if not owner.isdigit() or int(owner) == os.getuid():
            continue
        try:
            facts = place.lstat()
            if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != int(owner):
                continue  # somebody else put it there
            names = sorted(os.listdir(place))
        except OSError:
            continue
        for name in names:
            path = place / name
            try:
                found = path.lstat()
            except OSError:
                continue
            if stat.S_ISSOCK(found.st_mode) and found.st_uid == facts.st_uid:
                yield facts.st_uid, path


def listen(path: Path, gid: int = -1) -> socket.socket:
    """A listening socket at `path`, in a directory from `secure_folder`. What a dead run left there is replaced.

    gid: of the group that may open it, too.

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
        if gid >= 0:
            os.chown(path, -1, gid)
        path.chmod(0o600 if gid < 0 else 0o660)
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
