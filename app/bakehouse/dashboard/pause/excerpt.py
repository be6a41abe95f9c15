"""The lines of a script around the one that failed, or before which it stands."""

from __future__ import annotations

import re
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
    """Reads scripts, each once for every attempt: what ran is what the file said then."""

    def __init__(self) -> None:
        self._read: dict[int, list[str]] = {}

    def around(self, model: RunModel, build: BuildState, rows: int) -> list[ScriptLine]:
        """At most `rows` lines, one of them before the marked one; that one alone, as it was told, if the file is
        another by now.
        """
        number, text = line_of(model, build)
        step = paused.step_of(build)
        if not number or step is None or rows < 1:
            return []
        lines = self._lines(model, step)
        start = max(1, min(number - 1 if rows > 1 else number, len(lines) - rows + 1))
        shown = range(start, min(start + rows, len(lines) + 1))
        told = [(span.line, span.title) for span in model.commands_of(step) if span.line in shown]
        if number > len(lines) or not all(says(lines[n - 1], said) for n, said in [*told, (number, text)]):
            return [ScriptLine(number, " ".join(text.split()), True)]
        return [ScriptLine(n, lines[n - 1], n == number) for n in shown]

    def _lines(self, model: RunModel, step: StepState) -> list[str]:
        found = self._read.get(step.span)
        if found is None:
            found = self._read[step.span] = self._file(Path(model.state.directory) / step.info.script, step)
        return found

    def _file(self, path: Path, step: StepState) -> list[str]:
        """None of it if it was written to since the attempt began."""
        try:
            status = path.stat()
            if not step.info.script or status.st_size > LARGEST or status.st_mtime_ns > step.started:
                return []
            return path.read_text("utf-8", "replace").splitlines()
        except OSError:
            return []


def says(line: str, command: str) -> bool:
    """Whether a line of a script has the whole of a command, as it was told: the first line of it, with ` ...` where
    it goes on, and perhaps with the function it stands in (`echo a (deploy)`).
    """
    line = line.strip()
    for told in (command.strip(), re.sub(r" \([^()]*\)$", "", command.strip())):
        if told.endswith("..."):
            if told.removesuffix("...").rstrip() in line:
                return True
        elif re.search(rf"(?<!\w){re.escape(told)}\s*(\\?$|[;|&)}}#`<>]|\d[<>]|(do|then|in)\b)", line):
            return True
    return False
