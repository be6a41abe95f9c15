"""A run as Packer prints one: its line shapes, its order, its summary (packer-sdk `ui`, `command/build`)."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bakehouse.headless import durations, summary
from bakehouse.headless.chunks import ANY, EVER, Chunk, Chunks
from bakehouse.headless.output import Output
from bakehouse.headless.shapes import COLOURS, RED, Shape
from bakehouse.record import events
from bakehouse.record.events import NANOSECONDS, Event
from bakehouse.record.fold import fold
from bakehouse.record.log import SAY, WARN
from bakehouse.record.state import BuildState, RunState


class Printer:
    """Shows a run as plain lines. Log text is read from the run's files, whole pieces at a time.

    aside: prints a line where Packer has none; not into the output, which others may parse. attached: who reads it
    need not be told how to attach. replay: the run is past, so that what is said has the time of its event.
    """

    def __init__(
        self,
        directory: Path,
        output: Output,
        *,
        colour: bool = False,
        stamps: bool = False,
        aside: Callable[[str], None],
        attached: bool = False,
        replay: bool = False,
    ) -> None:
        self.state = RunState()
        self._directory = directory
        self._output = output
        self._colour = colour
        self._stamps = stamps
        self._aside = aside
        self._attached = attached
        self._replay, self._at = replay, 0
        self._past: set[tuple[str, int]] = set()
        self._logs: dict[str, Chunks] = {}
        self._shapes: dict[tuple[str, str, int], Shape] = {}
        self._special = {
            "PlanRevised": self._announce,
            "RunStopping": self._stopping,
            "RunFinished": self._end,
            "Diagnostic": self._diagnostic,
            "OutputLost": self._output_lost,
        }
        self._of_build = {
            "BuildPaused": self._paused,
            "BuildResumed": self._resumed,
            "HoldChanged": self._held,
            "BuildFinished": self._finished,
            "FailureSwallowed": self._unnoticed,
        }

    def take(self, batch: list[Event]) -> None:
        """Show what these events say, and every line that was printed before them. Raises OSError."""
        self._past = {(fact.build, fact.span) for fact in batch if fact.kind == "BuildResumed"}
        grown = dict.fromkeys(fact.build for fact in batch if fact.kind == "OutputGrew")
        for fact in batch:
            self._at = fact.at
            if fact.kind == "SpanStarted" and fact.build in self.state.builds:
                self._begun(self.state.builds[fact.build], fact)
            fold((fact,), self.state)
            if fact.kind == "SpanFinished":
                self._print_log(fact.build, fact.at)
            elif fact.kind in self._of_build and fact.build in self.state.builds:
                self._print_log(fact.build, fact.at)
                self._of_build[fact.kind](self.state.builds[fact.build], fact)
            elif fact.kind in self._special:
                self._special[fact.kind](fact)
        for build in grown:
            self._print_log(build)
        self._tell_waits(batch)

    def _tell_waits(self, batch: list[Event]) -> None:
        """Which builds wait for others since these events, in one line for all that wait for the same."""
        waiting: dict[str, list[str]] = {}
        for key in dict.fromkeys(fact.build for fact in batch if fact.kind == "BuildWaits"):
            build = self.state.builds.get(key)
            if build is not None and build.waits:
                waiting.setdefault(build.waits, []).append(build.name)
        for why, names in waiting.items():
            self._aside(f"{names[0]} waits for {why}" if len(names) == 1 else f"{len(names)} builds wait for {why}")

    def _print_log(self, build: str, until: int = EVER) -> None:
        """What came up to `until`; all of it, once the build has ended."""
        if build not in self.state.builds:
            return
        chunks = self._logs.setdefault(build, Chunks(self._directory / "logs" / f"{build}.log"))
        ended = self.state.builds[build].ended
        newest = ANY if ended else next(reversed(self.state.spans), 0)
        for chunk in chunks.read(newest, EVER if ended else until):
            self._write(self.state.builds[build], chunk)

    def _write(self, build: BuildState, chunk: Chunk) -> None:
        """Lines of a log."""
        shape = self._shape(build, chunk.stream, chunk.span)
        self._output.write(shape.stamped(chunk.text, chunk.times) if self._stamps else shape.lines(chunk.text))

    def _shape(self, build: BuildState, stream: int, span: int) -> Shape:
        label = self._label(build, span)
        key = (build.key, label, stream)
        if key not in self._shapes:
            self._shapes[key] = Shape.of(label, stream, self._colour_of(build))
        return self._shapes[key]

    def _label(self, build: BuildState, span: int) -> str:
        """The build's name; what a post-processor prints has its type behind it."""
        found = self.state.spans.get(span)
        while found is not None and not found.step:
            found = self.state.spans.get(found.parent)
        step = build.steps.get(found.step) if found is not None else None
        if step is None or step.info.kind != "post-processor":
            return build.name
        return f"{build.name} ({step.info.type})"

    def _colour_of(self, build: BuildState) -> int | None:
        if not self._colour:
            return None
        return COLOURS[list(self.state.builds).index(build.key) % len(COLOURS)]

    def _line(self, text: str, *, wrong: bool = False) -> None:
        if self._replay and text:
            text = f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(self._at // NANOSECONDS))}: {text}"
        if wrong and self._colour:
            text = f"\x1b[1;{RED}m{text}\x1b[0m"
        self._output.write(text.encode() + b"\n")

    def _say(self, build: BuildState, text: str, stream: int = SAY) -> None:
        data = text.encode() + b"\n"
        shape = Shape.of(build.name, stream, self._colour_of(build))
        at = self._now()
        self._output.write(shape.stamped(data, [at] * (text.count("\n") + 1)) if self._stamps else shape.lines(data))

    def _now(self) -> int:
        return self._at if self._replay else time.time_ns()

    def _announce(self, fact: Event) -> None:
        if fact.decode(events.PlanRevised).revision != 1:
            return
        count = len(self.state.builds)
        self._aside(f"run {self.state.run}, {count} build{'' if count == 1 else 's'}. "
                    f"Attach with: bakehouse attach {self.state.run}")  # fmt: skip
        if self._colour:
            for build in self.state.builds.values():
                self._line(f"\x1b[1;{self._colour_of(build)}m{build.name}: output will be in this color.\x1b[0m")
            self._line("")

    def _stopping(self, fact: Event) -> None:
        body = fact.decode(events.RunStopping)
        self._line(summary.stopping(body.how, body.by), wrong=True)

    def _diagnostic(self, fact: Event) -> None:
        body = fact.decode(events.Diagnostic)
        self._aside(f"{body.severity.capitalize()}: {body.text}")

    def _output_lost(self, fact: Event) -> None:
        body = fact.decode(events.OutputLost)
        self._aside(f"Error: {body.bytes} bytes of output could not be written: {body.reason}")

    def _begun(self, build: BuildState, fact: Event) -> None:
        """Packer announces a post-processor before its own lines, and leaves a blank where it has no name."""
        body = fact.decode(events.SpanStarted)
        step = build.steps.get(body.step)
        if body.type == "attempt" and step is not None and step.info.kind == "post-processor":
            self._print_log(build.key, fact.at)
            self._say(build, f"Running post-processor: {step.info.name} (type {step.info.type})")

    def _paused(self, build: BuildState, fact: Event) -> None:
        if build.pause is None:
            return
        past = self._replay or (build.key, fact.span) in self._past
        self._say(build, summary.pause(build, build.pause, self._now(), past=past))
        if not past and not self._attached:
            self._say(build, f"bakehouse attach {self.state.run}")

    def _held(self, build: BuildState, fact: Event) -> None:
        body = fact.decode(events.HoldChanged)
        by = f", by {body.by}" if body.by else ""
        if build.pause is not None:
            self._say(build, f"machine kept {summary.until(body.until, self._now())}{by}")

    def _resumed(self, build: BuildState, fact: Event) -> None:
        body = fact.decode(events.BuildResumed)
        if body.by not in ("hold", "space"):  # of these ends the engine itself speaks
            self._say(build, f"{body.verb}, by {body.by}" if body.by else body.verb)

    def _unnoticed(self, build: BuildState, fact: Event) -> None:
        body = fact.decode(events.FailureSwallowed)
        if body.how != "note":
            self._say(build, f"line {body.line} failed unnoticed (exit code {body.exit_status}): {body.command}", WARN)

    def _finished(self, build: BuildState, fact: Event) -> None:
        took = f" after {durations.long(build.finished - build.started)}" if build.started else ""
        if build.status == "succeeded":
            self._line(f"Build '{build.name}' finished{took}.")
        elif build.started or build.status == "failed":
            error, _, more = (build.error or build.status).partition("\n")
            self._line(f"Build '{build.name}' errored{took}: {error}", wrong=True)
            if more:
                self._say(build, more, WARN)

    def _end(self, fact: Event) -> None:
        for build in self.state.builds:
            self._print_log(build)
        for line in summary.end(self.state):
            self._line(line)
