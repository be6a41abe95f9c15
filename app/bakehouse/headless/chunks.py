"""Whole log lines in bulk: a million lines must not become a million objects.

The index says of every line where it ends, when it came, and of which stream and span it is. Neighbours of one stream
and span are handed out as one piece of text.
"""

from __future__ import annotations

import os
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bakehouse.record.log import RECORD, index_path

SIZE = RECORD.size
"""Bytes of an index record: as three u64 words they are the end, the time, and the span below the stream."""
LINES_AT_ONCE = 32_768
BYTES_AT_ONCE = 1 << 22


@dataclass(frozen=True, slots=True)
class Chunk:
    """Neighbouring lines of one stream and span. first: the number of the first, from 0. times: one for each, ns.

    text: every line with its newline.
    """

    first: int
    stream: int
    span: int
    times: array[int]
    text: bytes


class Chunks:
    """Reads a build's log from where it last stopped. Nothing is opened before there is something to read."""

    def __init__(self, log: Path) -> None:
        self._paths = (log, index_path(log))
        self._files: tuple[int, int] | None = None
        self._lines = 0
        self._offset = 0

    def read(self) -> Iterator[Chunk]:
        """Every whole line that came since the last call. Raises OSError if the log cannot be read."""
        files = self._open()
        while files is not None:
            records = os.pread(files[1], LINES_AT_ONCE * SIZE, self._lines * SIZE)
            words = array("Q", records[: len(records) // SIZE * SIZE])
            if sys.byteorder == "big":
                words.byteswap()
            before = self._lines
            yield from self._split(files[0], words)
            if self._lines == before:
                return

    def close(self) -> None:
        """Close the files."""
        for file in self._files or ():
            os.close(file)
        self._files = None

    def _split(self, log: int, words: array[int]) -> Iterator[Chunk]:
        ends, times, kinds = words[0::3], words[1::3], words[2::3]
        place = 0
        for kind, count in _runs(kinds):
            stop = place + count
            while place < stop:
                last = max(place + 1, bisect_right(ends, self._offset + BYTES_AT_ONCE, place, stop))
                text = os.pread(log, ends[last - 1] - self._offset, self._offset)
                if len(text) < ends[last - 1] - self._offset:
                    return  # a crash left the index ahead of the log: what is not there is not shown
                yield Chunk(self._lines, kind >> 32 & 0xFF, kind & 0xFFFFFFFF, times[place:last], text)
                self._lines, self._offset, place = self._lines + last - place, ends[last - 1], last

    def _open(self) -> tuple[int, int] | None:
        if self._files is None:
            with suppress(FileNotFoundError):
                log = os.open(self._paths[0], os.O_RDONLY | os.O_CLOEXEC)
                try:
                    self._files = log, os.open(self._paths[1], os.O_RDONLY | os.O_CLOEXEC)
                except OSError:
                    os.close(log)
                    raise
        return self._files


def _runs(kinds: array[int]) -> Iterator[tuple[int, int]]:
    """(value, how many in a row)."""
    if kinds and kinds.count(kinds[0]) == len(kinds):
        yield kinds[0], len(kinds)
        return
    for kind, group in groupby(kinds):
        yield kind, sum(1 for _ in group)
