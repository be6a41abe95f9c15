"""Files beside a run's record, for people: masked as all that leaves the engine, and nobody's but the run's owner's."""

from __future__ import annotations

import os
from pathlib import Path

from bakehouse.record.log import LogReader
from bakehouse.redact import Redactor

PIECE = 10_000
MOST_LINES = 200_000


def write_masked(path: Path, content: bytes, redactor: Redactor) -> None:
    """Write a file, and its directory. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(file, "wb") as stream:
        stream.write(redactor.data(content))


def read_log(path: Path, span: int) -> bytes:
    """What was printed in a span and in those begun after it, the last lines if there are very many."""
    reader = LogReader(path)
    try:
        lines = reader.refresh()
        start = max(0, lines - MOST_LINES)
        found: list[bytes] = []
        for first in range(start, lines, PIECE):
            found += [line.text + b"\n" for line in reader.lines(first, PIECE) if line.span >= span]
        return b"".join(found)
    finally:
        reader.close()
