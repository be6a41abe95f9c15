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
ANY = 0xFFFFFFFF
"""No span has a greater id."""
EVER = (1 << 64) - 1
"""No line came later."""


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
    """Reads a build's log from where it last stopped. Holds no file open in between: there may be hundreds of logs."""

    def __init__(self, log: Path) -> None:
        self._path = log
        self._lines = 0
        self._offset = 0

    def read(self, newest: int = ANY, until: int = EVER) -> Iterator[Chunk]:
        """Every whole line that came since the last call; none of a log that is not there yet. Raises OSError.

        newest, until: a line of a later span than this, or that came later (ns), and all behind it, are left for
        another time: the log may be ahead of the events.
        """
        with (
            suppress(FileNotFoundError),
            self._path.open("rb", 0) as log,
            index_path(self._path).open("rb", 0) as index,
        ):
            before = -1
            while before != self._lines:
                before = self._lines
                records = os.pread(index.fileno(), LINES_AT_ONCE * SIZE, self._lines * SIZE)
                words = array("Q", records[: len(records) // SIZE * SIZE])
                if sys.byteorder == "big":
                    words.byteswap()
                yield from self._split(log.fileno(), words[: 3 * self._sound(words[0::3], log.fileno())], newest, until)

    def _sound(self, ends: array[int], log: int) -> int:
        """How many of these ends can be: of a crash the index may be ahead of the log, of a bad disk anything."""
        size, rising = os.fstat(log).st_size, sorted(set(ends))
        if ends and (self._offset >= ends[0] or list(ends) != rising):
            befores = (self._offset, *ends)
            return next((place for place, end in enumerate(ends) if not befores[place] < end <= size), len(ends))
        return bisect_right(rising, size)

    def _split(self, log: int, words: array[int], newest: int, until: int) -> Iterator[Chunk]:
        ends, times, kinds = words[0::3], words[1::3], words[2::3]
        place = 0
        for kind, count in _runs(kinds):
            if kind & ANY > newest:
                return
            whole = place + count
            stop = bisect_right(times, until, place, whole)
            while place < stop:
                last = max(place + 1, bisect_right(ends, self._offset + BYTES_AT_ONCE, place, stop))
                text = os.pread(log, ends[last - 1] - self._offset, self._offset)
                if text.count(b"\n") != last - place or not text.endswith(b"\n"):
                    return  # damaged: the index is of other lines
                yield Chunk(self._lines, kind >> 32 & 0xFF, kind & ANY, times[place:last], text)
                self._lines, self._offset, place = self._lines + last - place, ends[last - 1], last
            if stop < whole:
                return


def _runs(kinds: array[int]) -> Iterator[tuple[int, int]]:
    """(value, how many in a row)."""
    if kinds and kinds.count(kinds[0]) == len(kinds):
        yield kinds[0], len(kinds)
        return
    for kind, group in groupby(kinds):
        yield kind, sum(1 for _ in group)
