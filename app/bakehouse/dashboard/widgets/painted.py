"""The base of all widgets: they paint whole rows themselves, and only rows that changed go to the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row, blank


class Painted(Widget, inherit_bindings=False):
    """A rectangle of finished rows. Subclasses write `paint`. lit: shown as the panel that has the focus.

    titled: with a title of its own; without one where tabs stand above.
    """

    ground_role = "background"
    FOCUS_ON_CLICK = False

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.look = look
        self.lit = False
        self.titled = True
        self._strips: list[Strip] = []
        self._painted: tuple[int, int, str, bool] | None = None

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        """The rows, `height` of them at most; what is left is ground."""
        raise NotImplementedError

    def ground(self, on: str | None = None) -> Style:
        """The style of empty cells."""
        return self.look.style("text", on or self.ground_role)

    def row(self, on: str | None = None, width: int | None = None) -> Row:
        """An empty row on a ground, as wide as the widget unless told."""
        return Row(self.size.width if width is None else width, self.ground(on))

    def repaint(self) -> None:
        """Paint again, and have the rows that differ drawn."""
        size = self.size
        if not (self.is_attached and size.width and size.height):
            return
        before, fits = self._strips, self._painted == self._state()
        self._paint()
        if not fits or len(before) != len(self._strips):
            self.refresh()
            return
        rows = [y for y, (old, new) in enumerate(zip(before, self._strips, strict=True)) if old != new]
        if rows:
            self.refresh(*(Region(0, y, size.width, 1) for y in rows))

    def render_lines(self, crop: Region) -> list[Strip]:
        """The rows of `crop`. Overrides Textual's own renderer, which paints every cell anew."""
        if self._painted != self._state():
            self._paint()
        strips = self._strips[crop.y : crop.bottom]
        if crop.x or crop.width != self.size.width:
            strips = [strip.crop(crop.x, crop.right) for strip in strips]
        return strips

    def _state(self) -> tuple[int, int, str, bool]:
        palette = self.look.palette
        return self.size.width, self.size.height, palette.name, palette.dimmed

    def _paint(self) -> None:
        width, height = self.size
        strips = list(self.paint(width, height))[:height]
        strips += [blank(width, self.ground())] * (height - len(strips))
        self._strips, self._painted = strips, self._state()


def title_rows(
    widget: Painted,
    title: Sequence[tuple[str, Style]],
    focused: str,
    right: Sequence[tuple[str, Style]],
    width: int | None = None,
    at: int = 1,
) -> list[Strip]:
    """A title and the hairline below it, as wide as the widget unless told.

    focused: the word that has the focus, which the heavy line stands under; "" for none. right: set against the right
    end. at: the cell where the focused word begins.
    """
    look = widget.look
    row, line = widget.row(width=width), widget.row(width=width)
    row.parts(1, *title)
    end = row.width - 2
    for text, style in reversed(right):
        end = row.right(end, text, style) - 1
    line.fill(0, row.width, look.marks.thin, look.style("border", widget.ground_role))
    if focused:
        line.fill(at, at + len(focused) - 1, look.marks.heavy, look.style("accent", widget.ground_role, bold=True))
    return [row.strip(), line.strip()]
