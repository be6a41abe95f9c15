"""A run as records of `-machine-readable`: what the printer prints, and for programs artifacts and errors by build."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bakehouse.headless import summary
from bakehouse.headless.chunks import Chunk
from bakehouse.headless.machine_readable import COMMA, ERROR, SAY, record
from bakehouse.headless.output import Output
from bakehouse.headless.printer import Printer
from bakehouse.headless.shapes import Shape
from bakehouse.record import log
from bakehouse.record.events import NANOSECONDS, Event
from bakehouse.record.state import BuildState

WRONG = (log.STDERR, log.WARN)


class Records(Printer):
    """Shows a run as records. Every line of a log is one, `==> BUILD: ` in front, whoever printed it, as in 1.16."""

    def __init__(self, directory: Path, output: Output, *, aside: Callable[[str], None], replay: bool = False) -> None:
        super().__init__(directory, output, aside=aside, attached=True, replay=replay)
        self._blank = ""

    def _write(self, build: BuildState, chunk: Chunk) -> None:
        self._records(self._label(build, chunk.span), chunk.stream, chunk.text, chunk.times[0])

    def _say(self, build: BuildState, text: str, stream: int = log.SAY) -> None:
        self._records(build.name, stream, text.encode() + b"\n", self._now())

    def _records(self, label: str, stream: int, text: bytes, at: int) -> None:
        kind = ERROR if stream in WRONG else SAY
        begin = f"{at // NANOSECONDS},,ui,{kind},".encode()
        shape = Shape(begin, f"==> {label.replace(',', COMMA)}: ".encode(), b"")
        self._output.write(shape.lines(text.replace(b",", COMMA.encode())))

    def _line(self, text: str, *, wrong: bool = False) -> None:
        """A line of the run's own. A blank one stands before its next one in the same record, as Packer has it."""
        if not text:
            self._blank += "\n"
            return
        self._output.write(record("", "ui", ERROR if wrong else SAY, self._blank + text, at=self._second()))
        self._blank = ""

    def _machine(self, build: str, type: str, *data: str) -> None:
        self._output.write(record(build, type, *data, at=self._second()))

    def _second(self) -> int:
        return (self._at if self._replay else time.time_ns()) // NANOSECONDS

    def _end(self, fact: Event) -> None:
        for build in self.state.builds:
            self._print_log(build)
        self._line("")
        self._line(summary.waited(self.state))
        if self.state.stopping:
            self._line("")
            self._line(summary.cancelled(self.state))
        else:
            self._errors()
            self._artifacts()
        for line in summary.remarks(self.state):
            self._line(line)

    def _errors(self) -> None:
        failed = [build for build in self.state.builds.values() if build.status in ("failed", "cancelled")]
        if not failed:
            return
        self._machine("", "error-count", str(len(failed)))
        self._line("")
        self._line(summary.ERRORS, wrong=True)
        for build in failed:
            text = build.error or build.status
            self._machine(build.name, "error", text)
            self._line(f"--> {build.name}: {text}", wrong=True)

    def _artifacts(self) -> None:
        done = [build for build in self.state.builds.values() if build.status == "succeeded"]
        self._line("")
        if not any(build.artifacts for build in done):
            self._line(summary.NOTHING)
            return
        self._line(summary.ARTIFACTS)
        for build in done:
            self._artifacts_of(build)

    def _artifacts_of(self, build: BuildState) -> None:
        """One group of records for each, from number 0, and the line that people read behind it."""
        self._machine(build.name, "artifact-count", str(len(build.artifacts)))
        for index, artifact in enumerate(build.artifacts):
            facts = [
                ("builder-id", artifact.builder_id),
                ("id", artifact.id),
                ("string", artifact.description),
                ("files-count", str(len(artifact.files))),
                *(("file", str(number), path) for number, path in enumerate(artifact.files)),
                ("end",),
            ]
            for fact in facts:
                self._machine(build.name, "artifact", str(index), *fact)
            self._line(f"--> {build.name}: {artifact.description}")
        if not build.artifacts:
            self._line(f"--> {build.name}: <nothing>")
