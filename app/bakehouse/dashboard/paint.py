"""Rows of cells: what every widget paints with."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

Cells = list[Segment]
"""The pieces of a row, left to right."""


class Row:
    """One row of `width` cells on one style; texts are put at fixed cells, a later one covers an earlier one."""

    __slots__ = ("_cells", "_styles", "ground", "width")

    def __init__(self, width: int, ground: Style) -> None:
        self.width, self.ground = width, ground
        self._cells = [" "] * width
        self._styles = [ground] * width

    def put(self, x: int, text: str, style: Style) -> int:
        """Write `text` from cell `x`, cut at the right end; returns the cell after it."""
        if text.isascii():
            for character in text[: max(0, self.width - x)]:
                if x >= 0:
                    self._cells[x], self._styles[x] = character, style
                x += 1
            return x
        for character in text:
            size = get_character_cell_size(character)
            if x < 0 or x + size > self.width:
                x += size
                continue
            if size == 0:
                if x:
                    self._cells[x - 1] += character
                continue
            self._cells[x], self._styles[x] = character, style
            if size == 2:
                self._cells[x + 1], self._styles[x + 1] = "", style
            x += size
        return x

    def right(self, end: int, text: str, style: Style) -> int:
        """Write `text` so that its last cell is `end`; returns the cell where it begins."""
        start = end - cell_len(text) + 1
        self.put(start, text, style)
        return start

    def fill(self, start: int, end: int, character: str, style: Style) -> None:
        """The same character in the cells `start` to `end`, both included."""
        for x in range(max(0, start), min(end + 1, self.width)):
            self._cells[x], self._styles[x] = character, style

    def restyle(self, x: int, how: Callable[[Style], Style]) -> None:
        """Give what stands in cell `x` another style, both cells of a wide character together."""
        if 0 <= x < self.width:
            if not self._cells[x] and x:
                x -= 1
            style = how(self._styles[x])
            self._styles[x] = style
            if x + 1 < self.width and not self._cells[x + 1]:
                self._styles[x + 1] = style

    def parts(self, x: int, *parts: tuple[str, Style]) -> int:
        """Write several texts one after the other."""
        for text, style in parts:
            x = self.put(x, text, style)
        return x

    def segments(self) -> Cells:
        """The finished row in pieces of one style."""
        segments: list[Segment] = []
        start = 0
        styles, cells = self._styles, self._cells
        for x in range(1, self.width + 1):
            if x == self.width or styles[x] is not styles[start]:
                segments.append(Segment("".join(cells[start:x]), styles[start]))
                start = x
        return segments

    def strip(self) -> Strip:
        """The finished row."""
        return Strip(self.segments(), self.width)


def crop(segments: Cells, start: int, width: int) -> Cells:
    """The cells `start` to `start + width`; half of a wide character becomes a blank."""
    found, end, x = [], start + width, 0
    for text, style, _ in segments:
        size = len(text) if text.isascii() else cell_len(text)
        low, high = max(start - x, 0), min(end - x, size)
        if low < high:
            part = text[low:high] if size == len(text) and text.isascii() else _part(text, low, high)
            found.append(Segment(part, style))
        x += size
        if x >= end:
            break
    return found


def _part(text: str, low: int, high: int) -> str:
    part, x = [], 0
    for character in text:
        size = get_character_cell_size(character)
        if low <= x and x + size <= high:
            part.append(character)
        elif x < high and x + size > low:
            part.append(" ")
        x += size
    return "".join(part)


def length(segments: Cells) -> int:
    """Cells of segments together."""
    return sum(len(text) if text.isascii() else cell_len(text) for text, _, _ in segments)


def blank(width: int, ground: Style) -> Strip:
    """An empty row."""
    return Strip([Segment(" " * width, ground)], width)
