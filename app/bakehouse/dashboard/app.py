"""The dashboard as a program: it follows a run's events, draws them, and says why it closed."""

from __future__ import annotations

import asyncio
import gc
import os
import time
import traceback
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from bakehouse.dashboard import formats, marks
from bakehouse.dashboard.actions import Actions
from bakehouse.dashboard.door import Door
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.screens.main import MainScreen
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.dashboard.terminal.input import keep_alt
from bakehouse.dashboard.terminal.probe import line_is_wide
from bakehouse.dashboard.terminal.shell import Terminal
from bakehouse.dashboard.theme import Palette
from bakehouse.errors import Disconnected, RecordError
from bakehouse.record.events import Event
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import RunState
from bakehouse.session.leaving import on_termination

FRAME = 1 / 30
"""Seconds between two pictures of what flows in."""
PATIENCE = 0.15
"""Seconds before anything is said about opening a run."""
RETRY = (0.2, 0.5, 1.0, 2.0)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Shown:
    """Why the dashboard closed: finished (the run is over), left, stopped (it was told to stop the run), crashed."""

    how: str
    state: RunState


class DashboardApp(App[Shown], inherit_bindings=False):
    """session: the run. launched: whether this terminal started it. leave: close also after a failure.

    now: the clock, nanoseconds since 1970.
    """

    CSS_PATH = Path(__file__).with_name("dashboard.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "do('leave')", priority=True, show=False),
        Binding("ctrl+c", "do('stop-dialog')", priority=True, show=False),
    ]

    def __init__(
        self,
        session: Door,
        *,
        launched: bool,
        leave: bool = False,
        look: Look | None = None,
        now: Callable[[], int] = time.time_ns,
    ) -> None:
        no_color = os.environ.get("NO_COLOR")
        self.look = look or Look()
        super().__init__()
        if no_color is not None:
            os.environ["NO_COLOR"] = no_color  # Textual takes it away, but children want it
        self.session, self.launched, self.leave = session, launched, leave
        self.model = RunModel(now=now)
        self.actions = Actions(self)
        self.main = MainScreen(self.model, self.look, session.directory, self.actions.act)
        self.over, self.stopped = False, False
        self.terminal: Callable[[], Terminal] = Terminal.own
        self._overlay: Overlay[Any] | None = None
        self._drawn, self._drawing = 0.0, False
        self._shell_drawing = False

    def get_default_screen(self) -> Screen[Any]:
        """The one screen."""
        return self.main

    def on_mount(self) -> None:
        """Follow the run."""
        self.use(self.look.base)
        self.run_worker(self._follow(), group="events")
        self.set_timer(PATIENCE, self._opening)

    def _opening(self) -> None:
        """Say what takes long, if it does."""
        if not self._drawn:
            self.main.current.note = f"Opening run {self.session.run}"
            self.main.repaint()

    def use(self, palette: Palette) -> None:
        """Take another palette."""
        self.look.base = palette
        self.register_theme(palette.textual_theme())
        self.theme = palette.name
        self.main.repaint()

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Let a verb do its work; one at a time."""
        self.run_worker(self._alone(work), group="verbs")

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on for as long as it takes, beside the verbs."""
        self.run_worker(work, group="beside")

    def draw_shell(self) -> None:
        """Thirty times a second at most."""
        if not self._shell_drawing:
            self._shell_drawing = True
            self.set_timer(FRAME, self._draw_shell)

    def _draw_shell(self) -> None:
        self._shell_drawing = False
        self.main.shell.repaint()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """All keys go to a shell that is open, also those that else come before any panel's own."""
        return not (self.main.shell.has_focus and action == "do") and super().check_action(action, parameters)

    async def _alone(self, work: Coroutine[Any, Any, object]) -> None:
        async with self._verb_lock:
            await work
        if self.is_running:
            self.main.repaint()

    _verb_lock = asyncio.Lock()

    def action_do(self, name: str) -> None:
        """Keys that come before any panel's own."""
        self.actions.act(name)

    # Overlays

    @property
    def covered(self) -> bool:
        """Whether an overlay is open."""
        return self._overlay is not None

    def cover(self, overlay: Overlay[Result], answered: Callable[[Result | None], None]) -> None:
        """Show an overlay and hear its answer."""

        def closed(answer: Result | None) -> None:
            self._overlay, self.look.covered = None, False
            self.main.repaint()
            answered(answer)

        self._overlay, self.look.covered = overlay, True
        self.main.repaint()
        self.push_screen(overlay, closed)

    def uncover(self) -> None:
        """Close the overlay as escape would."""
        if self._overlay is not None and self._overlay.is_attached:
            self._overlay.dismiss(self._overlay.closed())

    # The run

    async def _follow(self) -> None:
        """Take events until the run ends; a lost socket is tried again for as long as it takes."""
        tries = 0
        while True:
            try:
                async for batch in self.session.events(after=self.model.state.seq):
                    if self.model.lost:
                        self.main.say_lasting(None)
                    tries, self.model.lost = 0, 0
                    self.model.company.me = self.session.viewer
                    self.model.apply(batch)
                    self._tell_question(batch)
                    self.actions.visit.heard()
                    self.took(batch)
                    self._draw_soon()
                break
            except Disconnected:
                if self.model.state.exit_code is not None or (tries and await self._ended_unseen()):
                    break
                self.model.lost = self.model.lost or self.model.now()
                since = formats.clock(self.model.lost)
                text = f"Lost the run's socket at {since}. Trying again. The run itself goes on."
                self.main.say_lasting((text, "warning"))
                await asyncio.sleep(RETRY[min(tries, len(RETRY) - 1)])
                tries += 1
        self._ended()

    def _tell_question(self, batch: Sequence[Event]) -> None:
        build = self.model.asked
        if build is not None and any((fact.kind, fact.build) == ("WaitsForInput", build.key) for fact in batch):
            self.main.say(f"This step waits for input: {build.question}  ! answers it.", "paused")

    def took(self, batch: Sequence[Event]) -> None:
        """The model knows of these now; for who wants to say something of them."""

    async def _ended_unseen(self) -> bool:
        """Whether the run's record says that it is over, or its engine is gone; what is missing is read from it."""
        try:
            status = await asyncio.to_thread(lambda: RunDirectory.open(self.session.directory).status)
        except RecordError:
            return False
        if status != "running":
            self.model.apply(await asyncio.to_thread(read_events, self.session.directory))
        return status != "running"

    @property
    def is_drawn(self) -> bool:
        """Whether everything that has come in is on the screen."""
        return self._drawn > 0 and not self._drawing

    def _draw_soon(self) -> None:
        if self._drawing:
            return
        self._drawing = True
        wait = max(0.001, FRAME - (time.monotonic() - self._drawn))
        self.set_timer(wait, self._draw)

    def _draw(self) -> None:
        if not self._drawn:
            self.main.current.note = ""
            self.main.begin()
        self._drawing, self._drawn = False, time.monotonic()
        self.main.repaint()

    def _ended(self) -> None:
        """On success the dashboard closes; after a failure it stays."""
        self.over = True
        state = self.model.state
        if self.stopped or state.exit_code == 0 or self.leave:
            self.close_as("stopped" if self.stopped else "finished")
            return
        if state.exit_code is None:
            self.actions.gone = True
            self.model.cut_off()
            text = "The engine is gone. bakehouse gc removes what it left."
            self.main.say_lasting((text, "failed"))
            return
        done = sum(1 for build in state.builds.values() if build.status == "succeeded")
        failed = len(state.builds) - done
        at = formats.clock(state.finished or self.model.now())[:5]
        self.main.say_lasting((f"The run ended at {at}: {done} done, {failed} failed. ctrl+q leaves.", "text"))

    def close_as(self, how: str) -> None:
        """Close the screen."""
        self.exit(Shown(how, self.model.state))

    def _fatal_error(self) -> None:
        """A crash of the dashboard is no crash of the run: keep the traceback beside the record, not on the screen."""
        path = self.session.directory / "dashboard.log"
        path.write_text(traceback.format_exc(), encoding="utf-8")
        self._close_messages_no_wait()


async def show(session: Door, *, launched: bool, leave: bool = False) -> Shown:
    """Draw the run on the terminal until it is over or the person leaves.

    launched: this terminal started it. leave: close when the run ends, also after a failure.
    """
    app = DashboardApp(session, launched=launched, leave=leave, look=await prepare())
    app.call_later(settle_memory)
    with on_termination(lambda: app.close_as("left")):
        shown = await app.run_async()
    if shown is None:
        return Shown("crashed" if app.return_code else "left", app.model.state)
    return shown


async def prepare() -> Look:
    """What this terminal can show; its keys are told of in full."""
    keep_alt()
    look = Look()
    terminal = Terminal.own()
    if look.marks is marks.UNICODE and await asyncio.to_thread(line_is_wide, terminal.source, terminal.target):
        look.marks = marks.ASCII
    return look


def settle_memory() -> None:
    """Take what start-up made out of the collector's sight: a full collection would hold up a frame by 25 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2000, 20, 50)
