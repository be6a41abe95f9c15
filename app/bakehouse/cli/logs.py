"""`bakehouse logs`: what a run printed, of one build or of all of them in the order of time; as it comes, too."""

from __future__ import annotations

import asyncio
import difflib
import heapq
import os
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import aclosing

from bakehouse.cli import find, reach
from bakehouse.cli.flags import Flag, Parsed
from bakehouse.cli.listening import not_lost
from bakehouse.cli.page import Page
from bakehouse.cli.reach import Place
from bakehouse.cli.telling import complain
from bakehouse.errors import RecordError, UsageError
from bakehouse.headless.chunks import ANY, Chunk, Chunks
from bakehouse.headless.json_lines import encode_chunk
from bakehouse.headless.machine_readable import Lines, screen
from bakehouse.headless.output import Output
from bakehouse.headless.shapes import Shape, commandless
from bakehouse.record.events import NANOSECONDS
from bakehouse.record.fold import fold
from bakehouse.record.reader import LOOK_AGAIN
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.sound import SoundReader, log_damage
from bakehouse.record.state import BuildState, RunState

PAGE = Page(
    "logs RUN [BUILD] [flags]",
    "Prints what a run printed: of one build as it came, of all builds line by line\nin the order of time. "
    "Into a pipe or a file colours go along, and nothing else\nthat would command a terminal.",
    (
        Flag("f", help="go on as lines come, until the run ends"),
        Flag("since", "duration", "only the last part, up to now or to the run's end: 90s, 10m", "10m"),
        Flag("step", "text", "only of this step, by number, title or key", "STEP"),
        Flag("json", help="one JSON object a line, as build --json has them"),
        Flag("raw", help="of one build every byte, wherever it goes"),
    ),
    (
        ("logs 7f3", "every build"),
        ("logs 7f3 docker", "one build, as it came"),
        ("logs 7f3 docker --step 4", "one step of it"),
        ("logs 7f3 -f --since 1m", "the last minute, and what comes"),
    ),
    least=1,
    most=2,
    wanted="needs a run, and a build or none",
)


def main(arguments: list[str]) -> int:
    """Exit code 0, also where some of the record cannot be read.

    Raises RecordError if nothing of it can be, SessionError if the run is lost while it is followed.
    """
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    place = reach.readable(parsed.arguments[0])
    try:
        if place.directory is None:
            asyncio.run(_shared(place, parsed))
            return 0
        shown, was_alive = _Shown(place.directory, parsed), place.directory.alive
        while shown.more():
            time.sleep(LOOK_AGAIN)
        for sentence in shown.damage():
            complain(f"Warning: {sentence}")
        if was_alive and parsed.on("f"):
            not_lost(place.directory)
    except KeyboardInterrupt:
        return 0  # left early
    return 0


async def _shared(place: Place, parsed: Parsed) -> None:
    """Of somebody else's run, by a copy that grows. Raises SessionError."""
    session = await place.session("logs", watch=True)
    try:
        async with aclosing(session.events()) as batches:
            await reach.caught_up(session, batches)
            shown = _Shown(RunDirectory(session.directory), parsed)
            while shown.more() and await anext(batches, None) is not None:
                pass
            shown.more()
    finally:
        await session.close()


class _Shown:
    """What a command line asks for of a run. Raises UsageError if there is no such build or step."""

    def __init__(self, directory: RunDirectory, parsed: Parsed) -> None:
        self._directory = directory
        self._follows = parsed.on("f")
        self._reader, self._state, self._output = (
            SoundReader(directory.path),
            RunState(),
            Lines() if screen() else Output(),
        )
        fold(self._reader.read(), self._state)
        if not self._state.seq and not directory.alive:
            raise RecordError(f"Run {directory.run} has no events that can be read: {directory.events}.")
        name = parsed.arguments[1] if len(parsed.arguments) == 2 else ""
        build, step = find.build(self._state, name).key if name else "", parsed.text("step")
        if parsed.given("step"):
            spans(self._state, _of(self._state, build), step)
        back = round(parsed.seconds("since", 0) * NANOSECONDS)
        since = _end(directory, self._state) - back if parsed.given("since") else 0
        plain = not parsed.on("raw") and not os.isatty(1)
        self._log = Log(directory, build, step, since, json=parsed.on("json"), plain=plain)

    def more(self) -> bool:
        """Print what there is; whether more is wanted and may come."""
        alive = self._directory.alive
        fold(self._reader.read(), self._state)
        for piece in self._log.new(self._state, whole=not (alive and self._log.picks)):
            self._output.write(piece)
        return alive and self._follows

    def damage(self) -> list[str]:
        """What of the record cannot be read, so that lines may be missing."""
        over = not self._directory.alive
        logs = log_damage(self._directory.path, [build.key for build in self._log.builds(self._state)], ended=over)
        return self._reader.damage(ended=over) + logs


class Log:
    """What is wanted of a run's logs. build: a key, "" for all. step: as written, "" for all. since: ns, 0 for all.

    plain: without what would command a terminal, but colours.
    """

    def __init__(
        self, directory: RunDirectory, build: str, step: str, since: int, *, json: bool, plain: bool = False
    ) -> None:
        self._directory = directory
        self._whole = unchanged if not plain else commandless
        self._build, self._step, self._since, self._json = build, step, since, json
        self._logs: dict[str, Chunks] = {}
        self._newest = ANY

    @property
    def picks(self) -> bool:
        """Whether it matters whose a line is."""
        return bool(self._step)

    def builds(self, state: RunState) -> list[BuildState]:
        """Those whose lines are wanted."""
        return _of(state, self._build)

    def new(self, state: RunState, *, whole: bool = True) -> Iterator[bytes]:
        """What came since the last call, ready to be written. whole: lines ahead of the events are not left for later,
        when it is known whose they are."""
        self._newest = ANY if whole else max(state.spans, default=0)
        builds = self.builds(state)
        wanted = spans(state, builds, self._step) if self._step else None
        if self._build:
            for chunk in self._chunks(self._build, wanted):
                yield encode_chunk(self._build, chunk) if self._json else self._whole(chunk.text)
            return
        for _, _, line in heapq.merge(*(self._lines(build, wanted) for build in builds)):
            yield line

    def _chunks(self, build: str, wanted: set[int] | None) -> Iterator[Chunk]:
        chunks = self._logs.setdefault(build, Chunks(self._directory.log(build)))
        for chunk in chunks.read(self._newest):
            if wanted is None or chunk.span in wanted:
                yield from _since(chunk, self._since)

    def _lines(self, build: BuildState, wanted: set[int] | None) -> Iterator[tuple[int, str, bytes]]:
        shapes = [Shape.of(build.name, stream, None) for stream in range(4)]
        for chunk in self._chunks(build.key, wanted):
            shape = shapes[min(chunk.stream, 3)]
            if self._json:
                lines = encode_chunk(build.key, chunk).splitlines(keepends=True)
            else:
                lines = [shape.lines(line + b"\n") for line in chunk.text.split(b"\n")[:-1]]
            for at, line in zip(chunk.times, lines, strict=False):
                yield at, build.key, line


def unchanged(text: bytes) -> bytes:
    """The text."""
    return text


def spans(state: RunState, builds: list[BuildState], name: str) -> set[int]:
    """The spans of every attempt at a step of these builds, and all below them. Raises UsageError if none has it."""
    steps = [step for build in builds for step in build.steps.values()]
    keys = {step.info.key for step in steps if name in (str(step.info.number), step.info.title, step.info.key)}
    if not keys:
        known = list(dict.fromkeys(f"  {step.info.number} {step.info.title}" for step in steps))
        near = difflib.get_close_matches(name, [step.info.title for step in steps], 1)
        one = f'Build {builds[0].name} has no step "{name}".' if len(builds) == 1 else ""
        has = one or f'No build of this run has a step "{name}".'
        maybe = f' Did you mean "{near[0]}"?' if near else ""
        raise UsageError("\n".join([f"{has}{maybe} It has:" if one else f"{has}{maybe} There are:", *known]))
    found = set[int]()
    for span in state.spans.values():
        if span.parent in found or span.step in keys:
            found.add(span.id)
    return found


def _of(state: RunState, key: str) -> list[BuildState]:
    return [build for build in state.builds.values() if not key or build.key == key]


def _end(directory: RunDirectory, state: RunState) -> int:
    """Now, or the last that was heard of a run that is over; ns since 1970."""
    if directory.alive:
        return time.time_ns()
    ends = [state.finished, *(span.finished or span.started for span in state.spans.values())]
    return max(ends, default=0)


def _since(chunk: Chunk, at: int) -> Iterator[Chunk]:
    """The chunk from the first line on that came at `at` or later."""
    skip = bisect_left(chunk.times, at) if at else 0
    if not skip:
        yield chunk
    elif skip < len(chunk.times):
        start = 0
        for _ in range(skip):
            start = chunk.text.index(b"\n", start) + 1
        yield Chunk(chunk.first + skip, chunk.stream, chunk.span, chunk.times[skip:], chunk.text[start:])
