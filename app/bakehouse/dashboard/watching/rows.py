"""What a watcher sees where the driver has verbs, and who is here."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from bakehouse.dashboard import formats
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.watching.company import GUEST, decides, offers
from bakehouse.dashboard.widgets.painted import Painted, title_rows
from bakehouse.record.commands import VERBS

ROWS = 3
"""A rule, what can be asked for, and whose the verbs are."""
THEIRS = ("continue", "next", "retry", "rollback-retry", "edit-retry", "skip", "rollback", "hold", "cancel")
SHORTER = "You were let in to watch, not to drive."
YOURS = ("Reading, scrolling and searching are yours.", "Reading is yours.", "")


def offer(widget: Painted, model: RunModel, width: int) -> list[Strip]:
    """The rows in the place of the verbs."""
    look, on, company = widget.look, widget.ground_role, model.company
    asks, theirs = widget.row(), widget.row()
    if company.guest:
        asks.put(1, GUEST if len(GUEST) < width else SHORTER, look.style("muted", on))
    else:
        asks.put(1, "T", look.style("accent", on, bold=True))
        asks.put(4, "take control", look.style("text", on, bold=True))
        asks.put(19, offers(company), look.style("muted", on))
    muted, text = look.style("muted", on), look.style("text", on)
    x = theirs.parts(1, (f"{decides(company)}:", muted))
    verbs = [(VERBS[name].key, VERBS[name].label.removesuffix(" longer")) for name in THEIRS]
    full = sum(len(key) + len(label) + 3 for key, label in verbs) <= width - x - 1
    for key, label in verbs:
        x = theirs.parts(x + 2, (key, text), (f" {label}" if full else "", muted))
    return [_rule(widget, model, width), asks.strip(), theirs.strip()]


def _rule(widget: Painted, model: RunModel, width: int) -> Strip:
    look = widget.look
    row = widget.row("background")
    row.fill(0, width - 1, look.marks.heavy, look.style("accent", bold=True))
    title = " You are watching "
    row.put(2, title, look.style("accent", bold=True))
    driver = model.company.driver
    drives = f"{model.company.drivers_name} drives." if driver is not None else "Nobody drives."
    for more in YOURS:
        said = f" {drives} {more} ".replace("  ", " ")
        if len(title) + len(said) + 10 <= width:
            row.right(width - 3, said, look.style("muted"))
            break
    return row.strip()


class Here(Painted):
    """Who is attached, below the steps."""

    ground_role = "surface"

    def __init__(self, look: Look, model: RunModel) -> None:
        super().__init__(look, id="here")
        self.model = model

    @property
    def needed(self) -> int:
        """Rows that it wants; none while nobody else is here."""
        viewers = self.model.company.viewers
        return 2 + len(viewers) if len(viewers) > 1 else 0

    def paint(self, width: int, height: int) -> Sequence[Strip]:
        look, on, model = self.look, self.ground_role, self.model
        company, muted = model.company, look.style("muted", self.ground_role)
        title = [("Here", look.style("text", on, bold=True))]
        names = {viewer.id: "you" if viewer.id == company.me else company.name(viewer) for viewer in company.viewers}
        longest = max(map(len, names.values()), default=0)
        room = longest if longest <= width - 26 else min(longest, max(4, width - 16))
        strips = title_rows(self, title, "", [(str(len(company.viewers)), muted)])
        for viewer in sorted(company.viewers, key=lambda viewer: viewer.role != "driver"):
            row = self.row()
            drives = viewer.role == "driver"
            if drives:
                row.put(1, look.marks.folded, look.style("accent", on))
            role = "drives" if drives else "watching"
            end = row.right(width - 2, role, look.style("accent" if drives else "muted", on))
            since = f"since {formats.duration(max(0, viewer.since - model.state.started))}"
            name = formats.cut_end(names[viewer.id], room, look.marks.left_out)
            row.put(4, name, look.style("text", on, bold=True))
            if 6 + room + len(since) < end:
                row.put(6 + room, since, muted)
            strips.append(row.strip())
        return strips
