"""Reading data sources while a template is compiled.

Compiling is a plain function: it is called where no event loop runs (at the start of a build, by `validate`), and from
a worker thread of an engine whose loop does run. So what is read is read in a thread with a loop of its own, and the
compiler waits for whatever is ready next; all evaluating stays in the compiler's thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Any

from bakehouse.errors import DataError
from bakehouse.sdk import DataSource

if TYPE_CHECKING:
    import asyncio  # takes 30 ms, and most templates read nothing

SLOW = 5.0
"""Seconds of waiting after which, and again after each, it is said what is waited for."""
LAST_WORDS = 10.0
"""Seconds that what is still being read has to end; after that its thread is left behind."""
AT_ONCE = 32
"""Data sources that are read at the same time: each may be a process."""


def _say_nothing(text: str) -> None:
    pass


@dataclass(slots=True)
class Reading:
    """How data sources are read. execute: whether they are at all; otherwise only their types are known.

    kept: what was read, by name and options. Whoever compiles revisions of one plan hands the same `Reading` in again:
    then a source whose options are as before is not read again, so that looking at an edit neither asks a service nor
    runs a program twice, and a build goes on with the values it began with. What failed is not kept.
    notice: told, for people, what is slow.
    """

    execute: bool = True
    notice: Callable[[str], object] = _say_nothing
    kept: dict[Hashable, Any] = field(default_factory=dict)


class Reader:
    """Reads data sources at the same time. A context manager: leaving it ends what is still being read."""

    def __init__(self, notice: Callable[[str], object]) -> None:
        self._notice = notice
        self._started: dict[str, float] = {}
        self._done: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._inbox: asyncio.Queue[tuple[str, DataSource]]
        self._serving: asyncio.Task[None]

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self._serving.cancel)
            self._thread.join(LAST_WORDS)

    @property
    def busy(self) -> bool:
        """Whether anything is being read."""
        return bool(self._started)

    def start(self, name: str, source: DataSource) -> None:
        """Begin to read a source."""
        if self._thread is None:
            self._thread = self._serve_in_thread()
        self._started[name] = monotonic()
        self._loop.call_soon_threadsafe(self._inbox.put_nowait, (name, source))

    def next(self) -> tuple[str, Any]:
        """The name of the next one that is done, and its output or the exception that it raised."""
        while True:
            try:
                name, result = self._done.get(timeout=SLOW)
            except Empty:
                if self._thread is None or not self._thread.is_alive():
                    raise DataError("The reader of data sources has ended without an answer.") from None
                now = monotonic()
                shown = [f"{name} ({now - since:.0f} s)" for name, since in self._started.items()]
                self._notice(f"Still reading {', '.join(shown)}")
                continue
            del self._started[name]
            return name, result

    def _serve_in_thread(self) -> threading.Thread:
        import asyncio

        ready = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(ready)), name="data sources", daemon=True)
        thread.start()
        while not ready.wait(1.0):
            if not thread.is_alive():
                raise DataError("The reader of data sources cannot be started.")
        return thread

    async def _serve(self, ready: threading.Event) -> None:
        import asyncio

        current = asyncio.current_task()
        assert current is not None
        self._loop, self._inbox, self._serving = asyncio.get_running_loop(), asyncio.Queue(), current
        limit = asyncio.Semaphore(AT_ONCE)
        ready.set()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    name, source = await self._inbox.get()
                    group.create_task(self._read(name, source, limit))
        except asyncio.CancelledError:
            return

    async def _read(self, name: str, source: DataSource, limit: asyncio.Semaphore) -> None:
        """A fault of a component must not look like one of the template, but it must not be lost, either."""
        async with limit:
            try:
                self._done.put((name, await source.read()))
            except DataError as error:
                self._done.put((name, error))
            except Exception as error:
                what = f"This is a fault of the data source: {type(error).__name__}: {error}"
                self._done.put((name, DataError(what)))
