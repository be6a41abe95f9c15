"""The marks of the dashboard and their equally wide ASCII forms, so that the layout never moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from bakehouse.marks import utf8


@dataclass(frozen=True, slots=True)
class Marks:
    """One cell each, `paused` two. Lines and bars are here too: a terminal that lacks one lacks them all."""

    ok: str = "✓"
    failed: str = "✗"
    running: str = "◉"
    waiting: str = "◌"
    paused: str = "▮▮"
    skipped: str = "↷"
    retried: str = "↻"
    tainted: str = "⚑"
    checkpoint: str = "◊"
    stderr: str = "╎"
    folded: str = "▸"
    opened: str = "▾"
    cursor: str = "▌"
    cut: str = "›"
    left_out: str = "…"
    heavy: str = "━"
    thin: str = "─"
    seam: str = "│"
    thumb: str = "┃"
    corners: str = "┌┐└┘"

    def status(self, status: str) -> str:
        """The mark of a build's or a step's status."""
        return {
            "running": self.running,
            "removing": self.running,
            "paused": self.paused,
            "ok": self.ok,
            "succeeded": self.ok,
            "failed": self.failed,
            "cancelled": self.failed,
            "lost": self.failed,
            "skipped": self.skipped,
        }.get(status, self.waiting)


UNICODE = Marks()
ASCII = Marks(
    ok="+", failed="x", running="*", waiting=".", paused="||", skipped=">", retried="@", tainted="%", checkpoint="o",
    stderr=":", folded=">", opened="v", cursor=">", cut=">", left_out="~", heavy="=", thin="-", seam="|", thumb="#",
    corners="++++",
)  # fmt: skip


def choose(environment: Mapping[str, str] | None = None) -> Marks:
    """The set that the environment allows (`bakehouse.marks.utf8`)."""
    return UNICODE if utf8(environment) else ASCII


def everything(marks: Marks) -> dict[str, str]:
    """Every mark by name, for the help and for tests."""
    return {field.name: str(getattr(marks, field.name)) for field in fields(marks)}
