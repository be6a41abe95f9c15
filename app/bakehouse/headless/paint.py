"""Colours and marks of plain output: the sixteen colours of a terminal, and ASCII where UTF-8 is not to be had."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from bakehouse.marks import utf8

CODES = {"ok": "32", "failed": "31", "paused": "1;33", "muted": "2", "tainted": "35", "bold": "1", "running": "36"}
MARKS = {
    "succeeded": ("✓", "+", "ok"),
    "failed": ("✗", "x", "failed"),
    "cancelled": ("✗", "x", "failed"),
    "running": ("◉", "*", "running"),
    "removing": ("◉", "*", "running"),
    "waiting": ("◌", ".", "muted"),
    "paused": ("▮▮", "||", "paused"),
    "lost": ("✗", "x", "failed"),
    "finished": ("✓", "+", "ok"),
    "tainted": ("⚑", "%", "tainted"),
    "path": ("›", ">", "muted"),
}


class Paint:
    """Words in colour, if there is colour."""

    def __init__(self, *, colour: bool, utf8: bool) -> None:
        self._colour = colour
        self._utf8 = utf8

    @classmethod
    def of(cls, stream: TextIO, environment: Mapping[str, str] | None = None) -> Paint:
        """As `stream` and the environment allow; default the one of this process."""
        fine = (stream.encoding or "").lower().startswith("utf") and utf8(environment)
        return cls(colour=wants_colour(stream, environment or os.environ), utf8=fine)

    @property
    def cut(self) -> str:
        """What stands for the middle of a name that is too long."""
        return "…" if self._utf8 else "~"

    def __call__(self, role: str, text: str) -> str:
        """`text` in the colour of a role."""
        return f"\x1b[{CODES[role]}m{text}\x1b[0m" if self._colour and text else text

    def mark(self, status: str, width: int = 0) -> str:
        """The mark of a status in its colour, at least `width` cells wide."""
        fine, plain, role = MARKS[status]
        mark = fine if self._utf8 else plain
        return self(role, mark) + " " * (width - len(mark))


def wants_colour(stream: TextIO | None = None, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether plain output has colour when nobody asked: a terminal that is none of "dumb", and no NO_COLOR."""
    stream = sys.stdout if stream is None else stream
    if environment.get("NO_COLOR") or environment.get("PACKER_NO_COLOR") or environment.get("TERM") == "dumb":
        return False
    return stream.isatty()
