"""One step: its attempts, each a span, with Packer's `pause_before`, `timeout` and `max_retries`."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from bakehouse.engine.context import Files, StepContext
from bakehouse.engine.control import Control, Interrupted
from bakehouse.engine.ports import Offers, Sink
from bakehouse.engine.removal import Claims
from bakehouse.engine.script_watch import Watching
from bakehouse.errors import BakehouseError, CommandFailed, StepTimeout
from bakehouse.record.events import SpanFinished, SpanStarted
from bakehouse.sdk import BuildFacts
from bakehouse.sdk.flow import current
from bakehouse.template.plan import StepPlan

LOGGER = logging.getLogger(__name__)
Work = Callable[[StepContext], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How the last attempt of a step ended: `error` is None if it went well."""

    span: int
    number: int
    error: BakehouseError | None = None

    @property
    def exit_status(self) -> int | None:
        """Of the command that failed, if one did."""
        return self.error.exit_status if isinstance(self.error, CommandFailed) else None


class Clock:
    """The time that an attempt may take; it stands still while a person looks at the attempt from inside, and while
    its output is held."""

    def __init__(self) -> None:
        self._limit: asyncio.Timeout | None = None
        self._left: float | None = None

    @asynccontextmanager
    async def within(self, seconds: float) -> AsyncIterator[asyncio.Timeout]:
        """No longer than `seconds`, 0 for no limit. Raises TimeoutError."""
        async with asyncio.timeout(seconds or None) as limit:
            self._limit = limit
            try:
                with current().heeded(self._hold, self._go_on):
                    yield limit
            finally:
                self._limit, self._left = None, None

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """No time passes inside."""
        limit = self._limit
        self._hold()
        try:
            yield
        finally:
            if self._limit is limit:
                self._go_on()

    def _hold(self) -> None:
        when = self._limit.when() if self._limit is not None else None
        if self._limit is not None and when is not None:
            self._left = when - asyncio.get_running_loop().time()
            self._limit.reschedule(None)

    def _go_on(self) -> None:
        if self._limit is not None and self._left is not None:
            self._limit.reschedule(asyncio.get_running_loop().time() + self._left)
            self._left = None


class Steps:
    """Runs the steps of one build. Attempts are counted by step, over retries by hand as well."""

    def __init__(self, build: BuildFacts, sink: Sink, control: Control, claims: Claims, files: Files) -> None:
        self.build = build
        self.revision = 1
        self.clock = Clock()
        self.watching: Watching | None = None
        self.offers: Offers | None = None
        self._sink = sink
        self._control = control
        self._claims = claims
        self._files = files
        self._attempts: Counter[str] = Counter()

    async def run(self, step: StepPlan, work: Work, *, type: str = "attempt") -> Attempt:
        """Try until it works or `max_retries` is used up. Raises Interrupted, nothing else."""
        left = step.max_retries
        while True:
            attempt = await self._try(step, work, type, left)
            if attempt.error is None or not left:
                return attempt
            left -= 1

    def check(self) -> None:
        """Between two steps. Raises Interrupted if the build was told to end."""
        self._control.check_step()

    async def room(self) -> None:
        """Wait until all that was printed is kept. Raises Interrupted."""
        with self._control.scope():
            await self._sink.room()

    def silent(self) -> StepContext:
        """A context outside of any span."""
        return StepContext(self.build, self._sink, self._claims, self._files, 0, "")

    @contextmanager
    def aside(self, title: str, type: str = "sub-step", step: str = "") -> Iterator[StepContext]:
        """A span of the build that is no step of the plan. Errors pass through."""
        span = self._sink.begin(SpanStarted(type, title, step=step, revision=self.revision))
        outcome, text = "cancelled", ""
        try:
            with self._control.scope():
                yield StepContext(self.build, self._sink, self._claims, self._files, span, step)
            outcome = "ok"
        except Exception as error:
            if not isinstance(error, Interrupted):
                outcome, text = "failed", str(error)
            raise
        finally:
            self._sink.emit(SpanFinished(outcome, text), span)

    async def _try(self, step: StepPlan, work: Work, type: str, left: int) -> Attempt:
        if type == "attempt":
            self._control.check()
        self._attempts[step.key] += 1
        number = self._attempts[step.key]
        undone = await self._undone(step) if number > 1 else None
        body = SpanStarted(type, step.title, step=step.key, attempt=number, revision=self.revision)
        span = self._sink.begin(body)
        context = StepContext(
            self.build, self._sink, self._claims, self._files, span, step.key, self.watching, self.offers
        )
        outcome, attempt = "cancelled", Attempt(span, number)
        try:
            if undone is not None:
                raise undone
            await self._within_limits(step, work, context, shielded=type != "attempt")
            outcome = "ok"
        except (Interrupted, asyncio.CancelledError):
            raise
        except Exception as error:
            outcome, attempt = "failed", Attempt(span, number, _known(error, step))
            self._sink.settle(span)
            context.warn(_told(attempt.error, left))
        finally:
            context.end_watches()
            error_text = str(attempt.error) if attempt.error else ""
            self._sink.emit(SpanFinished(outcome, error_text, attempt.exit_status), span)
        if attempt.error is None:
            context.tell_swallowed()
        return attempt

    async def _undone(self, step: StepPlan) -> BakehouseError | None:
        try:
            await self._claims.undo(step.key)
        except BakehouseError as error:
            return error
        return None

    async def _within_limits(self, step: StepPlan, work: Work, context: StepContext, *, shielded: bool) -> None:
        """The pause, then the work within its timeout. Packer drops the timeout where there is a pause."""
        with self._control.removal() if shielded else self._control.scope():
            await self._sink.room()
            if step.pause_before:
                context.say(f"Pausing {step.pause_before:g} s before {step.title}")
                await asyncio.sleep(step.pause_before)
            try:
                async with self.clock.within(step.timeout) as timeout:
                    await work(context)
            except TimeoutError as error:
                if not timeout.expired():
                    raise
                raise StepTimeout(f"It ran longer than its timeout of {step.timeout:g} s.") from error


def _known(error: Exception, step: StepPlan) -> BakehouseError:
    """An error that people can read; the engine's own log has the rest of what nobody expected."""
    if isinstance(error, BakehouseError):
        return error
    LOGGER.error("Step %s failed unexpectedly", step.key, exc_info=error)
    name = step.type or "builder"
    return BakehouseError(f"{type(error).__name__} in {name}: {error} (a fault in the program; engine.log has more)")


def _told(error: BakehouseError | None, left: int) -> str:
    if not left:
        return f"{error}"
    return f"{error}\nTrying again: {left} {'try' if left == 1 else 'tries'} left."
