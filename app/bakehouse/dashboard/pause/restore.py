"""Before a roll back: to which checkpoint, what runs again, what will not come back."""

from __future__ import annotations

import textwrap

from bakehouse.dashboard import formats
from bakehouse.dashboard.inside import differences
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.pause import rollback
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.record.events import CheckpointMade
from bakehouse.record.state import BuildState


class Restore(Overlay[str]):
    """Returns the key of the step whose checkpoint it is to be, "" for Go back. retry: it runs on from there.

    What is in the machine now is lost, so Enter does nothing: it needs the capital letter.
    """

    closing = "esc goes back"

    def __init__(self, look: Look, build: BuildState, *, retry: bool) -> None:
        super().__init__(look)
        self.build, self.retry = build, retry
        self.letter = "R" if retry else "U"
        self.heading = f"Roll back {build.name}?"
        self.found = rollback.reachable(build)
        self.at = 0

    def closed(self) -> str:
        """Go back."""
        return ""

    def key(self, key: str) -> None:
        """Move, or the capital letter; Enter does nothing."""
        if key in ("down", "j", "tab"):
            self.at = min(self.at + 1, len(self.found) - 1)
        elif key in ("up", "k", "shift+tab"):
            self.at = max(0, self.at - 1)
        elif key == self.letter and self.found:
            self.dismiss(self.found[self.at].step)

    def rows_needed(self, width: int) -> int:
        """Checkpoints, and what is said of the chosen one; the longest, so that nothing jumps."""
        return len(self.found) + 7 + max((len(self._said(made, width)) for made in self.found), default=0)

    def inside(self, width: int, height: int) -> list[Row]:
        """The checkpoints, the newest first."""
        look = self.look
        muted = look.style("muted", "panel")
        rows = [self.row(width)]
        rows += [self._checkpoint(width, made, n == self.at) for n, made in enumerate(self.found)]
        line = self.row(width)
        line.fill(1, width - 2, look.marks.thin, look.style("track", "panel"))
        rows += [self.row(width), line]
        for text in self._said(self.found[self.at], width) if self.found else []:
            row = self.row(width)
            row.put(4, text, look.style("text", "panel"))
            rows.append(row)
        last = self.row(width)
        what = "rolls back and runs on" if self.retry else "rolls back and stays paused"
        last.parts(4, (self.letter, look.style("failed", "panel", bold=True)), (f" {what}. Enter does nothing.", muted))
        return [*rows, self.row(width), last]

    def _checkpoint(self, width: int, made: CheckpointMade, chosen: bool) -> Row:
        look, on = self.look, "selection" if chosen else "panel"
        row, step = self.row(width), self.build.steps[made.step]
        if chosen:
            row.fill(1, width - 2, " ", look.style("text", on))
            row.put(1, look.marks.cursor, look.style("accent", on))
        row.put(4, look.marks.checkpoint, look.style("accent", on))
        size = differences.size(made.size) if made.size else "the machine as it was made"
        end = row.right(width - 5, size, look.style("muted", on))
        name = formats.cut_end(f"before {step.info.number} {step.info.title}", end - 8, look.marks.left_out)
        row.put(6, name, look.style("text", on, bold=chosen))
        return row

    def _said(self, made: CheckpointMade, width: int) -> list[str]:
        steps = rollback.again(self.build, made)
        time = rollback.estimate(steps, made)
        runs = f"{rollback.numbers(steps)} {'runs' if len(steps) == 1 else 'run'} again{f', {time}' if time else ''}."
        later = "" if self.retry else "Nothing runs until you say so; then "
        said = [later + runs, rollback.lost(made), rollback.on_host(steps)]
        return [line for text in said for line in textwrap.wrap(text, width - 9)]
