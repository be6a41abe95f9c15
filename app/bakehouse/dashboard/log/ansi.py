"""Log bytes into styled text: colours are kept and mapped to roles, every other escape is dropped.

Untrusted text: nothing that could move the cursor, clear the screen, set a title or reorder the line gets through.
Colours come out as RGB (or as the 16 slots of the terminal where the palette has those), never as an index that a
dimmed screen would lose.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rich.style import Style

from bakehouse.dashboard.theme import Palette, contrast

LIMIT = 4096
"""Bytes of one line that are looked at."""
ROLES = (
    "gutter", "failed", "ok", "warning", "accent", "skipped", "running", "text",
    "gutter", "failed", "ok", "warning", "accent", "skipped", "running", "text",
)  # fmt: skip
"""Roles for the sixteen colours of a tool."""

_ESCAPE = re.compile(
    r"\x1b\[([0-9;:]*)m"  # SGR, the only one that means something here
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"  # other CSI
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]?"  # what is left of escapes
    r"|[\x00-\x08\x0a-\x1a\x1c-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
Color = int | str | None


class State(NamedTuple):
    """What SGR has set. Colours: None, 0 to 15, or `#rrggbb`."""

    fg: Color = None
    bg: Color = None
    bold: bool = False
    underline: bool = False
    reverse: bool = False
    dim: bool = False


PLAIN = State()
_FLAGS: dict[int, dict[str, bool]] = {
    1: {"bold": True}, 2: {"dim": True}, 4: {"underline": True}, 7: {"reverse": True},
    21: {"underline": True}, 22: {"bold": False, "dim": False}, 24: {"underline": False}, 27: {"reverse": False},
}  # fmt: skip


def decode(raw: bytes) -> str:
    """The text of a line: a bad byte becomes U+FFFD, what a carriage return wrote over is gone, tabs are blanks."""
    text = raw[:LIMIT].decode("utf-8", "replace").rstrip("\r\n")
    if "\r" in text:
        text = text.rsplit("\r", 1)[1]
    return text


def parse(raw: bytes) -> list[tuple[str, State]]:
    """The pieces of a line with what SGR says of each; no piece holds a control character."""
    text = decode(raw)
    if text.isascii() and text.isprintable():
        return [(text, PLAIN)] if text else []
    pieces: list[tuple[str, State]] = []
    state, position, column = PLAIN, 0, 0
    for match in _ESCAPE.finditer(text):
        if match.start() > position:
            column = _add(pieces, text[position : match.start()], state, column)
        if match.group(1) is not None:
            state = advance(state, match.group(1))
        position = match.end()
    _add(pieces, text[position:], state, column)
    return pieces


def _add(pieces: list[tuple[str, State]], text: str, state: State, column: int) -> int:
    if "\t" in text:
        text = (" " * (column % 8) + text).expandtabs(8)[column % 8 :]
    if not text:
        return column
    if pieces and pieces[-1][1] is state:
        pieces[-1] = (pieces[-1][0] + text, state)
    else:
        pieces.append((text, state))
    return column + len(text)


@lru_cache(2048)
def advance(state: State, parameters: str) -> State:
    """`state` after `ESC[parameters m`."""
    codes = [int(code) if code else 0 for code in re.split("[;:]", parameters) if len(code) < 5]
    position = 0
    while position < len(codes):
        code = codes[position]
        position += 1
        if code == 0:
            state = PLAIN
        elif code in _FLAGS:
            state = state._replace(**_FLAGS[code])
        elif code in (38, 48):
            color, used = _extended(codes[position:])
            position += used
            state = state._replace(fg=color) if code == 38 else state._replace(bg=color)
        else:
            state = _basic(state, code)
    return state


def _basic(state: State, code: int) -> State:
    if 30 <= code <= 37:
        return state._replace(fg=code - 30)
    if 90 <= code <= 97:
        return state._replace(fg=code - 82)
    if code == 39:
        return state._replace(fg=None)
    if 40 <= code <= 47:
        return state._replace(bg=code - 40)
    if 100 <= code <= 107:
        return state._replace(bg=code - 92)
    return state._replace(bg=None) if code == 49 else state


def _extended(codes: list[int]) -> tuple[Color, int]:
    """The colour of `5;n` or `2;r;g;b`, and how many codes it took."""
    if len(codes) >= 2 and codes[0] == 5:
        return indexed(codes[1]), 2
    if len(codes) >= 4 and codes[0] == 2:
        red, green, blue = (min(255, channel) for channel in codes[1:4])
        return f"#{red:02x}{green:02x}{blue:02x}", 4
    return None, len(codes)


def indexed(index: int) -> Color:
    """A colour of the 256: 0 to 15 as they are, since they have roles, the others as `#rrggbb`."""
    if index < 16:
        return index
    if index >= 232:
        level = min(255, 8 + (index - 232) * 10)
        return f"#{level:02x}{level:02x}{level:02x}"
    levels = (0, 95, 135, 175, 215, 255)
    red, rest = divmod(index - 16, 36)
    green, blue = divmod(rest, 6)
    return f"#{levels[red]:02x}{levels[green]:02x}{levels[blue]:02x}"


def style(state: State, palette: Palette, role: str, on: str) -> Style:
    """The style of a piece; `role` and `on` are what the row has where SGR says nothing."""
    if state is PLAIN or palette.dimmed:
        return palette.style(role, on)
    return _style(state, palette.name, palette, role, on)


_CACHE: dict[tuple[State, str, str, str], Style] = {}


def _style(state: State, name: str, palette: Palette, role: str, on: str) -> Style:
    key = (state, name, role, on)
    found = _CACHE.get(key)
    if found is None:
        if len(_CACHE) > 4096:
            _CACHE.clear()
        make = _rgb if palette.mode == "rgb" else _limited
        found = _CACHE[key] = make(state, palette, role, on)
    return found


def _limited(state: State, palette: Palette, role: str, on: str) -> Style:
    if isinstance(state.fg, int):
        role = ROLES[state.fg]
    elif state.dim:
        role = "muted"
    base = palette.style(role, on, bold=state.bold, underline=state.underline)
    reverse = state.reverse or state.bg not in (None, 0)
    return base + Style(reverse=True) if reverse and palette.mode == "ansi" else base


def _rgb(state: State, palette: Palette, role: str, on: str) -> Style:
    colors = palette.colors
    words = colors["muted" if state.dim and state.fg is None else role]
    if isinstance(state.fg, int):
        words = colors[ROLES[state.fg]]
    elif isinstance(state.fg, str):
        words = state.fg
    ground = colors[on]
    if isinstance(state.bg, str):
        ground = state.bg
    elif state.bg in (0, 8):
        ground = colors["panel"]
    elif isinstance(state.bg, int):
        words, ground = colors["background"], colors[ROLES[state.bg]]
    if state.reverse:
        words, ground = ground, words
    if contrast(words, ground) < 4.5:
        words = max((colors["text"], colors["background"]), key=lambda color: contrast(color, ground))
    return Style(color=words, bgcolor=ground, bold=state.bold, underline=state.underline)
