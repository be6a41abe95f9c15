"""The keys of the focused panel, and what the marks mean."""

from __future__ import annotations

from rich.style import Style

from bakehouse.dashboard.commands import ACTIONS, Action
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.record.commands import VERBS

MARKS = (
    (("ok", "ok"), ("failed", "failed"), ("running", "running"), ("waiting", "waiting")),
    (("paused", "paused"), ("skipped", "skipped"), ("retried", "retried")),
    (("tainted", "tainted"), ("checkpoint", "checkpoint"), ("stderr", "from stderr")),
)
ROLES = {
    "ok": "ok", "failed": "failed", "running": "running", "waiting": "muted", "paused": "paused",
    "skipped": "skipped", "retried": "text", "tainted": "skipped", "checkpoint": "accent", "stderr": "warning",
}  # fmt: skip
SHORT = {
    "continue": "take the step as it is, run on", "next": "run one more step, stop again",
    "retry": "run the step again", "edit-retry": "edit, see what changed, retry",
    "skip": "leave the step undone, run on", "cancel": "end this build; asks first",
    "rollback-retry": "roll the machine back, retry", "rollback": "roll the machine back, stay",
    "diff": "files that the step changed",
}  # fmt: skip
"""Of verbs whose summary is longer than a column."""
ACTING = frozenset({"break", "break-after", "retry-all", "stop-dialog"})
"""Actions that a replay has no use for, besides the verbs."""
Line = list[tuple[str, Style]]


class Help(Overlay[None]):
    """`?`; again: the next panel's. past: it is a replay, so what acts on a run is left out."""

    closing = "? next panel   esc closes"

    def __init__(self, look: Look, panel: str, panels: list[str], *, past: bool = False) -> None:
        super().__init__(look)
        self.past = past
        self.panels = [name for name in panels if name != "Pause"]
        self.panel = panel if panel in self.panels else "Steps"
        self.first = 0

    def upper_edge(self) -> tuple[str, str]:
        """Whose keys."""
        return f"Keys in {self.panel}", self.closing

    def key(self, key: str) -> None:
        """Scroll where it does not fit; `?` turns the page."""
        if key == "?":
            self.panel = self.panels[(self.panels.index(self.panel) + 1) % len(self.panels)]
            self.first = 0
        elif key in ("down", "j", "pagedown", "space"):
            self.first += 1
        elif key in ("up", "k", "pageup"):
            self.first = max(0, self.first - 1)
        else:
            self.dismiss(None)

    def rows_needed(self, width: int) -> int:
        """As high as the higher column; the same for all panels, so that nothing jumps."""
        left, right = self._columns("Log")
        steps = self._columns("Steps")[0]
        return 2 + (max(len(left), len(right), len(steps)) if width >= 76 else len(steps) + len(right) + 1)

    def inside(self, width: int, height: int) -> list[Row]:
        """Two columns, or one where there is no room."""
        left, right = self._columns(self.panel)
        rows = [self.row(width)]
        if width >= 76:
            for at in range(max(len(left), len(right))):
                row = self.row(width)
                row.parts(4, *(left[at] if at < len(left) else []))
                row.parts(47, *(right[at] if at < len(right) else []))
                rows.append(row)
            return rows
        lines: list[Line] = [*left, [], *right]
        self.first = max(0, min(self.first, len(lines) - (height - 2)))
        for line in lines[self.first :]:
            row = self.row(width)
            row.parts(2, *line)
            rows.append(row)
        return rows[1:]

    def _columns(self, panel: str) -> tuple[list[Line], list[Line]]:
        left: list[Line] = []
        for group in ("Replay", "Move", "See", "Stop"):
            self._group(left, group, [a for a in ACTIONS if a.group == group and panel in a.panels])
        if panel == "Steps" and not self.past:
            self._verbs(left)
        right: list[Line] = []
        arrange = [a for a in ACTIONS if a.group == "Arrange" and (not a.panels or panel in a.panels)]
        self._group(right, "Arrange", arrange)
        self._group(right, "Everywhere", [a for a in ACTIONS if a.group == "Everywhere"])
        self._marks(right)
        return left, right

    def _group(self, lines: list[Line], name: str, actions: list[Action]) -> None:
        shown = [action for action in ACTIONS if action in actions and action.shown and action.help]
        shown = [action for action in shown if not (self.past and action.name in ACTING)]
        if not shown:
            return
        if lines:
            lines.append([])
        lines.append([(name, self._style("text", bold=True))])
        lines.extend(self._line(action.shown, action.help, "accent") for action in shown)

    def _verbs(self, lines: list[Line]) -> None:
        lines.extend(([], [("While it is paused", self._style("text", bold=True))]))
        for verb in VERBS.values():
            if verb.scope == "build" and verb.key and verb.name not in ("break", "details"):
                text = SHORT.get(verb.name, verb.summary)
                lines.append(self._line(verb.key, text, "failed" if verb.name == "cancel" else "accent"))

    def _line(self, key: str, text: str, role: str) -> Line:
        return [(f"{key:<9}", self._style(role, bold=True)), (text[:33], self._style("muted"))]

    def _marks(self, lines: list[Line]) -> None:
        lines.extend(([], [("Marks", self._style("text", bold=True))]))
        for names in MARKS:
            line: Line = []
            for name, word in names:
                mark = getattr(self.look.marks, name)
                line += [(mark, self._style(ROLES[name])), (f" {word}   ", self._style("muted"))]
            lines.append(line)

    def _style(self, role: str, *, bold: bool = False) -> Style:
        return self.look.style(role, "panel", bold=bold)
