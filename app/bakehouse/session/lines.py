"""Log lines by number, and the bytes of a log and its index, for viewers that cannot open the run's files."""

from __future__ import annotations

import os
from pathlib import Path

from bakehouse.record.log import LogReader, index_path
from bakehouse.session.protocol import LIMIT, AskLines, AskLog, Lines, LogPart

MOST = 2000
"""Lines in one answer, at most."""
BLOCK = 100
ROOM = LIMIT // 8
"""Bytes of text in one answer, about; as JSON they may become six times as many."""

PART = LIMIT // 4
"""Bytes of one file in an answer: as base64 both fit in a message."""


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

    def part(self, question: AskLog) -> LogPart:
        """The bytes asked for, of each file PART at most. The index is read first, so that the log has its lines."""
        if not _is_key(question.build):
            return LogPart(question.id, b"", b"")
        path = self._directory / "logs" / f"{question.build}.log"
        index = _piece(index_path(path), question.index)
        return LogPart(question.id, _piece(path, question.log), index)

    def _reader(self, build: str) -> LogReader | None:
        if build not in self._readers:
            path = self._directory / "logs" / f"{build}.log"
            if not _is_key(build) or not path.exists():
                return None
            self._readers[build] = LogReader(path)
        return self._readers[build]


def _is_key(build: str) -> bool:
    """Whether it can be the key of a build, which is safe as a file's name."""
    return 0 < len(build) <= 200 and build.isprintable() and "/" not in build


def _piece(path: Path, offset: int) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        return b""
    try:
        return os.pread(fd, PART, min(max(0, offset), os.fstat(fd).st_size))
    finally:
        os.close(fd)
