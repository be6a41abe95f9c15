"""Opening a shell, or a running step's own terminal, in the pane: where it comes from, the bytes both
ways, and what is said when one comes back."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bakehouse.dashboard import formats
from bakehouse.dashboard.door import Stream
from bakehouse.dashboard.stage import Stage
from bakehouse.dashboard.terminal import emulator
from bakehouse.errors import BakehouseError, Disconnected, Refused, first_of
from bakehouse.record.state import BuildState

FRAME = 1 / 30
"""Seconds between two pictures of what a program shows."""
Typed = bytes | tuple[int, int] | None
"""What a person does: typing, another size (rows, columns), leaving."""
WORDS = {
    "left": "You left the shell open after {}; ! comes back to it.",
    "ended": "The shell ended after {}. The image is tainted: a shell was opened.",
    "lost": "The shell's socket went away after {}.",
}

STEP_WORDS = {
    "left": "You left the step's terminal after {}; ! comes back to it while it waits.",
    "ended": "The program of the step ended after {}.",
    "lost": "The terminal's socket went away after {}.",
}


class Visit:
    """One shell at a time. can_show: whether there is an engine for a pane; else the terminal is lent out."""

    def __init__(self, app: Stage) -> None:
        self.app = app
        self._typed: asyncio.Queue[Typed] = asyncio.Queue()
        self._left = ("", "")

    def heard(self) -> None:
        """Something has happened: do not go on to say that a shell was left open once it has ended."""
        build, said = self._left
        state = self.app.model.state.builds.get(build)
        if not said or (state is not None and (self.app.model.open_shell(state) or self.app.model.asked is state)):
            return
        self._left = ("", "")
        footer = self.app.main.footer
        if footer.said is not None and footer.said[0] == said:
            self.app.main.say("The shell that you left open has ended.", "muted")

    @property
    def can_show(self) -> bool:
        """Whether a pane can be had here."""
        return emulator.make(2, 2) is not None

    async def open(self) -> None:
        """`!`: a new shell, or the one that was left open; while a step waits for input, the step's terminal."""
        app, pane, build = self.app, self.app.main.shell, self.app.model.paused or self.app.model.asked
        if build is None or pane.active:
            return
        rows, columns = app.main.shell_size()
        engine = emulator.make(rows, columns)
        if engine is None:
            return
        step = build.current if build.pause is None else None
        again = app.model.open_shell(build) if step is None else 0
        try:
            stream = await self._enter(build, again, rows, columns)
        except BakehouseError as error:
            app.main.say(str(error), "warning")
            return
        self._typed = asyncio.Queue()
        pane.typed = self._typed.put_nowait
        pane.resized = lambda rows, columns: self._typed.put_nowait((rows, columns))
        pane.left = lambda: self._typed.put_nowait(None)
        pane.engine, pane.build, pane.title = engine, build.key, f"root in {build.name}"
        pane.own = step is not None
        if step is not None:
            pane.title = f"step {step.info.number} {step.info.title} of {build.name}"
        app.main.show_panel(app.main.panel)
        app.main.repaint()
        app.beside(self._stay(stream, again=bool(again)))

    async def _enter(self, build: BuildState, again: int, rows: int, columns: int) -> Stream:
        """Come back to the shell `again`, or open one. Raises BakehouseError."""
        session = self.app.session
        if again:
            return await session.stream(again, rows, columns)
        answer = await session.send("shell", build.key, build.expects, rows=rows, columns=columns)
        return await session.stream(answer.span, rows, columns)

    async def _stay(self, stream: Stream, *, again: bool) -> None:
        """Both ways until ctrl+], the end of the shell or of its socket; then say which."""
        app, began = self.app, self.app.model.now()
        problem = ""
        try:
            ended = await self._relay(stream, again=again)
        except BakehouseError as error:
            ended, problem = "", str(error)
        finally:
            with suppress(BakehouseError, OSError):
                await stream.close()
            self._close()
        time = formats.duration(app.model.now() - began)
        words = STEP_WORDS if app.main.shell.own else WORDS
        said = problem or words[ended].format(time)
        app.main.say(said, "warning" if problem else "muted")
        if ended == "left":
            self._left = app.main.shell.build, said

    async def _relay(self, stream: Stream, *, again: bool) -> str:
        """Raises BakehouseError if there is no such shell."""
        try:
            async with asyncio.TaskGroup() as tasks:
                shown = tasks.create_task(self._show(stream, again=again))
                typed = tasks.create_task(self._type(stream))
                await asyncio.wait([shown, typed], return_when=asyncio.FIRST_COMPLETED)
                ended = shown.result() if shown.done() else typed.result()
                shown.cancel()
                typed.cancel()
        except ExceptionGroup as group:
            raise first_of(group) from group
        return ended

    async def _show(self, stream: Stream, *, again: bool) -> str:
        """Until the end. again: what comes first was shown before, and its questions were answered then."""
        pane, any_yet = self.app.main.shell, False
        try:
            while data := await stream.read():
                engine = pane.engine
                if engine is None:
                    break
                engine.feed(data)
                replies, engine.replies = engine.replies, b""
                if replies and (any_yet or not again):
                    self._typed.put_nowait(replies)
                any_yet = True
                self.app.draw_shell()
        except Disconnected:
            return "lost"
        except Refused:
            if not any_yet:
                raise
            return "lost"  # the engine said goodbye: the run is over
        return "ended"

    async def _type(self, stream: Stream) -> str:
        """What is typed, and new sizes, in their order; what was typed before ctrl+] still goes."""
        try:
            while (what := await self._typed.get()) is not None:
                if isinstance(what, bytes):
                    await stream.write(what)
                else:
                    await stream.resize(*what)
        except Disconnected:
            return "lost"
        return "left"

    def _close(self) -> None:
        main = self.app.main
        main.shell.engine = None
        main.show_panel(main.panel)
        main.repaint()
