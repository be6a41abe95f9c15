"""What each action does. The app hands names in; verbs go out through the session with what was seen (`expects`)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from bakehouse.dashboard import theme
from bakehouse.dashboard.further import further
from bakehouse.dashboard.pause.repair import Repair
from bakehouse.dashboard.screens import choice
from bakehouse.dashboard.screens.help import Help
from bakehouse.dashboard.screens.palette import Palette
from bakehouse.dashboard.stage import Stage
from bakehouse.dashboard.terminal.visit import Visit
from bakehouse.errors import Disconnected, Refused
from bakehouse.record.commands import VERBS

TWICE = 2.0
"""Seconds within which a second ctrl+c means: stop and clean."""


class Actions:
    """One method or coroutine for each name. gone: the engine is, so verbs have nobody to go to."""

    def __init__(self, app: Stage) -> None:
        self.app = app
        self.repair = Repair(app)
        self.visit = Visit(app)
        self._interrupts: list[float] = []
        self.gone = False
        app_, repair = app, self.repair
        self.quick: dict[str, Callable[[], object]] = {
            "up": lambda: self.move(-1),
            "down": lambda: self.move(1),
            "page-up": lambda: self.page(-1),
            "page-down": lambda: self.page(1),
            "first": lambda: self.edge(-1),
            "last": lambda: self.edge(1),
            "left": lambda: self.log.sideways(-8),
            "right": lambda: self.log.sideways(8),
            "open": self.open,
            "follow": lambda: self.log.toggle_follow(),
            "time": lambda: self.log.next_time(),
            "wrap": lambda: self.log.toggle_wrap(),
            "fold": lambda: self.log.toggle_fold(),
            "split": self.split,
            "zoom": self.zoom,
            "next-panel": lambda: app_.main.next_panel(1),
            "previous-panel": lambda: app_.main.next_panel(-1),
            "previous-build": lambda: app_.main.select(app_.model.neighbour(-1)),
            "next-build": lambda: app_.main.select(app_.model.neighbour(1)),
            "next-paused": self.next_paused,
            "command": self.command,
            "help": self.help,
            "back": self.back,
            "stop-dialog": self.interrupt,
            "leave": self.leave,
            "detach": lambda: app_.close_as("left"),
            "theme": self.next_theme,
            "cancel": self.cancel,
            "stop": self.ask_to_stop,
            "stop-keep": self.ask_to_stop,
            "stop-after-step": self.ask_to_stop,
            "review-close": repair.close,
        }
        self.slow = self._slow()
        quick, slow, self.spoken = further(app, repair)
        self.quick, self.slow = self.quick | quick, self.slow | slow

    def _slow(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """What has to wait for something."""
        repair = self.repair
        return {
            "retry": repair.retry,
            "edit-retry": repair.edit,
            "shell": self.shell,
            "give-control": lambda: self.answer("give"),
            "keep-control": lambda: self.answer("keep"),
            "hold": repair.hold,
            "review-run": repair.run,
            "review-as-was": repair.run_as_it_was,
        }

    @property
    def log(self) -> Any:
        """The current pane."""
        return self.app.main.current

    def act(self, name: str) -> bool:
        """Do it; False for a name that is nothing. Words may follow the name: `break before:setup`."""
        name, _, words = name.partition(" ")
        if self.gone and name in VERBS:
            self.app.main.say("The engine is gone: no verb can do anything.", "warning")
        elif name in VERBS and self._refused(name):
            pass
        elif words and name in self.spoken:
            self.app.start(self.spoken[name](words.strip()))
        elif name in self.quick:
            self.quick[name]()
        elif name in self.slow:
            self.app.start(self.slow[name]())
        elif name in VERBS:
            self.app.start(self.send(name))
        else:
            return False
        return True

    def _refused(self, verb: str) -> bool:
        """Whether a watcher may not, which is said; a look into a shell that is open is no verb."""
        model = self.app.model
        refusal = model.company.refusal(verb)
        if verb == "shell" and model.paused is not None and model.open_shell(model.paused) and not model.company.replay:
            return False
        if refusal:
            self.app.main.say(refusal, "warning")
        return bool(refusal)

    async def shell(self) -> None:
        """`!`: in a pane; where none can be had, the terminal is lent out."""
        await (self.visit.open() if self.visit.can_show else self.repair.shell())

    async def answer(self, answer: str) -> None:
        """The driver's answer to a watcher who asks."""
        await self.send("take-control", answer=answer)

    async def send(self, verb: str, **arguments: bool | str) -> bool:
        """Send a verb about the selected build, or the run; what is refused is said. Returns whether it was taken."""
        app, build = self.app, self.app.model.build
        of_build = VERBS[verb].scope == "build" and build is not None
        key, seen = (build.key, build.expects) if of_build and build is not None else ("", None)
        try:
            await app.session.send(verb, key, seen, **arguments)
        except Refused as refusal:
            app.main.say(str(refusal), "warning")
            return False
        except Disconnected:
            app.main.say(f"{verb} was not sent: the run's socket is gone. The run itself goes on.", "warning")
            return False
        return True

    # Moving

    def move(self, by: int) -> None:
        """A row up or down in the focused panel."""
        main, model = self.app.main, self.app.model
        if main.panel == "Log":
            self.log.move(by)
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
            self.log.page(by)
        else:
            self.move(by * 5)

    def edge(self, by: int) -> None:
        """To the first or the last row."""
        if self.app.main.panel != "Log":
            self.move(by * 100_000)
        elif by < 0:
            self.log.to_start()
        else:
            self.log.to_end()

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
        if self.log.note:
            self.log.note = ""
        elif main.zoomed:
            self.zoom()
        elif main.panel == "Log":
            main.show_panel("Steps")
        elif main.panel == "Steps" and "Builds" in main.tab_names():
            main.show_panel("Builds")

    # Arranging

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

    # Overlays

    def help(self) -> None:
        """The keys of the focused panel."""
        main = self.app.main
        files = main.taker is main.files
        panels = [*main.tab_names(), *(["Files"] if files else [])]
        self.app.cover(Help(self.app.look, "Files" if files else main.panel, panels), lambda _: None)

    def command(self) -> None:
        """The palette."""

        def chosen(name: str | None) -> None:
            if name:
                self.act(name)

        self.app.cover(Palette(self.app.look, self.app.model), chosen)

    def cancel(self) -> None:
        """Ask, then end the selected build."""
        build = self.app.model.build
        if build is None or build.ended:
            self.app.main.say("This build has ended.", "muted")
            return

        def chosen(answer: str | None) -> None:
            if answer:
                self.app.start(self.send("cancel", keep=answer == "keep"))

        self.app.cover(choice.cancel_dialog(self.app.look, build, self.app.model.builds), chosen)

    def leave(self) -> None:
        """ctrl+q: ask in the terminal that started the run, else just leave."""
        app = self.app
        if app.over:
            app.close_as("finished")
        elif not app.launched or app.model.lost or app.model.company.watching:
            app.close_as("left")
        elif not app.covered:
            app.cover(choice.leave_dialog(app.look, app.model.state), self._stop_chosen)

    def interrupt(self) -> None:
        """ctrl+c: the dialog; again within 2 s: stop and clean; once more: by force."""
        app, now = self.app, asyncio.get_running_loop().time()
        if app.over:
            app.close_as("finished")
            return
        if refusal := app.model.company.refusal("stop"):
            app.main.say(f"{refusal} ctrl+q leaves.", "warning")
            return
        self._interrupts = [at for at in self._interrupts if now - at < TWICE] + [now]
        if len(self._interrupts) >= 3:
            app.start(self._stop(force=True))
        elif len(self._interrupts) == 2:
            app.uncover()
            app.start(self._stop())
        elif not app.covered:
            self.ask_to_stop()

    def ask_to_stop(self) -> None:
        """What ends the run only goes out from this dialog."""
        app = self.app
        app.cover(choice.stop_dialog(app.look, app.model.state), self._stop_chosen)

    def _stop_chosen(self, answer: str | None) -> None:
        if answer == "leave":
            self.app.close_as("left")
        elif answer == "stop":
            self.app.start(self._stop())
        elif answer:
            self.app.stopped = True
            self.app.start(self.send(answer))

    async def _stop(self, *, force: bool = False) -> None:
        self.app.stopped = True
        with suppress(Disconnected):
            taken = await (self.send("stop", force=True) if force else self.send("stop"))
            if taken:
                what = "Stopping by force; what is left, bakehouse gc removes." if force else "Stopping, cleaning up."
                self.app.main.say(what, "warning")
