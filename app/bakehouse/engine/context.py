"""The step's side of the engine: what components know as `bakehouse.sdk.Context`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from bakehouse.engine.ports import Offers, Sink
from bakehouse.engine.removal import Claims
from bakehouse.engine.script_watch import Watch, Watching
from bakehouse.record.events import Progress, SpanFinished, SpanStarted, WaitsForInput
from bakehouse.record.log import SAY, STDERR, STDOUT, WARN
from bakehouse.sdk import BuildFacts, Context, Resource, Stream, Terminal
from bakehouse.template.plan import FileRecord

_INNER: ContextVar[tuple[int, int]] = ContextVar("_INNER", default=(0, 0))
"""The span that prints in this task, as (attempt, span); of an attempt that is over it counts for nothing."""
_STREAMS = {"stdout": STDOUT, "stderr": STDERR}


class Files:
    """The texts of the plan in force. Relative paths start at `cwd`."""

    def __init__(self, files: Mapping[str, FileRecord], cwd: str) -> None:
        self._cwd = cwd
        self.replace(files)

    def replace(self, files: Mapping[str, FileRecord]) -> None:
        """A new revision is in force."""
        self._contents = {self._place(path): record.content for path, record in files.items()}

    def read(self, path: str | Path) -> bytes:
        """The bytes that the plan holds, else those on disk. Raises OSError."""
        place = self._place(path)
        content = self._contents.get(place)
        return Path(place).read_bytes() if content is None else content

    def _place(self, path: str | Path) -> str:
        return os.path.normpath(os.path.join(self._cwd, path))


class StepContext(Context):
    """One attempt of a step. What is printed inside of `span` belongs to that span, in each task by itself.

    step: key of the step to which what is claimed belongs, "" for the build itself. offers: of terminals; taken up
    where local children are lowered, since such a run began with somebody at a dashboard (DESIGN 6).
    """

    def __init__(
        self,
        build: BuildFacts,
        sink: Sink,
        claims: Claims,
        files: Files,
        span: int,
        step: str,
        watching: Watching | None = None,
        offers: Offers | None = None,
    ) -> None:
        self.build = build
        self._sink = sink
        self._claims = claims
        self._files = files
        self._attempt = span
        self.step = step
        self._watching = watching
        self._offers = offers
        self._watches: list[Watch] = []

    @property
    def _span(self) -> int:
        attempt, span = _INNER.get()
        return span if attempt == self._attempt else self._attempt

    def say(self, text: str) -> None:
        self._sink.output(self._span, SAY, _lines(text))

    def warn(self, text: str) -> None:
        self._sink.output(self._span, WARN, _lines(text))

    def output(self, stream: Stream, data: bytes) -> None:
        self._sink.output(self._span, _STREAMS[stream], data)

    def progress(self, done: int, total: int | None, unit: str = "bytes") -> None:
        self._sink.live(Progress(done, total or 0, unit), self._span)

    def read(self, path: str | Path) -> bytes:
        return self._files.read(path)

    async def claim(
        self, kind: str, name: str, details: Mapping[str, str] | None = None, *, owner: str = ""
    ) -> Resource:
        resource = Resource(
            owner=owner or f"builder:{self.build.builder_type}",
            kind=kind,
            name=name,
            run=self.build.run_id,
            build=self.build.key,
            step=self.step,
            details=dict(details or {}),
        )
        await self._claims.claim(resource)
        return resource

    async def update(self, resource: Resource, *, id: str | None = None, kept: bool | None = None) -> None:
        if id is not None:
            resource.id = id
        if kept is not None:
            resource.kept = kept
        await self._claims.note(resource)

    async def gone(self, resource: Resource) -> None:
        await self._claims.strike(resource)

    @contextmanager
    def terminal(self) -> Iterator[Terminal | None]:
        terminal = self._offers.offer(self._attempt) if self._offers and self.build.nice else None
        try:
            yield terminal
        finally:
            if terminal is not None and self._offers is not None:
                self._offers.withdraw(self._attempt)

    def asks(self, question: str) -> None:
        self._sink.emit(WaitsForInput(question), self._attempt)

    def watch(self, script: str) -> Watch | None:
        watch = self._watching.watch(self.step, self._attempt, script) if self._watching else None
        if watch is not None:
            self._watches.append(watch)
        return watch

    def end_watches(self) -> None:
        """Nothing of the attempt runs any more."""
        for watch in self._watches:
            watch.close()

    def tell_swallowed(self) -> None:
        """The attempt went well: point out what its scripts passed over."""
        for watch in self._watches:
            watch.tell_swallowed()

    @contextmanager
    def span(self, title: str, kind: str = "sub-step") -> Iterator[None]:
        parent = self._span
        span = self._sink.begin(SpanStarted(kind, title, step=self.step, parent=parent))
        token = _INNER.set((self._attempt, span))
        outcome, error = "failed", ""
        try:
            yield
            outcome = "ok"
        except Exception as failure:
            error = str(failure)
            raise
        except BaseException:
            outcome = "cancelled"
            raise
        finally:
            _INNER.reset(token)
            self._sink.emit(SpanFinished(outcome, error), span)


def _lines(text: str) -> bytes:
    return text.rstrip("\n").encode("utf-8", "replace") + b"\n"
