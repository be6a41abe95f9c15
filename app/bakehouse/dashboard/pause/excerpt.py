"""The lines of a script around the one that failed, or before which it stands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.pause import paused
from bakehouse.record.state import BuildState, StepState

LARGEST = 1 << 20
"""Bytes of a script that is worth reading for four lines."""


@dataclass(frozen=True, slots=True)
class ScriptLine:
    """marked: the one it is about."""

    number: int
    text: str
    marked: bool


def line_of(model: RunModel, build: BuildState) -> tuple[int, str]:
    """Number and text of the command that a pause is about; (0, "") if it is about none."""
    pause, step = build.pause, paused.step_of(build)
    if pause is None or step is None:
        return 0, ""
    if pause.place == "line":
        return pause.line, pause.command
    if pause.reason != "failure":
        return 0, ""
    failed = [span for span in model.commands_of(step) if span.outcome == "failed"]
    return (failed[-1].line, failed[-1].title) if failed else (0, "")


class Excerpts:
    """Reads scripts, each once for every time it is changed."""

    def __init__(self) -> None:
        self._read: tuple[Path, int, list[str]] | None = None

    def around(self, model: RunModel, build: BuildState, rows: int) -> list[ScriptLine]:
        """At most `rows` lines, one of them before the marked one; that one alone if the file is another by now."""
        number, text = line_of(model, build)
        step = paused.step_of(build)
        if not number or step is None or rows < 1:
            return []
        lines = self._lines(step, model.state.directory)
        first_word = text.split(maxsplit=1)[0] if text.strip() else ""
        if number > len(lines) or first_word not in lines[number - 1]:
            return [ScriptLine(number, " ".join(text.split()), True)]
        start = max(1, min(number - 1 if rows > 1 else number, len(lines) - rows + 1))
        return [ScriptLine(n, lines[n - 1], n == number) for n in range(start, min(start + rows, len(lines) + 1))]

    def _lines(self, step: StepState, directory: str) -> list[str]:
        path = Path(directory) / step.info.script
        try:
            status = path.stat()
            if not step.info.script or status.st_size > LARGEST:
                return []
            if self._read is None or self._read[:2] != (path, status.st_mtime_ns):
                self._read = path, status.st_mtime_ns, path.read_text("utf-8", "replace").splitlines()
        except OSError:
            return []
        return self._read[2]
