"""How a row of a diff looks: both numbers, the sign, and the changed words underlined."""

from __future__ import annotations

from textual.strip import Strip

from bakehouse.dashboard.diff import DiffRow
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.paint import Row

BANDS = {"-": ("remove_band", "remove"), "+": ("add_band", "add")}


class DiffRows:
    """Paints single rows."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def row(self, line: DiffRow, width: int) -> Strip:
        """One row as wide as told; what does not fit is cut."""
        look = self.look
        on, role = BANDS.get(line.sign, ("background", "muted"))
        row = Row(width, look.style("text", on))
        if line.sign == "~":
            row.put(6, look.marks.left_out, look.style("gutter"))
            return row.strip()
        for end, number in ((3, line.old), (7, line.new)):
            row.right(end, str(number) if number else "", look.style("gutter" if on == "background" else role, on))
        row.put(9, line.sign, look.style(role, on, bold=True))
        x = 11
        for text, changed in line.words:
            words = role if changed else "muted" if line.sign == " " else "text"
            shown = "".join(c if c.isprintable() else " " for c in text.expandtabs(8))
            x = row.put(x, shown, look.style(words, on, bold=changed, underline=changed))
        if x > width - 1:
            row.put(width - 1, look.marks.cut, look.style("gutter", "background"))
        return row.strip()
