"""What a program on a PTY shows: bytes in, a grid of styled text out. The work is pyavt's, behind a small interface.

pyavt is one person's and young, so it is met here only; where it cannot be imported the terminal is lent out instead.
"""

from __future__ import annotations

import codecs
import importlib
import re
from typing import Any, NamedTuple, Protocol

from rich.cells import get_character_cell_size

from bakehouse.dashboard.log.ansi import PLAIN, Color, State, indexed

STRANGE = "\N{REPLACEMENT CHARACTER}"
_ASKED = re.compile(r"\x1b\[(?:(\?2004)([hl])|([56])n|>?0?(c))")
"""What pyavt passes over: bracketed paste on and off, and the questions that a terminal has to answer."""
_LONGEST = 12
"""Characters that the longest of these has."""


class Cursor(NamedTuple):
    """From 0."""

    row: int
    column: int
    visible: bool


Pieces = list[tuple[str, State]]
"""A row: texts that stand one after the other, together as wide as the grid."""


class Engine(Protocol):
    """A terminal without a screen. replies: bytes that the program waits for, as answers to what it has asked."""

    replies: bytes

    def feed(self, data: bytes) -> None:
        """Take what the program showed, cut anywhere."""

    def resize(self, rows: int, columns: int) -> None:
        """Another size."""

    def rows(self) -> list[Pieces]:
        """What is shown now."""

    @property
    def cursor(self) -> Cursor:
        """Where the next character goes."""

    @property
    def cursor_keys(self) -> bool:
        """Whether arrows are to be sent as an application wants them (ESC O A)."""

    @property
    def brackets_paste(self) -> bool:
        """Whether a paste is to be told from typing."""


def make(rows: int, columns: int) -> Engine | None:
    """An engine; None where there is none to be had."""
    try:
        module = importlib.import_module("avt")
    except ImportError:
        return None
    return _Avt(module, rows, columns)


class _Avt(Engine):
    """By pyavt. It has no answers to questions and no bracketed paste: those are seen to here."""

    def __init__(self, module: Any, rows: int, columns: int) -> None:
        self._vt = module.Vt(columns, rows, 0)
        self._size = rows, columns
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._tail, self._brackets = "", False
        self._states: dict[tuple[Any, ...], State] = {}
        self.replies = b""

    def feed(self, data: bytes) -> None:
        text = self._decoder.decode(data)
        looked = self._tail + text
        done = 0
        for found in _ASKED.finditer(looked):
            if found.end() > len(self._tail):
                done = self._show(looked, max(done, len(self._tail)), found.end())
                self._asked(found)
        self._show(looked, max(done, len(self._tail)), len(looked))
        start = looked.rfind("\x1b", max(0, len(looked) - _LONGEST))
        self._tail = looked[start:] if start >= 0 and not _ASKED.match(looked, start) else ""

    def _show(self, text: str, start: int, end: int) -> int:
        """What is answered depends on where the cursor is by then, so text goes in up to each question."""
        if start < end:
            self._vt.feed_str(text[start:end])
        return end

    def _asked(self, found: re.Match[str]) -> None:
        mode, on, report, device = found.groups()
        if mode:
            self._brackets = on == "h"
        elif device:
            self.replies += b"\x1b[>0;0;0c" if ">" in found[0] else b"\x1b[?6c"
        elif report == "5":
            self.replies += b"\x1b[0n"
        else:
            at = self._vt.cursor
            self.replies += b"\x1b[%d;%dR" % (at.row + 1, min(at.col, self._size[1] - 1) + 1)

    def resize(self, rows: int, columns: int) -> None:
        if (rows, columns) != self._size and rows > 0 and columns > 0:
            self._size = rows, columns
            self._vt.resize(columns, rows)

    def rows(self) -> list[Pieces]:
        return [self._row(line.cells) for line in self._vt.view()]

    def _row(self, cells: list[Any]) -> Pieces:
        pieces: Pieces = []
        for cell in cells:
            width = cell.width
            if not width:
                continue  # the second half of the one before
            pen = cell.pen
            state = PLAIN if pen.is_default() else self._state(pen)
            character = cell.char
            if not (character.isascii() and character.isprintable()):
                character = _shown(character, width)
            if pieces and pieces[-1][1] is state:
                pieces[-1] = (pieces[-1][0] + character, state)
            else:
                pieces.append((character, state))
        return pieces

    def _state(self, pen: Any) -> State:
        """Equal states are one object, so that neighbours join."""
        state = State(_color(pen.foreground), _color(pen.background), pen.bold, pen.underline, pen.inverse, pen.faint)
        return self._states.setdefault(tuple(state), state)

    @property
    def cursor(self) -> Cursor:
        at = self._vt.cursor
        return Cursor(at.row, min(at.col, self._size[1] - 1), at.visible)

    @property
    def cursor_keys(self) -> bool:
        return bool(self._vt.cursor_key_app_mode)

    @property
    def brackets_paste(self) -> bool:
        return self._brackets


def _shown(character: str, width: int) -> str:
    """A character that surely takes `width` cells: what would move or reorder the row gets a stand-in."""
    if character.isprintable() and get_character_cell_size(character) == width:
        return character
    return " " if get_character_cell_size(character) == 0 else STRANGE + " " * (width - 1)


def _color(color: Any) -> Color:
    """0 to 15, or `#rrggbb`."""
    if color is None:
        return None
    try:
        return f"#{color[0]:02x}{color[1]:02x}{color[2]:02x}"
    except (IndexError, TypeError):
        return indexed(color[0])
