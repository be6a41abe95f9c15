"""Log lines by number, for viewers that cannot open the run's files."""

from __future__ import annotations

from pathlib import Path

from bakehouse.record.log import LogReader
from bakehouse.session.protocol import LIMIT, AskLines, Lines

MOST = 2000
"""Lines in one answer, at most."""
BLOCK = 100
ROOM = LIMIT // 8
"""Bytes of text in one answer, about; as JSON they may become six times as many."""


class LineSource:
    """Answers AskLines out of a run directory. Keeps the readers of one connection open."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._readers: dict[str, LogReader] = {}

    def answer(self, question: AskLines) -> Lines:
        """The lines asked for, or fewer: never more than fit in a message. A build that has no log has none."""
        reader = self._reader(question.build)
        if reader is None:
            return Lines(question.id, 0, [])
        total, room = reader.refresh(), ROOM
        found: list[tuple[int, int, int, str]] = []
        first, count = max(0, question.first), min(question.count, MOST)
        while len(found) < count and room > 0:
            block = reader.lines(first + len(found), min(count - len(found), BLOCK))
            if not block:
                break
            for line in block:
                room -= len(line.text)
                if found and room < 0:
                    break
                found.append((line.at, line.stream, line.span, line.text[:ROOM].decode(errors="replace")))
        return Lines(question.id, total, found)

    def _reader(self, build: str) -> LogReader | None:
        if build not in self._readers:
            path = self._directory / "logs" / f"{build}.log"
            if "/" in build or not path.exists():
                return None
            self._readers[build] = LogReader(path)
        return self._readers[build]
