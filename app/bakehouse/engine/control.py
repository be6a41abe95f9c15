"""How decisions reach a build that is in the middle of something.

A listener takes decisions as they come. One that answers a pause waits to be asked for. One that ends the build
cancels the scope in which the build works now, as `asyncio.timeout` does it; what runs outside of a scope, removal
above all, is out of its reach.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bakehouse.engine.ports import Commands, Decision
from bakehouse.errors import StepError

ANSWERS = frozenset({"continue", "next", "retry", "edit-retry", "skip", "rollback", "rollback-retry"})
Heard = Callable[[Decision], None]


class Interrupted(Exception):
    """The build was told to end; `decision` says how. Not a StepError: no step failed."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(decision.reason or "cancelled")
        self.decision = decision


class Control:
    """The decisions about one build."""

    def __init__(self, commands: Commands) -> None:
        self.stop_after_step: Decision | None = None
        self.forced = False
        self.paused = False
        self.in_script = False
        self._commands = commands
        self._ending: Decision | None = None
        self._answers: asyncio.Queue[Decision] = asyncio.Queue()
        self._working: asyncio.Task[object] | None = None
        self._removing: asyncio.Task[object] | None = None

    async def listen(self, on_shell: Heard, on_plan: Heard, on_question: Heard, on_breakpoints: Heard) -> None:
        """Take decisions until cancelled. Breakpoints, a new plan, a shell and a question are passed on at once."""
        while True:
            decision = await self._commands.next()
            if decision.breakpoints is not None:
                on_breakpoints(decision)
            if decision.plan is not None:
                on_plan(decision)
            if decision.verb in ANSWERS:
                self._answers.put_nowait(decision)
            elif decision.verb == "shell":
                on_shell(decision)
            elif decision.number:
                on_question(decision)
            elif decision.verb == "cancel":
                self._end(decision)
            elif decision.verb == "stop-after-step":
                self._after_step(decision)
            elif decision.verb in ("cut", "force"):
                self._cut(decision)

    @property
    def ending(self) -> Decision | None:
        """How the build was told to end, if it was."""
        return self._ending

    def check(self) -> None:
        """Raises Interrupted if the build was told to end."""
        if self._ending is not None:
            raise Interrupted(self._ending)

    def check_step(self) -> None:
        """The same between two steps, where `stop-after-step` counts too."""
        if self.stop_after_step is not None:
            self._ending = self._ending or self.stop_after_step
        self.check()

    @contextmanager
    def scope(self) -> Iterator[None]:
        """What is awaited inside is cancelled when the build is told to end. Raises Interrupted then."""
        self.check()
        task = self._working = current_task()
        cancelling = task.cancelling()
        try:
            yield
        except BaseException as error:
            if self._ending is None:
                raise
            if task.uncancel() > cancelling and isinstance(error, asyncio.CancelledError):
                raise  # somebody else cancelled the task too
            raise Interrupted(self._ending) from error
        finally:
            self._working = None
        if self._ending is not None:
            task.uncancel()
            raise Interrupted(self._ending)

    @contextmanager
    def removal(self) -> Iterator[None]:
        """What is awaited inside is cancelled by `cut` and `force` alone. Raises StepError then."""
        task = self._removing = current_task()
        cancelling = task.cancelling()
        try:
            yield
        except asyncio.CancelledError:
            if self._removing is None and task.uncancel() <= cancelling:
                raise StepError("cut short") from None
            raise
        finally:
            self._removing = None

    async def answer(self) -> Decision:
        """Wait for the answer to a pause. Raises Interrupted."""
        self.paused = True
        try:
            with self.scope():
                return await self._answers.get()
        finally:
            self.paused = False

    async def answer_in_script(self) -> Decision:
        """The same for a script that stands in the midst of an attempt, whose scope it is within."""
        self.in_script = True
        try:
            return await self._answers.get()
        finally:
            self.in_script = False

    def _end(self, decision: Decision) -> None:
        if self._ending is None:
            self._ending = decision
            if self._working is not None:
                self._working.cancel()

    def _after_step(self, decision: Decision) -> None:
        self.stop_after_step = decision
        if self.paused:
            self._end(decision)
        elif self.in_script:  # the step is to end first
            self._answers.put_nowait(Decision("continue", decision.by))

    def _cut(self, decision: Decision) -> None:
        self.forced = self.forced or decision.verb == "force"
        self._end(decision)
        if self._removing is not None:
            task, self._removing = self._removing, None
            task.cancel()


def current_task() -> asyncio.Task[object]:
    """The task that runs now."""
    task = asyncio.current_task()
    assert task is not None
    return task
