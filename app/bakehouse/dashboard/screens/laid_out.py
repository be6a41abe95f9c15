"""The main screen's widgets, and which of them stand where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.layout import Layout
from textual.screen import Screen

from bakehouse.dashboard import arrange, commands
from bakehouse.dashboard.arrange import Arrangement, Wants
from bakehouse.dashboard.inside.view import FilesView
from bakehouse.dashboard.log.pane import LogPane
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel, step_rows
from bakehouse.dashboard.pause.card import PauseCard
from bakehouse.dashboard.pause.inbox import Inbox
from bakehouse.dashboard.pause.review import Review
from bakehouse.dashboard.pause.verb_rows import Verbs
from bakehouse.dashboard.replay.bar import TimeBar
from bakehouse.dashboard.screens.regions import RegionLayout
from bakehouse.dashboard.terminal.pane import TermPane, inside
from bakehouse.dashboard.watching.rows import Here
from bakehouse.dashboard.widgets.builds import BuildList, BuildStrip
from bakehouse.dashboard.widgets.frame import Footer, Seam, Tabs, TooSmall
from bakehouse.dashboard.widgets.header import Header
from bakehouse.dashboard.widgets.painted import Painted
from bakehouse.dashboard.widgets.steps import StepList

PANES = 4


class LaidOut(Screen[None], inherit_bindings=False):
    """act: what the app does for an action or a verb, by its name; returns False if it is nothing it knows.

    panel: the one with the focus. current: the log that has it, or had it last. first: has every key before anything
    else, and says whether it took it. lasting: a sentence in the footer that no key takes away.
    """

    def __init__(self, model: RunModel, look: Look, directory: Path, act: Callable[[str], bool]) -> None:
        super().__init__()
        self.model, self.look, self.act = model, look, act
        self.header, self.footer = Header(look, model), Footer(look)
        self.builds, self.strip = BuildList(look, model), BuildStrip(look, model)
        self.steps, self.seam, self.tabs = StepList(look, model), Seam(look), Tabs(look)
        self.card, self.verbs = PauseCard(look, model), Verbs(look, model)
        self.panes = [LogPane(look, model, directory / "logs", number) for number in range(PANES)]
        self.review, self.files, self.small = Review(look), FilesView(look), TooSmall(look)
        self.shell, self.here = TermPane(look), Here(look, model)
        first = (self.header, self.footer, self.builds, self.strip, self.steps, self.seam, self.tabs)
        last = (self.card, self.verbs, *self.panes, self.review, self.files, self.shell, self.here, self.small)
        self.timebar = TimeBar(look)
        self.first: Callable[[str], bool] = lambda key: False
        last = (*last, self.timebar)
        self._widgets: dict[str, Painted] = {str(widget.id): widget for widget in (*first, *last)}
        self.inbox = Inbox(model, directory / "logs")
        self.panel = "Log"
        self.wanted_panes = 0
        self.current = self.panes[0]
        self.zoomed = False
        self.lasting: tuple[str, str] | None = None
        self.arrangement = Arrangement("normal", {})
        self._wants: tuple[Wants, Size] | None = None
        self._layout = RegionLayout()
        self._looked, self._asked = ("", 0, -1), False
        self._seen = ("", 0)

    @property
    def layout(self) -> Layout:
        """Regions, by `arrange`."""
        return self._layout

    def compose(self) -> ComposeResult:
        """All widgets; which are shown, `arrange` decides."""
        yield from self._widgets.values()

    @property
    def shown_panes(self) -> list[LogPane]:
        """The logs on the screen."""
        return [pane for pane in self.panes if pane.id in self.arrangement.regions]

    @property
    def form(self) -> str:
        """The form of the screen."""
        return arrange.form_of(*self.size)

    def _pane_count(self) -> int:
        if self.wanted_panes:
            return self.wanted_panes
        return max(1, min(PANES, len(self.model.state.builds))) if self.form == "wide" else 1

    def wants(self) -> Wants:
        """What `arrange` is asked for."""
        model = self.model
        is_paused, taker = model.paused is not None, self.taker
        verbs_fit = is_paused and not model.company.replay and taker is not self.files
        return Wants(
            builds=len(model.state.builds),
            steps=max((step_rows(build) for build in model.builds), default=0),
            paused=is_paused,
            verbs=self.verbs.needed if verbs_fit else 0,
            panes=1 if self.zoomed else self._pane_count(),
            panel=self.panel,
            zoomed=self.zoomed,
            review=taker is not None and is_paused,
            shell=self.in_shell,
            here=self.here.needed,
            timebar=self.timebar.needed,
        )

    @property
    def taker(self) -> Review | FilesView | None:
        """What stands where the logs are, and has all keys: a diff, or files of the selected build."""
        if self.review.active:
            return self.review
        return self.files if self.files.active and self.files.build == self.model.selected else None

    @property
    def in_shell(self) -> bool:
        """Whether the shell of the selected build is on the screen."""
        return self.shell.active and self.shell.build == self.model.selected

    def shell_size(self) -> tuple[int, int]:
        """Rows and columns that a shell would have inside."""
        wants = replace(self.wants(), shell=True)
        region = arrange.arrange(*self.size, wants).regions.get("shell", Region(0, 0, 80, 24))
        return inside(*region.size)

    def regions(self, size: Size) -> Mapping[str, Region]:
        """Where everything stands now."""
        wants = self.wants()
        arrangement = arrange.arrange(size.width, size.height, wants)
        self.arrangement, self._wants = arrangement, (wants, size)
        regions = dict(arrangement.regions)
        if "review" in regions and self.taker is self.files:
            regions["files"] = regions.pop("review")
            self.arrangement = replace(arrangement, regions=regions)
        if "pane0" in regions and "pane1" not in regions:
            regions[str(self.current.id)] = regions.pop("pane0")
            self.arrangement = replace(arrangement, regions=regions)
        self._configure(self.arrangement)
        return regions

    def _configure(self, arrangement: Arrangement) -> None:
        self.builds.form = arrangement.build_form
        self.steps.narrow = arrangement.form == "narrow"
        for panel in (self.builds, self.steps, *self.panes):
            panel.titled = arrangement.form != "small"
        panes = self.shown_panes
        for number, pane in enumerate(self.panes):
            pane.alone = len(panes) < 2
            pane.divided = number in arrangement.divided
        self.seam.crossings = arrangement.crossings
        self.seam.always = arrangement.form == "narrow"
        self.seam.drawn_from = 2 if arrangement.form == "narrow" else 0

    def tab_names(self) -> list[str]:
        """The panels, in the order of `tab`."""
        if self.form == "small":
            return [*(["Pause"] if self.model.paused is not None else []), *commands.PANELS]
        return ["Steps", "Log"] if self.form == "narrow" else list(commands.PANELS)

    def say(self, text: str, role: str = "muted") -> None:
        """Show a sentence in the footer until the next key."""
        self.footer.said = (text, role)
        self.footer.repaint()
