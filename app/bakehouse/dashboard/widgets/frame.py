"""What stands between and below the panels: the seam, the tabs of a small screen, the footer, the last resort."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from bakehouse.dashboard import commands, formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.widgets.painted import Painted


class Seam(Painted):
    """The column between left and right. hairlines, crossings: rows (from 0) where one side's or both sides' line is.

    drawn: whether a line is wanted where grounds do not tell the sides apart.
    """

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="seam")
        self.crossings: frozenset[int] = frozenset()
        self.drawn_from = 0
        self.always = False

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        look, marks = self.look, self.look.marks
        line = look.style("border")
        rows = []
        for y in range(height):
            row = Row(width, look.style())
            if y in self.crossings:
                row.put(0, marks.corners[0] if marks.corners == "++++" else marks.thin, line)
            elif (self.always or look.palette.plain_ground) and y >= self.drawn_from:
                row.put(0, marks.seam, line)
            rows.append(row.strip())
        return rows


class TabChosen(Message):
    """Somebody pointed at a tab."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class Tabs(Painted):
    """The panels of a small screen, one of them shown. right: what is to be said of that one."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="tabs")
        self.names: list[str] = []
        self.current = ""
        self.right: list[tuple[str, Style]] = []

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        look, x = self.look, 1
        row, line = self.row(), self.row()
        line.fill(0, width, look.marks.thin, look.style("border"))
        for name in self.names:
            current = name == self.current
            role = "accent" if current else "paused" if name == "Pause" else "muted"
            row.put(x, name, look.style(role, bold=current or name == "Pause"))
            if current:
                line.fill(x, x + len(name) - 1, look.marks.heavy, look.style("accent", bold=True))
            x += len(name) + 3
        end = width - 2
        for text, style in reversed(self.right):
            if end - len(text) > x:
                end = row.right(end, text, style) - 1
        return [row.strip(), line.strip()]

    def on_click(self, event: events.Click) -> None:
        """Show the panel under the pointer."""
        x = 1
        for name in self.names:
            if x - 1 <= event.x <= x + len(name):
                self.post_message(TabChosen(name))
            x += len(name) + 3


class Footer(Painted):
    """The keys of the focused panel, and what had to be said about the last one. said: (text, role).

    alone: no key works everywhere now.
    """

    ground_role = "panel"

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="footer")
        self.keys: list[tuple[str, str]] = []
        self.said: tuple[str, str] | None = None
        self.alone = False

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        look, on = self.look, self.ground_role
        row = self.row()
        key, label = look.style("accent", on, bold=True), look.style("muted", on)
        end = commands.FOOTER_END if not self.alone else []
        x = width - 1 - sum(cell_len(k) + len(text) + 1 for k, text in end) - 2 * (len(end) - 1)
        limit = x - 2
        for name, text in end:
            x = row.parts(x, (name, key), (f" {text}", label)) + 2
        if self.said is not None:
            text = formats.cut_end(formats.sentences(self.said[0], limit - 1), limit - 1, look.marks.left_out)
            row.put(1, text, look.style(self.said[1], on))
            return [row.strip()]
        x = 1
        for name, text in self.keys[:7]:
            if x + cell_len(name) + 1 + len(text) > limit:
                break
            x = row.parts(x, (name, key), (f" {text}" if name else text, label if name else look.style("text", on))) + 3
        return [row.strip()]


class TooSmall(Painted):
    """Nothing else fits."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="small")

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        words = f"Bakehouse needs 40x10. This is {width}x{height}.".split()
        rows: list[str] = [""]
        for word in words:
            if rows[-1] and len(rows[-1]) + 1 + len(word) > width:
                rows.append("")
            rows[-1] += f" {word}" if rows[-1] else word
        strips = []
        for text in rows:
            row = self.row()
            row.put(0, text, self.look.style())
            strips.append(row.strip())
        return strips
