"""What ends a build, the run, or this screen: each asks first, and nothing that ends something is Enter."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Protocol

from bakehouse.dashboard.screens import choice
from bakehouse.dashboard.stage import Stage
from bakehouse.errors import Disconnected

TWICE = 2.0
"""Seconds within which a second ctrl+c means: stop and clean."""


class Send(Protocol):
    """As `bakehouse.dashboard.actions.Actions.send`."""

    def __call__(self, verb: str, **arguments: bool | str) -> Coroutine[Any, Any, bool]:
        """Whether it was taken."""


class Ending:
    """send: sends a verb about the selected build, or the run."""

    def __init__(self, app: Stage, send: Send) -> None:
        self.app, self.send = app, send
        self._interrupts: list[float] = []

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
