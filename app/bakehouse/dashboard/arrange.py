"""Where everything stands: one function from the size of the terminal, and little else, to regions.

Four forms: `wide` from 200 cells, `normal` from 120, `narrow` from 80, `small` below 80x24 (one panel, the others as
tabs). Nothing but the window, and whether the selected build is paused, decides the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from textual.geometry import Region

SMALLEST = (40, 10)
LEFT, LEFT_NARROW = 36, 30
PAUSED_TITLE = 12
PANE_WIDTH, PANE_HEIGHT = 60, 6


@dataclass(frozen=True, slots=True)
class Wants:
    """What is to be shown. builds: how many. steps: rows of the longest step list. verbs: rows, 0 for none.

    panes: how many logs, at most. panel: the one with the focus. zoomed: it has all the room. review: a diff stands
    where the logs are. shell: one is open, and has their place and that of the verbs.
    here: rows for who is attached, 0 for none; they are shown where the steps leave room. timebar: rows of it,
    above the footer.
    """

    builds: int
    steps: int
    paused: bool = False
    verbs: int = 0
    panes: int = 1
    panel: str = "Log"
    zoomed: bool = False
    review: bool = False
    shell: bool = False
    here: int = 0
    timebar: int = 0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """regions: by widget. form: of the screen. build_form: rows a build takes. crossings: rows of the seam where
    hairlines of both sides meet. divided: panes with a seam at their left.
    """

    form: str
    regions: Mapping[str, Region]
    build_form: int = 1
    crossings: frozenset[int] = frozenset()
    divided: frozenset[int] = field(default_factory=frozenset)


def form_of(width: int, height: int) -> str:
    """The form of a screen."""
    if width < SMALLEST[0] or height < SMALLEST[1]:
        return "too small"
    if width < 80 or height < 24:
        return "small"
    return "narrow" if width < 120 else "normal" if width < 200 else "wide"


def arrange(width: int, height: int, wants: Wants) -> Arrangement:
    """The regions of all widgets that are shown."""
    form = form_of(width, height)
    if form == "too small":
        return Arrangement(form, {"small": Region(0, 0, width, height)})
    regions = {"header": Region(0, 0, width, 2), "footer": Region(0, height - 1, width, 1)}
    height -= wants.timebar
    bottom = height - 1
    if wants.timebar:
        regions["timebar"] = Region(0, bottom, width, wants.timebar)
    if wants.shell:
        return _shell(form, width, bottom, wants, regions)
    if form == "small":
        return _small(width, height, wants, regions)
    if wants.zoomed:
        return _zoomed(form, width, bottom, wants, regions)
    if wants.verbs:
        bottom -= wants.verbs
        regions["verbs"] = Region(0, bottom, width, wants.verbs)
    found = _narrow(width, bottom, wants, regions) if form == "narrow" else _normal(form, width, bottom, wants, regions)
    _here(wants, regions)
    return found


def _here(wants: Wants, regions: dict[str, Region]) -> None:
    """Who is attached stands at the foot of the steps."""
    steps = regions.get("steps")
    if wants.here and steps is not None and steps.height - wants.here > 2 + wants.steps:
        x, y, width, height = steps
        regions["steps"] = Region(x, y, width, height - wants.here)
        regions["here"] = Region(x, y + height - wants.here, width, wants.here)


def _zoomed(form: str, width: int, bottom: int, wants: Wants, regions: dict[str, Region]) -> Arrangement:
    name = {"Builds": "builds", "Steps": "steps"}.get(wants.panel, "review" if wants.review else "pane0")
    regions[name] = Region(0, 2, width, bottom - 2)
    return Arrangement(form, regions, build_form=1)


def _normal(form: str, width: int, bottom: int, wants: Wants, regions: dict[str, Region]) -> Arrangement:
    build_form, steps_at = _left(bottom, wants)
    regions["builds"] = Region(0, 2, LEFT, steps_at - 2)
    regions["steps"] = Region(0, steps_at, LEFT, bottom - steps_at)
    regions["seam"] = Region(LEFT, 2, 1, bottom - 2)
    right = Region(LEFT + 1, 2, width - LEFT - 1, bottom - 2)
    crossings = set()
    if wants.paused:
        card = 1 if wants.review else steps_at - 2
        regions["card"] = Region(right.x, 2, right.width, card)
        right = Region(right.x, 2 + card, right.width, right.height - card)
        crossings.add(right.y - 1)
    else:
        crossings.add(1)
    if wants.review:
        regions["review"] = right
        return Arrangement(form, regions, build_form, frozenset())
    divided = _panes(right, wants.panes, regions)
    return Arrangement(form, regions, build_form, frozenset(crossings), divided)


def _shell(form: str, width: int, bottom: int, wants: Wants, regions: dict[str, Region]) -> Arrangement:
    """As wide as can be: 81 columns inside at 120, all of them below that."""
    x, top, build_form = 0, 2, 1
    if form in ("normal", "wide"):
        build_form, steps_at = _left(bottom, wants)
        regions["builds"] = Region(0, 2, LEFT, steps_at - 2)
        regions["steps"] = Region(0, steps_at, LEFT, bottom - steps_at)
        regions["seam"] = Region(LEFT, 2, 1, bottom - 2)
        x = LEFT + 1
    elif form == "narrow":
        regions["strip"] = Region(0, top, width, 1)
        top += 1
    if wants.paused:
        regions["card"] = Region(x, top, width - x, 1)
        top += 2 if form in ("normal", "wide") else 1
    regions["shell"] = Region(x, top, width - x, max(3, bottom - top))
    return Arrangement(form, regions, build_form)


def _left(bottom: int, wants: Wants) -> tuple[int, int]:
    """Rows a build takes, and the row of the steps' title: all steps are visible first, builds share the rest."""
    if wants.paused:
        title = PAUSED_TITLE if bottom >= 23 else 9
        return _build_form(title - 5, wants.builds), title
    room = bottom - 2 - 2 - 1 - 2 - wants.steps
    form = _build_form(room, wants.builds)
    rows = _build_rows(form, wants.builds) if room >= wants.builds else max(3, room)
    rows = min(rows, max(1, bottom - 2 - 2 - 1 - 2 - 3))
    return form, 2 + 2 + rows + 1


def _build_form(room: int, builds: int) -> int:
    return next((form for form in (3, 2) if _build_rows(form, builds) <= room), 1)


def _build_rows(form: int, builds: int) -> int:
    return 3 * builds - 1 if form == 3 else form * builds


def _narrow(width: int, bottom: int, wants: Wants, regions: dict[str, Region]) -> Arrangement:
    regions["strip"] = Region(0, 2, width, 1)
    top = 3
    if wants.paused:
        card = 1 if wants.review else 6 if bottom - 3 < 24 else 8
        regions["card"] = Region(0, top, width, card)
        top += card
    if wants.review:
        regions["review"] = Region(0, top, width, bottom - top)
        return Arrangement("narrow", regions)
    regions["steps"] = Region(0, top, LEFT_NARROW, bottom - top)
    regions["seam"] = Region(LEFT_NARROW, top, 1, bottom - top)
    right = Region(LEFT_NARROW + 1, top, width - LEFT_NARROW - 1, bottom - top)
    divided = _panes(right, wants.panes, regions)
    return Arrangement("narrow", regions, 1, frozenset({1}), divided)


def _small(width: int, height: int, wants: Wants, regions: dict[str, Region]) -> Arrangement:
    regions["tabs"] = Region(0, 2, width, 2)
    body = Region(0, 4, width, height - 5)
    if wants.review:
        verbs = min(wants.verbs, max(0, body.height - 3))
        regions["review"] = Region(0, 4, width, body.height - verbs)
        regions["verbs"] = Region(0, 4 + body.height - verbs, width, verbs)
        return Arrangement("small", regions)
    if wants.panel == "Pause" and wants.paused:
        verbs = wants.verbs if body.height >= wants.verbs + 3 and width >= 60 else 3
        card = max(1, body.height - verbs)
        regions["card"] = Region(0, 4, width, card)
        regions["verbs"] = Region(0, 4 + card, width, body.height - card)
        return Arrangement("small", regions)
    regions[{"Builds": "builds", "Steps": "steps"}.get(wants.panel, "pane0")] = body
    return Arrangement("small", regions, build_form=1)


def _panes(right: Region, wanted: int, regions: dict[str, Region]) -> frozenset[int]:
    """One log, or up to four: two beside each other where both are wide enough, then one below the other."""
    columns = 2 if wanted > 1 and right.width >= 2 * PANE_WIDTH + 1 else 1
    most = columns * max(1, min(4 // columns, right.height // PANE_HEIGHT))
    wanted = max(1, min(wanted, most))
    widths = [right.width] if columns == 1 else [(right.width - 1) // 2, right.width - (right.width - 1) // 2]
    divided, x = set(), right.x
    for column in range(columns):
        numbers = range(column, wanted, columns)
        height, y = right.height // max(1, len(numbers)), right.y
        for place, number in enumerate(numbers):
            last = place == len(numbers) - 1
            rows = right.bottom - y if last else height
            regions[f"pane{number}"] = Region(x, y, widths[column], rows - (0 if last else 1))
            y += rows
            if column:
                divided.add(number)
        x += widths[column]
    return frozenset(divided)
