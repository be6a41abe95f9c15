"""What all widgets share: the palette and the marks in force."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.style import Style

from bakehouse.dashboard import marks as marks_module
from bakehouse.dashboard import theme
from bakehouse.dashboard.marks import Marks
from bakehouse.dashboard.theme import Palette

STATUS_ROLES = {
    "running": "running", "removing": "running", "paused": "paused", "ok": "ok", "succeeded": "ok",
    "failed": "failed", "cancelled": "failed", "lost": "failed", "skipped": "skipped",
}  # fmt: skip


@dataclass
class Look:
    """palette: of the theme; `ground` is dimmed while an overlay lies above."""

    base: Palette = field(default_factory=theme.choose)
    marks: Marks = field(default_factory=marks_module.choose)
    covered: bool = False

    @property
    def palette(self) -> Palette:
        """What the widgets of the main screen paint with."""
        if not self.covered:
            return self.base
        if self._under is None or self._under.name != self.base.name:
            self._under = self.base.under_overlay()
        return self._under

    _under: Palette | None = field(default=None, repr=False)

    def style(
        self, role: str = "text", on: str = "background", *, bold: bool = False, underline: bool = False,
        keep: bool = False,
    ) -> Style:  # fmt: skip
        """As `Palette.style`."""
        return self.palette.style(role, on, bold=bold, underline=underline, keep=keep)

    def mark(self, status: str) -> tuple[str, str]:
        """The mark of a status and its role."""
        return self.marks.status(status), STATUS_ROLES.get(status, "muted")
