"""Moving about: rows, pages, panels, builds; how logs and panels are arranged; the palette of colours."""

from __future__ import annotations

from bakehouse.dashboard import theme
from bakehouse.dashboard.stage import Stage


class Moving:
    """What changes nothing but what is looked at."""

    def __init__(self, app: Stage) -> None:
        self.app = app

    def move(self, by: int) -> None:
        """A row up or down in the focused panel."""
        main, model = self.app.main, self.app.model
        if main.panel == "Log":
            self.app.main.current.move(by)
        elif main.panel == "Builds":
            keys = list(model.state.builds)
            at = keys.index(model.selected) + by if model.selected in keys else 0
            main.select(keys[max(0, min(at, len(keys) - 1))] if keys else "")
        elif model.build is not None:
            keys = list(model.build.steps)
            cursor = model.step_cursor(model.build)
            at = keys.index(cursor) + by if cursor in keys else 0
            if keys:
                model.steps_of[model.selected] = keys[max(0, min(at, len(keys) - 1))]

    def page(self, by: int) -> None:
        """Half a page in a log, five rows in a list."""
        if self.app.main.panel == "Log":
            self.app.main.current.page(by)
        else:
            self.move(by * 5)

    def edge(self, by: int) -> None:
        """To the first or the last row."""
        if self.app.main.panel != "Log":
            self.move(by * 100_000)
        elif by < 0:
            self.app.main.current.to_start()
        else:
            self.app.main.current.to_end()

    def next_paused(self) -> None:
        """Select the next build that waits for somebody."""
        key = self.app.model.next_paused()
        if key:
            self.app.main.select(key)
        else:
            self.app.main.say("No other build is paused.", "muted")

    def open(self) -> None:
        """Enter: from a build to its steps, from a step to what it printed."""
        main, model = self.app.main, self.app.model
        if main.panel == "Builds":
            main.show_panel("Steps")
        elif model.build is not None:
            main.choose_step(model.step_cursor(model.build))
            if main.form == "small":
                main.show_panel("Log")

    def back(self) -> None:
        """One level: the note or the zoom first, then to the panel on the left."""
        main = self.app.main
        if self.app.main.current.note:
            self.app.main.current.note = ""
        elif main.zoomed:
            self.zoom()
        elif main.panel == "Log":
            main.show_panel("Steps")
        elif main.panel == "Steps" and "Builds" in main.tab_names():
            main.show_panel("Builds")

    def split(self) -> None:
        """One more pane; from the most back to one."""
        main = self.app.main
        now = len(main.shown_panes)
        main.wanted_panes = now + 1 if now < min(len(main.panes), len(self.app.model.state.builds)) else 1
        main.repaint()
        if main.wanted_panes > 1 and main.form == "small":
            main.wanted_panes = 1
            main.say("A split needs 80x24.", "muted")

    def zoom(self) -> None:
        """The focused panel takes all the room, and back."""
        main = self.app.main
        main.zoomed = not main.zoomed
        main.repaint()

    def next_theme(self) -> None:
        """Round the palettes."""
        names = list(theme.PALETTES)
        self.app.use(theme.PALETTES[names[(names.index(self.app.look.base.name) + 1) % len(names)]])
