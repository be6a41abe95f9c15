"""A shell in the machine, in a pane: all keys but one go to it, what it shows is painted in the roles of the theme."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.style import Style
from textual import events
from textual.strip import Strip

from bakehouse.dashboard.log import ansi
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.terminal import keys
from bakehouse.dashboard.terminal.emulator import Engine, Pieces
from bakehouse.dashboard.widgets.painted import Painted

GROUND = "shade"
FULL = 83
"""Cells from which there is room for a line at each side, with 80 and one more inside."""
TAINTED = ("the image is now tainted: a shell was opened", "the image is now tainted", "tainted")


LOOK_ON_FOOTER = [("", "You look on; the driver types."), ("ctrl+]", "comes back here")]
SHELL_FOOTER = [
    ("", "All keys go to the shell."),
    ("ctrl+]", "leaves it open and comes back here"),
    ("exit", "closes it"),
]


def inside(width: int, height: int) -> tuple[int, int]:
    """Rows and columns of the program in a pane of that size."""
    return max(1, height - 2), max(1, width - 2 if width >= FULL else width)


class TermPane(Painted, can_focus=True):
    """engine: None while no shell is open. own: it is a step's own terminal, so nothing is tainted. name: of the build.
    typed, resized, left: what to do then."""

    ground_role = GROUND

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="shell")
        self.engine: Engine | None = None
        self.build, self.title = "", ""
        self.own = False
        self.typed: Callable[[bytes], None] = lambda data: None
        self.resized: Callable[[int, int], None] = lambda rows, columns: None
        self.left: Callable[[], None] = lambda: None

    @property
    def active(self) -> bool:
        """Whether a shell is open here."""
        return self.engine is not None

    @property
    def inside(self) -> tuple[int, int]:
        """Rows and columns of the program."""
        return inside(*self.size)

    # What a person does

    def on_key(self, event: events.Key) -> None:
        """Every key is the program's, except the one that leaves."""
        event.stop()
        event.prevent_default()
        if self.engine is None:
            return
        if event.key == keys.LEAVE or event.character == "\x1d":
            self.left()
            return
        data = keys.sent(event.key, event.character, application=self.engine.cursor_keys)
        if data:
            self.typed(data)

    def on_paste(self, event: events.Paste) -> None:
        """As if it were typed; told from typing where the program can."""
        event.stop()
        if self.engine is not None and event.text:
            self.typed(keys.pasted(event.text, bracketed=self.engine.brackets_paste))

    def on_resize(self) -> None:
        """The program hears of the new size."""
        if self.engine is not None and self.size.width:
            rows, columns = self.inside
            self.engine.resize(rows, columns)
            self.resized(rows, columns)

    # What is painted

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        engine = self.engine
        if engine is None or height < 3:
            return []
        rows, columns = self.inside
        framed = columns < width
        line = self.look.style("accent")
        shown = engine.rows()
        cursor = engine.cursor
        strips = [self._top(width, framed)]
        for y in range(rows):
            row = self.row(GROUND)
            if framed:
                row.put(0, self.look.marks.seam, line)
                row.put(width - 1, self.look.marks.seam, line)
            at = cursor.column if cursor.visible and cursor.row == y else -1
            self._program(row, 1 if framed else 0, shown[y] if y < len(shown) else [], columns, at)
            strips.append(row.strip())
        return [*strips, self._bottom(width, framed, rows, columns)]

    def _program(self, row: Row, x: int, pieces: Pieces, columns: int, cursor: int) -> None:
        look, start = self.look, x
        for text, state in pieces:
            x = row.put(x, text, ansi.style(state, look.palette, "text", GROUND))
        if 0 <= cursor < columns:
            row.restyle(start + cursor, self._cursor)

    def _cursor(self, before: Style) -> Style:
        """A block where the palette has no colour of its own for one: reversed."""
        if self.look.palette.mode != "rgb":
            return before + Style(reverse=True)
        ground, words = before.bgcolor, before.color
        return Style(color=ground, bgcolor=words, bold=before.bold)

    def _edge(self, width: int, framed: bool, corners: str) -> Row:
        row = self.row("background")
        line = self.look.style("accent")
        row.fill(0, width - 1, self.look.marks.thin, line)
        if framed:
            row.put(0, corners[0], line)
            row.put(width - 1, corners[1], line)
        return row

    def _top(self, width: int, framed: bool) -> Strip:
        look = self.look
        row = self._edge(width, framed, look.marks.corners[:2])
        muted, leave = look.style("muted"), look.style("accent", bold=True)
        room = width - 2 - len(" Shell ") - len(" ctrl+] leaves ") - 3
        title = self.title if len(self.title) <= room else self.title[: max(0, room - 1)] + look.marks.left_out
        row.parts(1, (" Shell ", look.style("accent", bold=True)), (f"{title} ", look.style()))
        end = width - 2 if framed else width - 1
        row.right(end, " leaves ", muted)
        row.right(end - len(" leaves "), " ctrl+]", leave)
        return row.strip()

    def _bottom(self, width: int, framed: bool, rows: int, columns: int) -> Strip:
        look = self.look
        row = self._edge(width, framed, look.marks.corners[2:])
        muted, size = look.style("muted"), f" {columns} x {rows} "
        end = row.right(width - 3, size, muted)
        for text in () if self.own else TAINTED:
            if len(" recorded    ") + len(text) + 4 < end:
                row.parts(1, (" recorded   ", muted), (look.marks.tainted, look.style("skipped")), (f" {text} ", muted))
                break
        return row.strip()
