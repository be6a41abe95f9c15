"""What a step has changed in its machine: a tree with sums, one file before and after, and what deserves a look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events
from textual.strip import Strip

from bakehouse.dashboard import diff, formats
from bakehouse.dashboard.inside import differences
from bakehouse.dashboard.inside.differences import Changed, Node, Opened
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row, blank
from bakehouse.dashboard.widgets.diff_rows import DiffRows
from bakehouse.dashboard.widgets.painted import Painted, title_rows

MOVES = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": 10, "ctrl+d": 10, "pageup": -10, "ctrl+u": -10}
ACTS = {"s": "files-sort", "y": "files-copy-path", "ctrl+s": "files-save", "enter": "files-open"}
FOOTER = [("enter", "open"), ("s", "sort"), ("y", "copy path"), ("ctrl+s", "save a copy"), ("esc", "back")]


class FilesView(Painted, can_focus=True):
    """active: shown. title: of the step. since: a sentence about what it is compared with. file: the one opened."""

    footer: ClassVar[list[tuple[str, str]]] = FOOTER

    def __init__(self, look: Look) -> None:
        super().__init__(look, id="files")
        self.active, self.build = False, ""
        self.title = self.since = ""
        self.files: list[Changed] = []
        self.file: Opened | None = None
        self.by_size = True
        self.at = self.scrolled = 0
        self._tops: list[Node] = []
        self._open: set[str] = set()
        self._first, self._room = 0, 0
        self._diffs = DiffRows(look)

    def show(self, build: str, title: str, since: str, files: list[Changed]) -> None:
        """Show these, with as much unfolded as fits."""
        self.active, self.build, self.title, self.since = True, build, title, since
        self.files, self.file, self.at, self.scrolled = files, None, 0, 0
        self._tops, self._open = differences.tree(files, by_size=self.by_size), set()
        self._unfold(max(8, self._room or 16))

    def close(self) -> None:
        """Back to what was there before."""
        self.active = False

    def _unfold(self, room: int) -> None:
        """Open the folders with the most in them while everything still fits."""
        shut = list(self._tops)
        count = len(shut)
        while shut:
            node = max(shut, key=lambda node: (abs(node.delta), node.files))
            shut.remove(node)
            if node.children and count + len(node.children) <= room:
                count += len(node.children)
                self._open.add(node.path)
                shut.extend(node.children)

    def sort(self) -> None:
        """By size, or by name."""
        chosen = self.chosen
        self.by_size = not self.by_size
        self._tops = differences.tree(self.files, by_size=self.by_size)
        paths = [node.path for node, _ in self._visible()]
        self.at = paths.index(chosen.path) if chosen is not None and chosen.path in paths else 0

    def fold(self, node: Node) -> None:
        """Fold or unfold a folder."""
        self._open ^= {node.path}

    @property
    def chosen(self) -> Node | None:
        """What the cursor is on."""
        rows = self._visible()
        return rows[min(self.at, len(rows) - 1)][0] if rows else None

    def key(self, key: str, act: Callable[[str], bool]) -> bool:
        """Move, open, sort, copy; escape closes the file first, then the view. No verb is given from here."""
        if key in MOVES:
            self._move(MOVES[key])
        elif key in ("g", "home", "G", "end"):
            self.at = 0 if key in ("g", "home") else max(0, len(self._visible()) - 1)
        elif key in ("<", ">") and self.file is not None:
            self.scrolled = max(0, self.scrolled + (5 if key == ">" else -5))
        elif key == "escape" and self.file is not None:
            self.file = None
        elif key == "escape":
            return act("files-close")
        elif key in ACTS:
            return act(ACTS[key])
        else:
            return False
        self.repaint()
        return True

    def _move(self, by: int) -> None:
        self.at = max(0, min(self.at + by, len(self._visible()) - 1))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows down."""
        self._move(3)
        self.repaint()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows up."""
        self._move(-3)
        self.repaint()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a row."""
        at = self._first + event.y - self._top
        if event.y >= self._top and at < len(self._visible()):
            self.at = at
            self.repaint()

    _top = 5

    def _visible(self) -> list[tuple[Node, int]]:
        """The rows of the tree, with their depth."""
        found: list[tuple[Node, int]] = []

        def walk(nodes: Sequence[Node], depth: int) -> None:
            for node in nodes:
                found.append((node, depth))
                if node.path in self._open:
                    walk(node.children, depth + 1)

        walk(self._tops, 0)
        return found

    # What is painted

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        look = self.look
        tight = height < 16
        head = [] if tight else [blank(width, self.ground())]
        right = [(formats.cut_end(self.title, max(8, width - 20), look.marks.left_out), look.style("muted"))]
        tabs = [("Log", look.style("muted")), ("   Files", look.style("accent", bold=True))]
        head += title_rows(self, tabs, "Files", right, at=7)
        head += [self._summary(width), *([] if tight else [blank(width, self.ground())])]
        self._top = len(head)
        rest = height - len(head)
        below = self._below(width, rest)
        self._room = rest - len(below)
        return [*head, *self._tree(width)[: self._room], *below]

    def _below(self, width: int, rest: int) -> list[Strip]:
        """Under the tree: the file that is open, and what deserves a look where there is room for both."""
        if self.file is None:
            return self._notable(width, rest // 3)
        file = [blank(width, self.ground()), *self._file(width, rest * 3 // 5)]
        return file + self._notable(width, rest - len(file) - len(self._visible()) - 1)

    def _summary(self, width: int) -> Strip:
        row, look = self.row(), self.look
        whole = sum(changed.delta for changed in self.files)
        x = row.put(1, differences.size(whole, signed=True), look.style(bold=True))
        counts = differences.counted(self.files)
        end = row.right(width - 2, "files", look.style("muted")) - 3
        for word, role in (("removed", "remove"), ("changed", "warning"), ("added", "add")):
            sign = differences.SIGNS[word]
            end = row.right(end, f"{sign}{formats.thousands(counts[word])}", look.style(role)) - 3
        row.put(x + 2, formats.cut_end(self.since, max(0, end - x - 2), look.marks.left_out), look.style("muted"))
        return row.strip()

    def _tree(self, width: int) -> list[Strip]:
        rows = self._visible()
        if not rows:
            row = self.row()
            row.put(1, "Nothing has changed.", self.look.style())
            return [row.strip()]
        self.at = min(self.at, len(rows) - 1)
        room = max(1, self._room)
        self._first = max(0, min(self._first, self.at, len(rows) - room))
        self._first = max(self._first, self.at - room + 1)
        most = max((abs(node.delta) for node in self._tops), default=0)
        shown = rows[self._first : self._first + room]
        return [
            self._node(node, depth, most, width, self._first + n == self.at) for n, (node, depth) in enumerate(shown)
        ]

    def _node(self, node: Node, depth: int, most: int, width: int, chosen: bool) -> Strip:
        look, on = self.look, "selection" if chosen else "background"
        row = self.row(on)
        if chosen:
            row.put(0, look.marks.cursor, look.style("accent", on))
        role = {"+": "add", "-": "remove"}.get(node.sign, "warning")
        row.put(1, node.sign, look.style(role, on, bold=chosen))
        x = 3 + 2 * min(depth, 6)
        if node.children:
            mark = look.marks.opened if node.path in self._open else look.marks.folded
            row.put(x, mark, look.style("gutter", on))
        more_at = 32 if width >= 70 else max(16, width - 28)
        name = formats.cut_middle(node.name, more_at - x - 4, look.marks.left_out)
        row.put(x + 2, name, look.style("text", on, bold=chosen))
        flag = node.found.flag if node.found is not None and not node.children else ""
        count = formats.plural(node.files, "file") if node.children and node.files else flag
        row.put(more_at, count, look.style("warning" if flag else "muted", on, bold=bool(flag)))
        if width >= 80 and node.delta > 0 and most:
            self._bar(row, 47, 22, node.delta / most, on)
        kind = node.found.kind if node.found is not None else "directory"
        kind = "" if node.children and not node.files else "folder" if kind == "directory" else kind
        delta = differences.size(node.delta, signed=True) if node.files and (node.children or kind == "file") else kind
        row.right(width - 2, delta, look.style("remove" if node.delta < 0 else "muted", on))
        return row.strip()

    def _bar(self, row: Row, x: int, wide: int, part: float, on: str) -> None:
        done = max(1, round(part * wide))
        row.fill(x, x + wide - 1, self.look.marks.thin, self.look.style("border", on))
        row.fill(x, x + done - 1, self.look.marks.heavy, self.look.style("running", on))

    def _notable(self, width: int, room: int) -> list[Strip]:
        found = differences.notable(self.files)
        shown = found[: max(0, room - 3)]
        if not shown:
            return []
        look = self.look
        count = [(formats.thousands(len(found)), look.style("muted"))]
        strips = [blank(width, self.ground()), *title_rows(self, [("Notable", look.style(bold=True))], "", count)]
        for word, text in shown:
            row = self.row()
            row.put(1, "!", look.style("warning"))
            row.put(3, word, look.style(bold=True))
            row.put(11, formats.cut_end(text, width - 12, look.marks.left_out), look.style("muted"))
            strips.append(row.strip())
        return strips

    def _file(self, width: int, room: int) -> list[Strip]:
        file, look = self.file, self.look
        if file is None:
            return []
        added, removed = diff.counts(file.diff)
        right = [(f"+{added}", look.style("add")), (f" -{removed}", look.style("remove"))] if file.diff else []
        name = formats.cut_middle(file.path.lstrip("/"), width - 16, look.marks.left_out)
        strips = title_rows(self, [(name, look.style(bold=True))], "", right)
        strips.append(self._facts(file))
        body = [self._diffs.row(line, width) for line in diff.rows(file.diff)]
        room -= len(strips) + (2 if file.note else 1)
        self.scrolled = max(0, min(self.scrolled, len(body) - room))
        strips.append(blank(width, self.ground()))
        if file.note:
            row = self.row()
            row.put(1, file.note, look.style("muted"))
            strips.append(row.strip())
        return strips + body[self.scrolled : self.scrolled + max(1, room)]

    def _facts(self, file: Opened) -> Strip:
        row, look = self.row(), self.look
        muted, text = look.style("muted"), look.style()
        found = next((changed for changed in self.files if changed.path == file.path), None)
        parts = []
        if found is not None:
            parts = [("mode ", muted), (f"{found.mode & 0o7777:04o}", text), ("   owner ", muted), (found.owner, text)]
        sides = [differences.exact(number) for number in (file.before, file.after) if number is not None]
        gone = "   new, " if file.before is None else "   removed, " if file.after is None else "   size "
        row.parts(1, *parts, (gone, muted), (sides[0] if sides else "", text))
        if len(sides) == 2:
            row.parts(1, *parts, (gone, muted), (sides[0], text), (" to ", muted), (sides[1], text))
        return row.strip()
