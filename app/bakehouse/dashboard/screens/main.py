"""The one screen: builds, steps, logs, and the pause of the selected build."""

from __future__ import annotations

from functools import cached_property

from textual import events

from bakehouse.dashboard import commands
from bakehouse.dashboard.log.pane import LogPane, PaneChosen
from bakehouse.dashboard.pause import paused
from bakehouse.dashboard.screens.keys import Keys
from bakehouse.dashboard.screens.laid_out import LaidOut
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.dashboard.widgets.builds import Chosen
from bakehouse.dashboard.widgets.frame import TabChosen
from bakehouse.dashboard.widgets.steps import StepChosen
from bakehouse.record.state import Pause


class MainScreen(LaidOut, inherit_bindings=False):
    """What is shown, what has the focus, and what people do."""

    @cached_property
    def keys(self) -> Keys:
        """What keys do."""
        return Keys(self)

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

    def repaint(self) -> None:
        """Bring everything that is shown up to date, and lay it out anew if that has become necessary."""
        self._settle()
        if self._wants != (self.wants(), self.size):
            self.header.refresh(layout=True)  # a child's: only that clears what the screen remembers of its layout
        self._say_news()
        self.footer.keys, self.footer.alone = self.keys.footer(), self.in_shell or self._asked
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
        self._show_pause(build.key, build.pause)
        for pane in self.panes:
            if pane.key == build.key and build.pause.reason == "failure":
                self._find_error(pane, build.pause)

    def _show_pause(self, build: str, pause: Pause) -> None:
        """Where one panel is all there is, a pause comes to the front once, of who follows a log and reads nothing."""
        seen = (build, pause.since)
        if self.form == "small" and self._seen != seen and self.panel == "Log" and self.current.follow:
            self.show_panel("Pause")
        self._seen = seen

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

    # Panels and focus

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

    def say_lasting(self, said: tuple[str, str] | None) -> None:
        """Show a sentence that no key takes away, or end that."""
        self.lasting = self.footer.said = said
        self.repaint()

    # Events

    def on_key(self, event: events.Key) -> None:
        """Give it to what stands above, or do what it means here."""
        if isinstance(above := self.app.screen, Overlay):  # a key before this one has opened it in the same instant
            above.on_key(event)
            return
        if self.keys.press(commands.key_of(event.key, event.character)):
            event.stop()
        self.repaint()

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
