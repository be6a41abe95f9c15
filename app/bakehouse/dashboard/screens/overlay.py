"""Overlays: a frame on panel ground, the rest of the screen turned to `dim`."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TypeVar

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.layout import Layout
from textual.screen import ModalScreen
from textual.strip import Strip

from bakehouse.dashboard import commands
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.screens.regions import RegionLayout
from bakehouse.dashboard.widgets.painted import Painted

Result = TypeVar("Result")
WIDEST = 90


class Box(Painted, can_focus=True):
    """The frame; what is inside, its screen paints."""

    ground_role = "panel"

    def __init__(self, look: Look, owner: Overlay[Result]) -> None:
        super().__init__(look, id="box")
        self.owner = owner

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        inside = self.owner.inside(width, height)
        strips = [self._edge(width, top=True)]
        frame = self.look.style("track", "panel")
        for y in range(height - 2):
            row = inside[y] if y < len(inside) else self.row()
            row.put(0, self.look.marks.seam, frame)
            row.put(width - 1, self.look.marks.seam, frame)
            strips.append(row.strip())
        return [*strips, self._edge(width, top=False)]

    def _edge(self, width: int, *, top: bool) -> Strip:
        look, marks, row = self.look, self.look.marks, self.row()
        frame = look.style("track", "panel")
        row.fill(1, width - 2, marks.thin, frame)
        corners = marks.corners[:2] if top else marks.corners[2:]
        row.put(0, corners[0], frame)
        row.put(width - 1, corners[1], frame)
        heading, closing = self.owner.upper_edge() if top else ("", "")
        if heading:
            row.put(2, f" {heading} ", look.style("text", "panel", bold=True))
            if len(closing) + len(heading) + 10 < width:
                row.right(width - 3, f" {closing} ", look.style("muted", "panel"))
        return row.strip()


class Overlay(ModalScreen[Result], inherit_bindings=False):
    """heading, closing: in the top line, left and right. top: its first row, where there is room."""

    heading = ""
    closing = "esc closes"
    top = 6

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = Look(look.base, look.marks)
        self.box = Box(self.look, self)
        self._layout = RegionLayout()

    @property
    def layout(self) -> Layout:
        """One box."""
        return self._layout

    def compose(self) -> ComposeResult:
        """The box alone."""
        yield self.box

    def on_mount(self) -> None:
        """The box has all keys."""
        self.set_focus(self.box)

    @abstractmethod
    def inside(self, width: int, height: int) -> list[Row]:
        """The rows between the upper and the lower edge, as wide as the box."""

    @abstractmethod
    def rows_needed(self, width: int) -> int:
        """How many rows `inside` wants."""

    def upper_edge(self) -> tuple[str, str]:
        """What stands in the top line now, left and right."""
        return self.heading, self.closing

    def key(self, key: str) -> None:
        """What a key does, `escape` and `ctrl+q` apart."""

    def closed(self) -> Result | None:
        """What escape answers."""
        return None

    def regions(self, size: Size) -> Mapping[str, Region]:
        """At most 90 wide, from row 5 to 7 where there is room."""
        width = min(WIDEST, size.width - (4 if size.width > 60 else 0))
        height = min(self.rows_needed(width) + 2, size.height - 2)
        top = max(1, min(self.top, (size.height - height) // 2))
        return {"box": Region((size.width - width) // 2, top, width, height)}

    def row(self, width: int) -> Row:
        """An empty row inside."""
        return Row(width, self.look.style("text", "panel"))

    def on_key(self, event: events.Key) -> None:
        """Escape goes back; the rest is the overlay's own. A key that comes after the answer is nobody's."""
        event.stop()
        if not self.is_current:
            return
        if event.key == "escape":
            self.dismiss(self.closed())
            return
        self.typed(event)
        if self.is_attached:
            self.box.repaint()

    def renew(self) -> None:
        """What is told has changed, and perhaps how many rows it needs."""
        self.box.repaint()
        self.box.refresh(layout=True)

    def typed(self, event: events.Key) -> None:
        """A key, escape apart. Textual calls every class's `on_key`, so what differs between overlays is here."""
        self.key(commands.key_of(event.key, event.character))
