"""The one screen: builds, steps, logs, and the pause of the selected build."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region, Size
from textual.layout import Layout
from textual.screen import Screen

from bakehouse.dashboard import arrange, commands
from bakehouse.dashboard.arrange import Arrangement, Wants
from bakehouse.dashboard.inside.view import FilesView
from bakehouse.dashboard.log.pane import LogPane, PaneChosen
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel, step_rows
from bakehouse.dashboard.pause import paused, verbs
from bakehouse.dashboard.pause.card import PauseCard
from bakehouse.dashboard.pause.inbox import Inbox
from bakehouse.dashboard.pause.review import Review
from bakehouse.dashboard.pause.verb_rows import Verbs
from bakehouse.dashboard.replay.bar import FOOTER, TimeBar
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.dashboard.screens.regions import RegionLayout, Regions
from bakehouse.dashboard.terminal.pane import LOOK_ON_FOOTER, SHELL_FOOTER, TermPane, inside
from bakehouse.dashboard.watching.rows import Here
from bakehouse.dashboard.widgets.builds import BuildList, BuildStrip, Chosen
from bakehouse.dashboard.widgets.frame import Footer, Seam, TabChosen, Tabs, TooSmall
from bakehouse.dashboard.widgets.header import Header
from bakehouse.dashboard.widgets.painted import Painted
from bakehouse.dashboard.widgets.steps import StepChosen, StepList
from bakehouse.record.state import Pause

PANES = 4


class MainScreen(Screen[None], Regions, inherit_bindings=False):
    """act: what the app does for an action or a verb, by its name; returns False if it is nothing it knows."""

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

    @property
    def layout(self) -> Layout:
        """Regions, by `arrange`."""
        return self._layout

    def compose(self) -> ComposeResult:
        """All widgets; which are shown, `arrange` decides."""
        yield from self._widgets.values()

    def on_mount(self) -> None:
        """The clocks tick once a second."""
        self.set_interval(1, self.repaint)
        self.show_panel(self.panel)

    def begin(self) -> None:
        """Once, before the first picture: who comes to a paused build sees it, with its verbs at hand."""
        waiting = self.model.state.paused
        if waiting:
            self.model.select(waiting[0].key)
            self.show_panel("Pause" if self.form == "small" else "Steps")

    # What is shown

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

    def repaint(self) -> None:
        """Bring everything that is shown up to date, and lay it out anew if that has become necessary."""
        self._settle()
        if self._wants != (self.wants(), self.size):
            self.header.refresh(layout=True)  # a child's: only that clears what the screen remembers of its layout
        self._say_news()
        self.footer.keys, self.footer.alone = self._keys(), self.in_shell or self._asked
        self.tabs.names, self.tabs.current = self.tab_names(), self.panel
        self.tabs.right = self.current.status() if self.panel == "Log" else []
        for name in self.arrangement.regions:
            widget = self._widgets[name]
            if isinstance(widget, LogPane):
                widget.catch_up()
            else:
                widget.repaint()

    def _say_news(self) -> None:
        """Who drives has changed, or is asked."""
        company = self.model.company
        asked = company.lasting(self.model.now(), in_shell=self.in_shell)
        if asked:
            self.footer.said = (asked, "accent" if company.asked is None else "paused")
        elif self._asked:
            self.footer.said = self.lasting
        self._asked = bool(asked)
        if company.news:
            self.say(company.news[-1], "text")
            company.news.clear()

    def _settle(self) -> None:
        """Make the panes show what they should, and the card its error."""
        self._fill_panes()
        build = self.model.paused
        if build is None and self.review.active:
            self.act("review-close")
        if build is None and self.taker is self.files:
            self.act("files-close")
        self.card.offer = len(self.inbox.same_error())
        if self.panel == "Pause" and (build is None or self.form != "small"):
            self.show_panel("Steps" if self.form != "small" else "Log")
        if self.panel != "Pause" and self.panel not in self.tab_names() and not self.zoomed:
            self.show_panel("Steps")  # a narrower window has no list of builds
        if build is None or build.pause is None:
            for pane in self.panes:
                pane.error = -1
            return
        for pane in self.panes:
            if pane.key == build.key and build.pause.reason == "failure":
                self._find_error(pane, build.pause)

    def _find_error(self, pane: LogPane, pause: Pause) -> None:
        """Look for it again only when the log has grown."""
        looked = (pane.key, pause.span, pane.book.total)
        if self._looked != looked or (pane.error < 0 and self.card.error):
            self._looked = looked
            self.card.error, pane.error = paused.error_line(pane.book, pause, self.model.state)

    def _fill_panes(self) -> None:
        """The current pane shows the selected build, unless another shows it; the rest show what else runs."""
        model = self.model
        count = 1 if self.zoomed else self._pane_count()
        visible = self.panes[:count] if count > 1 else [self.current]
        if self.current not in visible:
            self.current = visible[0]
        if model.selected and all(pane.key != model.selected for pane in visible):
            self.current.show(model.selected)
        for pane in visible:
            if pane.key == model.selected:
                self.current = pane
        taken = {pane.key for pane in visible}
        spare = [build.key for build in model.builds if build.key not in taken]
        spare.sort(key=lambda key: model.state.builds[key].status == "waiting" or model.state.builds[key].ended)
        for pane in visible:
            if not pane.key and spare:
                pane.show(spare.pop(0))

    def _keys(self) -> list[tuple[str, str]]:
        if self.timebar.needed:
            return FOOTER
        if self.in_shell:
            return LOOK_ON_FOOTER if self.model.company.watching else SHELL_FOOTER
        if self.taker is not None:
            return self.taker.footer
        if self.model.paused is not None and self.panel in ("Steps", "Pause"):
            if self.model.company.watching and not self.model.company.replay:
                return commands.WATCHED_FOOTER
            small = [("tab", "next"), ("{ }", "builds")]
            return small if self.form == "small" else commands.PAUSED_FOOTER
        build = self.model.build
        return commands.footer(self.panel, ended=build is not None and build.ended)

    # Panels and focus

    def tab_names(self) -> list[str]:
        """The panels, in the order of `tab`."""
        if self.form == "small":
            return [*(["Pause"] if self.model.paused is not None else []), *commands.PANELS]
        return ["Steps", "Log"] if self.form == "narrow" else list(commands.PANELS)

    def show_panel(self, name: str) -> None:
        """Give a panel the focus."""
        self.panel = name
        widget = {"Builds": self.builds, "Steps": self.steps, "Pause": self.steps}.get(name, self.current)
        for panel in (self.builds, self.steps, *self.panes):
            panel.lit = panel is widget and self.taker is None and not self.in_shell
        taken = self.shell if self.in_shell else self.taker or widget
        self.set_focus(taken, scroll_visible=False)

    def next_panel(self, by: int) -> None:
        """`tab`; within the Log panel it goes from pane to pane."""
        panes, names = self.shown_panes, self.tab_names()
        if self.panel == "Log" and len(panes) > 1:
            at = panes.index(self.current) + by if self.current in panes else 0
            if 0 <= at < len(panes):
                self.choose_pane(panes[at])
                return
        at = names.index(self.panel) if self.panel in names else 0
        self.show_panel(names[(at + by) % len(names)])
        self.repaint()

    def choose_pane(self, pane: LogPane) -> None:
        """Focus a pane; the build that it shows becomes the selected one."""
        self.current = pane
        if pane.key:
            self.model.select(pane.key)
        self.show_panel("Log")
        self.repaint()

    def select(self, key: str) -> None:
        """Select a build, whatever has the focus; who has a shell open in another leaves it, as ctrl+] does."""
        if self.shell.active and key != self.shell.build:
            self.shell.left()
        self.model.select(key)
        self._fill_panes()
        if self.panel == "Log" or self.files.active:
            self.show_panel(self.panel)
        self.repaint()

    def say(self, text: str, role: str = "muted") -> None:
        """Show a sentence in the footer until the next key."""
        self.footer.said = (text, role)
        self.footer.repaint()

    def say_lasting(self, said: tuple[str, str] | None) -> None:
        """Show a sentence that no key takes away, or end that."""
        self.lasting = self.footer.said = said
        self.repaint()

    # Events

    def on_key(self, event: events.Key) -> None:
        """The focused panel's letters first, then those of the verbs, then what works everywhere."""
        if isinstance(above := self.app.screen, Overlay):  # a key before this one has opened it in the same instant
            above.on_key(event)
            return
        key = commands.key_of(event.key, event.character)
        self.footer.said = self.lasting
        if self.first(key) or self._company(key):
            event.stop()
            self.repaint()
            return
        panel = "Steps" if self.panel == "Pause" else self.panel
        taker = self.taker
        action = commands.find("Review" if taker is not None else panel, key)
        name = action.name if action is not None else ""
        if taker is not None and taker.key(key, self.act):
            name = ""
        elif action is None or not action.panels:
            name = self._verb(key) or name
        if name and self.act(name):
            event.stop()
        self.repaint()

    def _company(self, key: str) -> bool:
        """Keys about who drives come first: `y` and `n` while that is asked, `T` for a watcher."""
        company = self.model.company
        answer = company.answers(key, self.model.now())
        if answer is None and not (key == "T" and company.watching and not company.replay):
            return False
        if answer != "":
            self.act({"give": "give-control", "keep": "keep-control"}.get(answer or "", "take-control"))
        return True

    def _verb(self, key: str) -> str:
        verb = commands.VERB_KEYS.get(key, "")
        if not verb or self.taker is not None:
            return ""
        if self.model.paused is None:
            return verb if verb == "cancel" and self.panel == "Steps" else ""
        if self.model.company.refusal(verb):
            return verb  # which says so
        reason = verbs.reason(self.model.paused, verb)
        if reason:
            self.say(f"{verb}: {reason}", "warning")
        return "" if reason else verb

    def on_resize(self) -> None:
        """Another size may have another form."""
        self.call_after_refresh(self.repaint)

    def on_chosen(self, message: Chosen) -> None:
        """A build was clicked."""
        if self.panel != "Builds" and self.form != "narrow":
            self.show_panel("Builds")
        self.select(message.build)

    def on_step_chosen(self, message: StepChosen) -> None:
        """A step was clicked."""
        self.show_panel("Steps")
        self.choose_step(message.step)

    def choose_step(self, key: str) -> None:
        """Put the cursor on a step and show what it printed."""
        self.model.steps_of[self.model.selected] = key
        self.current.open_step(key)
        self.repaint()

    def on_pane_chosen(self, message: PaneChosen) -> None:
        """A pane was clicked."""
        self.choose_pane(message.pane)

    def on_tab_chosen(self, message: TabChosen) -> None:
        """A tab was clicked."""
        self.show_panel(message.name)
        self.repaint()
