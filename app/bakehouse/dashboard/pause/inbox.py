"""The builds that wait for somebody: which of them stand at the same error, so that one answer will do."""

from __future__ import annotations

from pathlib import Path

from bakehouse.dashboard.log.book import Book
from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.pause import paused
from bakehouse.record.log import LogReader
from bakehouse.record.state import BuildState

HEADS = ("These builds stand at the same error", "", "build", "paused at", "what happens")


class Inbox:
    """logs: directory of the builds' logs. An error is looked up once for each pause."""

    def __init__(self, model: RunModel, logs: Path) -> None:
        self.model, self.logs = model, logs
        self._errors: dict[tuple[str, int], str] = {}

    def error(self, build: BuildState) -> str:
        """The first line of what the paused step failed with."""
        pause, state = build.pause, self.model.state
        if pause is None:
            return ""
        key = (build.key, pause.since)
        if key not in self._errors:
            book = Book(LogReader(self.logs / f"{build.key}.log"))
            book.refresh(state.spans, self.model.span_order[build.key], follow=True)
            printed, _ = paused.error_line(book, pause, state)
            self._errors[key] = paused.headline(build, printed, state)
        return self._errors[key]

    def same_error(self) -> list[BuildState]:
        """The selected build and those that failed in a step of the same title with the same first line, the longest
        waiting first; empty if there is no other.
        """
        build = self.model.paused
        step = paused.step_of(build) if build is not None else None
        if build is None or step is None or not _failed(build):
            return []
        alike = [
            other
            for other in self.model.state.paused
            if _failed(other) and (at := paused.step_of(other)) is not None and at.info.title == step.info.title
        ]
        if len(alike) < 2:
            return []
        error = self.error(build)
        found = [other for other in alike if self.error(other) == error]
        return found if len(found) > 1 else []


def _failed(build: BuildState) -> bool:
    return build.pause is not None and build.pause.reason == "failure"


def place(build: BuildState) -> str:
    """`4 install-nginx`."""
    step = paused.step_of(build)
    return f"{step.info.number} {step.info.title}" if step is not None else ""
