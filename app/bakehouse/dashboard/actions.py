"""What each action does. The app hands names in; verbs go out through the session with what was seen (`expects`)."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from bakehouse.dashboard.ending import Ending
from bakehouse.dashboard.further import further
from bakehouse.dashboard.moving import Moving
from bakehouse.dashboard.pause.repair import Repair
from bakehouse.dashboard.screens.help import Help
from bakehouse.dashboard.screens.palette import Palette
from bakehouse.dashboard.stage import Stage
from bakehouse.dashboard.terminal.visit import Visit
from bakehouse.errors import Disconnected, Refused
from bakehouse.record.commands import VERBS


class Actions:
    """One method or coroutine for each name. gone: the engine is, so verbs have nobody to go to."""

    def __init__(self, app: Stage) -> None:
        self.app = app
        self.repair = Repair(app)
        self.visit = Visit(app)
        self.gone = False
        app_, repair = app, self.repair
        moving, ending = Moving(app), Ending(app, self.send)
        self.quick: dict[str, Callable[[], object]] = {
            "up": lambda: moving.move(-1),
            "down": lambda: moving.move(1),
            "page-up": lambda: moving.page(-1),
            "page-down": lambda: moving.page(1),
            "first": lambda: moving.edge(-1),
            "last": lambda: moving.edge(1),
            "left": lambda: self.log.sideways(-8),
            "right": lambda: self.log.sideways(8),
            "open-row": moving.open,
            "follow": lambda: self.log.toggle_follow(),
            "time": lambda: self.log.next_time(),
            "wrap": lambda: self.log.toggle_wrap(),
            "fold": lambda: self.log.toggle_fold(),
            "split": moving.split,
            "zoom": moving.zoom,
            "next-panel": lambda: app_.main.next_panel(1),
            "previous-panel": lambda: app_.main.next_panel(-1),
            "previous-build": lambda: app_.main.select(app_.model.neighbour(-1)),
            "next-build": lambda: app_.main.select(app_.model.neighbour(1)),
            "next-paused": moving.next_paused,
            "command": self.command,
            "help": self.help,
            "back": moving.back,
            "stop-dialog": ending.interrupt,
            "leave": ending.leave,
            "detach": lambda: app_.close_as("left"),
            "theme": moving.next_theme,
            "cancel": ending.cancel,
            "stop": ending.ask_to_stop,
            "stop-keep": ending.ask_to_stop,
            "stop-after-step": ending.ask_to_stop,
            "review-close": repair.close,
            "review-copy": repair.copy,
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
        if self.visit.can_show:
            await self.visit.open()
        elif (build := self.app.model.asked) is not None:
            self.app.main.say(f"In another terminal: bakehouse shell {self.app.session.run} {build.key}", "warning")
        else:
            await self.repair.shell()

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

    # Overlays

    def help(self) -> None:
        """The keys of the focused panel."""
        main = self.app.main
        own = "Replay" if main.timebar.needed else "Files" if main.taker is main.files else ""
        panels = [*main.tab_names(), *([own] if own else [])]
        past = self.app.model.company.replay
        self.app.cover(Help(self.app.look, own or main.panel, panels, past=past), lambda _: None)

    def command(self) -> None:
        """The palette."""

        def chosen(name: str | None) -> None:
            if name:
                self.act(name)

        self.app.cover(Palette(self.app.look, self.app.model), chosen)
