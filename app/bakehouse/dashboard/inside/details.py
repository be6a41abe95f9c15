"""What is known of a build where it stands: options, facts, attempts, checkpoints, evidence. It scrolls."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from bakehouse.dashboard import formats
from bakehouse.dashboard.inside import differences
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.paint import Row
from bakehouse.dashboard.pause import stops
from bakehouse.dashboard.screens.overlay import Overlay
from bakehouse.record.state import BuildState, StepState, worked

Line = tuple[str, str, str]
"""Label, text and the role of the text; a line with a label alone is a heading."""
EVIDENCE = "evidence"
MOVES = {"down": 1, "j": 1, "up": -1, "k": -1, "pagedown": 10, "space": 10, "pageup": -10, "ctrl+d": 10, "ctrl+u": -10}


class Details(Overlay[None]):
    """told: all of it, from `describe`, as it is by now. copy: takes the path of the evidence, "" for none."""

    top = 5

    def __init__(self, look: Look, title: str, told: Callable[[], list[Line]], copy: Callable[[str], None]) -> None:
        super().__init__(look)
        self.heading = title
        self.told, self.copy = told, copy
        self.lines = told()
        self.first = 0

    def upper_edge(self) -> tuple[str, str]:
        """With what can be copied."""
        return self.heading, f"j k scroll   {'y copy evidence   ' if self._evidence else ''}esc closes"

    @property
    def _evidence(self) -> str:
        return next((text for label, text, _ in self.lines if label == EVIDENCE), "")

    def on_mount(self) -> None:
        """The build goes on while it is open."""
        super().on_mount()
        self.set_interval(0.5, self._tell)

    def _tell(self) -> None:
        if (lines := self.told()) != self.lines:
            self.lines = lines
            self.renew()

    def key(self, key: str) -> None:
        """Scroll; anything else closes."""
        if key in MOVES:
            self.first += MOVES[key]
        elif key in ("g", "home", "G", "end"):
            self.first = 0 if key in ("g", "home") else len(self.lines)
        elif key == "y" and self._evidence:
            self.copy(self._evidence)
        else:
            self.dismiss(None)

    def rows_needed(self, width: int) -> int:
        """As many as there are."""
        return 2 + len(self._wrapped(width))

    def inside(self, width: int, height: int) -> list[Row]:
        """The lines from `first` on."""
        lines, room = self._wrapped(width), height - 3
        self.first = max(0, min(self.first, len(lines) - room))
        rows = [self.row(width)]
        for label, text, role in lines[self.first : self.first + room]:
            row = self.row(width)
            heading = bool(label) and not text
            row.put(4, label, self.look.style("text" if heading else "muted", "panel", bold=heading))
            x = self._text_at(width)
            if not label and len(text) > width - x - 4:
                x = max(4, width - 4 - len(text))
            row.put(x, text, self.look.style(role or "text", "panel"))
            rows.append(row)
        return rows

    def _text_at(self, width: int) -> int:
        return 28 if width >= 70 else 20

    def _wrapped(self, width: int) -> list[Line]:
        """Nothing is cut: what is too long goes on below; a path stands in one piece if a whole row has room for it."""
        found: list[Line] = []
        room, labels = width - self._text_at(width) - 4, self._text_at(width) - 6
        for label, text, role in self.lines:
            if room < len(text) <= width - 8 and " " not in text:
                found.extend([(label, " ", role), ("", text, role)] if label else [("", text, role)])
                continue
            wrapped = (textwrap.wrap(line, room, break_on_hyphens=False) or [""] for line in text.splitlines())
            parts = [part for lines in wrapped for part in lines] or [""]
            short = formats.cut_end(label, labels, self.look.marks.left_out) if text else label
            found.append((short, parts[0], role))
            found.extend(("", part, role) for part in parts[1:])
        return found


def describe(model: RunModel, build: BuildState, step: StepState | None, answer: Mapping[str, Any]) -> list[Line]:
    """answer: of the verb `details`, empty where the engine could not be asked."""
    lines: list[Line] = []
    _section(lines, "Where it stands", [
        ("build", f"{build.name} ({build.key})"),
        ("status", build.status),
        ("step", f"{step.info.number} {step.info.title}" if step is not None else ""),
        ("type", f"{step.info.kind}, {step.info.type}" if step is not None else ""),
        ("template", f"{formats.inside(step.info.file, model.state.directory)}:{step.info.line}" if step else ""),
        ("script", formats.inside(step.info.script, model.state.directory) if step is not None else ""),
        ("trace", f"not traced: {step.trace_note}" if step is not None and step.trace_note else ""),
        ("cache", step.cache_note if step is not None else ""),
        (EVIDENCE, build.evidence),
    ])  # fmt: skip
    _section(lines, "Tainted", [("", what) for what in build.tainted], role="skipped")
    if step is not None:
        found = [(f"line {f.line}", f"{f.command}: exit {f.exit_status}") for f in step.swallowed]
        _section(lines, "Failed unnoticed", found, role="warning")
        _section(lines, "Attempts", _attempts(model, build, step))
    options = answer.get("options")
    given = options.items() if isinstance(options, dict) else ()
    shown = [(str(name), _value(value)) for name, value in given if value not in (None, "", [], {})]
    _section(lines, "Options", [*shown, ("", str(answer.get("options_error", "")))])
    facts = answer.get("facts")
    machine = [("runs in", build.facts), ("machine", str(answer.get("machine", "")))]
    known = [(str(name), _value(value)) for name, value in facts.items()] if isinstance(facts, dict) else []
    _section(lines, "Facts", machine + known)
    _section(lines, "Checkpoints", _checkpoints(build))
    at = [stop for stop in model.state.breakpoints.values() if step is None or _at(stop.info.steps, build, step)]
    _section(lines, "Breakpoints", [(stops.called(stop, model.builds), stops.hits(stop)) for stop in at])
    return lines


def _at(steps: Mapping[str, list[str]], build: BuildState, step: StepState) -> bool:
    return not steps or step.info.key in steps.get(build.key, [])


def _section(lines: list[Line], title: str, rows: list[tuple[str, str]], *, role: str = "text") -> None:
    rows = [row for row in rows if row[1]]
    if rows:
        lines.extend([("", "", "")] if lines else [])
        lines.append((title, "", ""))
        lines.extend((label, text, role) for label, text in rows)


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _attempts(model: RunModel, build: BuildState, step: StepState) -> list[tuple[str, str]]:
    found = []
    for number in model.span_order[build.key]:
        span = model.state.spans.get(number)
        if span is not None and span.type == "attempt" and span.step == step.info.key:
            time = formats.duration(worked(span, model.now()))
            end = "" if span.exit_status is None else f", exit {span.exit_status}"
            error = f": {span.error}" if span.error else ""
            found.append((f"attempt {span.attempt}", f"{span.outcome or 'runs'}{end}, {time}{error}"))
    return found


def _checkpoints(build: BuildState) -> list[tuple[str, str]]:
    if not build.checkpoints:
        return [("", build.no_checkpoints)]
    found = []
    for made in build.checkpoints.values():
        step = build.steps.get(made.step)
        name = f"before {step.info.number} {step.info.title}" if step is not None else "of a step that is gone"
        size = differences.size(made.size) if made.size else "costs nothing"
        loses = f"; would lose {', '.join(made.lost)}" if made.lost else ""
        found.append((name, f"{size}{loses}"))
    return found
