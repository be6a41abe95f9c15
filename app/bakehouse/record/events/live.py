"""What is only told to those who watch now: without seq, never written."""

from __future__ import annotations

import msgspec

from bakehouse.record.events.envelope import Body


class OutputGrew(Body, frozen=True, omit_defaults=True):
    """Live only: a build's log now has so many whole lines and bytes."""

    lines: int
    bytes: int


class Progress(Body, frozen=True, omit_defaults=True):
    """Live only: how far a transfer is; total 0 for unknown."""

    done: int
    total: int = 0
    unit: str = "bytes"


class Viewer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who is attached. role: driver or watcher. since: nanoseconds since 1970. place: the terminal, and the
    host it is logged in from, as the viewer says. guest: let in to watch, it can never drive."""

    id: int
    user: str
    role: str
    client: str = ""
    since: int = 0
    place: str = ""
    guest: bool = False


class Presence(Body, frozen=True, omit_defaults=True):
    """Live only: who is attached."""

    viewers: list[Viewer]


class ControlAsked(Body, frozen=True, omit_defaults=True):
    """Live only: a watcher asks to drive. until: when silence gives it, nanoseconds since 1970; 0: it is settled.
    kept: the driver said no."""

    viewer: int
    user: str
    until: int = 0
    kept: bool = False
