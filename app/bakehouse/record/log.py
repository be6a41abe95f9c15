"""The output of one build: `KEY.log` holds its masked bytes, `KEY.idx` one record a line (DESIGN 5).

The log is what `tail -f` and `grep` want. The index has 24 bytes a line: END (u64, offset behind the line's newline),
time (u64, ns since 1970), span (u32), stream (u8), three zero bytes; little-endian. So line N of a million is one
seek. The bytes are written first, then the index: whatever a crash tears off, whole records tell of whole lines.
Bytes behind the last record are the open line: a prompt, say.
"""

from __future__ import annotations

import os
import struct
import sys
from array import array
from bisect import bisect_left
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from bakehouse.record.append import AppendFile

STDOUT, STDERR, SAY, WARN = 0, 1, 2, 3
"""Streams: what tools print on either, what Bakehouse says, what it says is wrong."""

RECORD = struct.Struct("<QQIB3x")
LONGEST_WAIT = 1 << 16
"""Bytes of a line without an end that are held in memory; more are written as the open line."""


class LogLine(NamedTuple):
    """number: from 0. at: ns since 1970. text: without its newline."""

    number: int
    at: int
    stream: int
    span: int
    text: bytes


def index_path(log: Path) -> Path:
    """Where the index of a log lies."""
    return log.with_suffix(".idx")


class LogWriter:
    """Writes one log. Memory does not grow with it; not safe for threads.

    Whole lines are written at once. A piece without a newline waits until `show_open`, which the owner calls 100 ms
    later. Pieces of different streams or spans are never mixed within a line: what prints next ends an open line of
    another. Every method that writes raises OSError when the disk is full, and leaves the files as they were; what it
    was given is not taken then, and the same call may be made again.
    """

    def __init__(self, path: Path) -> None:
        self._log = AppendFile(path)
        self._index = AppendFile(index_path(path))
        self.lines = self._index.size // RECORD.size
        self._waiting: dict[tuple[int, int], bytes] = {}
        self._open: tuple[int, int] | None = None

    @property
    def size(self) -> int:
        """Bytes in the log."""
        return self._log.size

    @property
    def waits(self) -> bool:
        """Whether a piece waits for `show_open`."""
        return bool(self._waiting)

    def write(self, data: bytes, stream: int, span: int, at: int) -> None:
        """Take what was printed, cut anywhere."""
        owner = (stream, span)
        end = data.rfind(b"\n") + 1
        if end:
            head = data if end == len(data) else data[:end]
            if waiting := self._waiting.get(owner):
                head = waiting + head
            self._whole(head, owner, at)
            self._waiting.pop(owner, None)
            if end == len(data):
                return
            data = data[end:]
        rest = self._waiting.get(owner, b"") + data
        if not rest:
            return
        self._waiting[owner] = rest
        if len(rest) > LONGEST_WAIT or self._open == owner:
            with suppress(OSError):  # it is taken, and waits: `show_open` will say why
                self._begin(owner, at)

    def show_open(self, at: int) -> None:
        """Write the pieces that wait; the last one stays open."""
        for owner in list(self._waiting):
            self._begin(owner, at)

    def end(self, span: int, at: int) -> None:
        """The span prints no more: its lines without a newline get one."""
        for owner in [owner for owner in self._waiting if owner[1] == span]:
            self._begin(owner, at)
            self._end_open(at)
        if self._open is not None and self._open[1] == span:
            self._end_open(at)

    def close(self, at: int) -> None:
        """Write what waits, end the open line, and close the files. Those are closed even if that fails."""
        try:
            self.show_open(at)
            self._end_open(at)
        finally:
            self._log.close()
            self._index.close()

    def _begin(self, owner: tuple[int, int], at: int) -> None:
        if self._open != owner:
            self._end_open(at)
        self._log.append(self._waiting[owner])
        self._open = owner
        del self._waiting[owner]

    def _end_open(self, at: int) -> None:
        if self._open is not None:
            self._whole(b"\n", self._open, at)

    def _whole(self, data: bytes, owner: tuple[int, int], at: int) -> None:
        """Append bytes that end with a newline, then their index."""
        if self._open is not None and self._open != owner:
            self._end_open(at)
        before = self._log.size
        self._log.append(data)
        records = _records(data, before, owner, at)
        try:
            self._index.append(records)
        except OSError:
            self._log.cut(before)
            raise
        self.lines += len(records) // RECORD.size
        self._open = None


def _records(data: bytes, start: int, owner: tuple[int, int], at: int) -> bytes:
    """One record for each newline of `data`, which ends with one and begins at offset `start` of the log."""
    stream, span = owner
    if data.find(b"\n") == len(data) - 1:
        return RECORD.pack(start + len(data), at, span, stream)
    lengths = list(map(len, data.split(b"\n")))
    lengths.pop()
    lengths[0] += start
    ends = [end + number for number, end in enumerate(accumulate(lengths), 1)]
    table = array("Q", [0]) * (3 * len(ends))
    table[0::3] = array("Q", ends)
    table[1::3] = array("Q", [at]) * len(ends)
    table[2::3] = array("Q", [span | stream << 32]) * len(ends)
    if sys.byteorder == "big":
        table.byteswap()
    return table.tobytes()


class LogReader:
    """Reads a log that may still grow, or not be there yet. Whole records only, and no more than the log has bytes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log = -1
        self._index = -1
        self._lines = 0
        self._end = 0

    def refresh(self) -> int:
        """Look how far the files go now; the number of whole lines."""
        if self._log < 0 and not self._find():
            return 0
        size = os.fstat(self._log).st_size
        lines = os.fstat(self._index).st_size // RECORD.size
        while lines and self._record(lines - 1)[0] > size:
            lines = bisect_left(range(lines), True, key=lambda line: self._record(line)[0] > size)
        self._lines = lines
        self._end = self._record(lines - 1)[0] if lines else 0
        return lines

    def lines(self, first: int, count: int) -> list[LogLine]:
        """Lines from `first` (from 0), as many of them as there were at the last `refresh`."""
        first = max(0, first)
        count = min(count, self._lines - first)
        if count <= 0:
            return []
        start = self._record(first - 1)[0] if first else 0
        packed = os.pread(self._index, count * RECORD.size, first * RECORD.size)
        records = list(RECORD.iter_unpack(packed[: len(packed) // RECORD.size * RECORD.size]))
        length = records[-1][0] - start if records else 0
        data = os.pread(self._log, length, start) if 0 < length <= self._end else b""  # else the index is damaged
        found, begin = [], 0
        for number, (end, at, span, stream) in enumerate(records, first):
            found.append(LogLine(number, at, stream, span, data[begin : end - start - 1]))
            begin = end - start
        return found

    @property
    def open_line(self) -> bytes:
        """What stands behind the last whole line now (64 KiB at most): a line without an end."""
        if self._log < 0:
            return b""
        tail = os.pread(self._log, LONGEST_WAIT, self._end)
        return tail[: tail.find(b"\n")] if b"\n" in tail else tail

    def line_at(self, at: int) -> int:
        """The number of the first line that was printed at `at` (ns since 1970) or later: a binary search."""
        return bisect_left(range(self._lines), at, key=lambda line: self._record(line)[1])

    def close(self) -> None:
        """Close the files."""
        for fd in (self._log, self._index):
            if fd >= 0:
                os.close(fd)
        self._log = self._index = -1

    def _find(self) -> bool:
        try:
            self._log = os.open(self.path, os.O_RDONLY)
            self._index = os.open(index_path(self.path), os.O_RDONLY)
        except FileNotFoundError:
            self.close()
            return False
        return True

    def _record(self, line: int) -> tuple[int, int, int, int]:
        packed = os.pread(self._index, RECORD.size, line * RECORD.size)
        return RECORD.unpack(packed) if len(packed) == RECORD.size else (1 << 64, 0, 0, 0)

    def __del__(self) -> None:
        self.close()
