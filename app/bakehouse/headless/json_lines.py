"""`--json`: every event and every log line of a run, one JSON object a line, all of one shape.

Events are as in `events.jsonl`. A log line has kind `Line` and no seq: {"at", "kind": "Line", "build", "span",
"body": {"line" (from 0), "stream": stdout | stderr | say | warn, "text"}}; invalid UTF-8 in it is replaced.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from bakehouse.headless.chunks import ANY, Chunk, Chunks
from bakehouse.headless.output import Output
from bakehouse.record import events
from bakehouse.record.events import Event

STREAMS = ("stdout", "stderr", "say", "warn")
LIVE = frozenset(("OutputGrew", "Presence", "ControlAsked"))
"""Live events that tell of what is printed here anyway, or of nobody's business."""
_ENCODER = msgspec.json.Encoder()


class LineBody(msgspec.Struct, frozen=True):
    """What is in a line."""

    line: int
    stream: str
    text: str


class Line(msgspec.Struct, frozen=True):
    """A log line in the shape of an event."""

    at: int
    build: str
    span: int
    body: LineBody
    kind: str = "Line"


class JsonLines:
    """Shows a run as JSON."""

    def __init__(self, directory: Path, output: Output) -> None:
        self._directory = directory
        self._output = output
        self._logs: dict[str, Chunks] = {}
        self._newest = 0

    def take(self, batch: list[Event]) -> None:
        """Print these events, each after every line that was printed before it. Raises OSError."""
        for fact in batch:
            if fact.kind == "SpanStarted":
                self._newest = fact.span
            if fact.build and fact.kind in ("BuildPaused", "BuildFinished", "SpanFinished", "OutputGrew"):
                self._print_log(fact.build, ANY if fact.kind == "BuildFinished" else self._newest)
            if fact.kind == "RunFinished":
                for build in self._logs:
                    self._print_log(build, ANY)
            if fact.kind not in LIVE:
                self._output.write(events.encode(fact))

    def _print_log(self, build: str, newest: int) -> None:
        chunks = self._logs.setdefault(build, Chunks(self._directory / "logs" / f"{build}.log"))
        for chunk in chunks.read(newest):
            self._output.write(encode_chunk(build, chunk))


def encode_chunk(build: str, chunk: Chunk) -> bytes:
    """Every line of a chunk as an object of its own."""
    stream = STREAMS[chunk.stream] if chunk.stream < len(STREAMS) else str(chunk.stream)
    texts = chunk.text.decode(errors="replace").split("\n")
    return _ENCODER.encode_lines(
        [
            Line(at, build, chunk.span, LineBody(number, stream, text))
            for number, (at, text) in enumerate(zip(chunk.times, texts, strict=False), chunk.first)
        ]
    )
