"""The optional part of a builder's contract: the machine as it was, and what has changed since (DESIGN 7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The machine of a build as it was at one moment.

    ref: the builder's own name for it, enough to restore it in another process and on another day: an image's tag, a
    directory. size: bytes that it takes on the host. lost: what is in the machine now and will not come back from it,
    each a few words for people ("process 214 nginx", "tmpfs /run", "volume /data"); empty if nothing.
    live: whether a later step may need some of these (processes, what memory and volumes hold): then no other run may
    start from it.
    """

    ref: str
    size: int = 0
    lost: tuple[str, ...] = ()
    live: bool = False


@dataclass(frozen=True, slots=True)
class FileDifference:
    """One path that is not as it was. path: absolute, in the machine. kind: "directory" and others as `ls` tells.

    size, before: bytes now and then; 0 where there is, or was, none. mode: permission bits and type as `st_mode`, of
    what is there now, else of what was. owner: "UID:GID".
    """

    path: str
    change: Literal["added", "changed", "removed"]
    kind: Literal["file", "directory", "link", "other"] = "file"
    size: int = 0
    before: int = 0
    mode: int = 0
    owner: str = ""
