"""Who may come in: the run's own user, root, and the members of a group that the run is shared with (DESIGN 6)."""

from __future__ import annotations

import functools
import grp
import os
import pwd
import socket
import struct
from dataclasses import dataclass

from bakehouse.errors import SessionError
from bakehouse.session.roles import Peer

_CREDENTIALS = struct.Struct("3i")


@dataclass(frozen=True, slots=True)
class Sharing:
    """A run that colleagues may attach to. drives: they may drive it, too."""

    group: str
    gid: int
    drives: bool = False


def sharing(group: str, *, drives: bool = False) -> Sharing:
    """Raises SessionError if there is no such group, or its directory could not be given to it."""
    try:
        gid = grp.getgrnam(group).gr_gid
    except KeyError:
        raise SessionError(f'There is no group "{group}". "id -Gn" lists those that you are in.') from None
    if os.geteuid() != 0 and gid not in (os.getegid(), *os.getgroups()):
        raise SessionError(
            f'You are not in the group "{group}", so a run of yours cannot be shared with it. '
            '"id -Gn" lists those that you are in; a new membership counts from the next login.'
        )
    return Sharing(group, gid, drives)


def friend(door: socket.socket) -> Peer | None:
    """Who is at the other end, if it is our own user or root, as the kernel says."""
    uid, _ = _credentials(door)
    return Peer(uid, user_name(uid)) if uid in (os.getuid(), 0) else None


def stranger(door: socket.socket, run: str, shared: Sharing | None) -> Peer:
    """Who is at the other end, if it is somebody else. Raises SessionError, fit for them, if they may not come in.

    Asks the user database, which may take a while: not for the event loop.
    """
    uid, gid = _credentials(door)
    name = user_name(uid)
    owner = user_name(os.getuid())
    if shared is None:
        raise SessionError(
            f"Run {run} belongs to {owner} and is not shared: bakehouse build --share GROUP would do it."
        )
    if shared.gid != gid and shared.gid not in _groups(uid, gid):
        raise SessionError(f"Run {run} of {owner} is shared with the group {shared.group}, and {name} is not in it.")
    return Peer(uid, name, shared.drives)


def _credentials(door: socket.socket) -> tuple[int, int]:
    """User and group of the process at the other end."""
    _, uid, gid = _CREDENTIALS.unpack(door.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return uid, gid


@functools.cache
def user_name(uid: int) -> str:
    """What people call a user."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _groups(uid: int, gid: int) -> list[int]:
    try:
        return os.getgrouplist(pwd.getpwuid(uid).pw_name, gid)
    except KeyError:
        return [gid]
