"""A record that may be damaged: what of it can be read, and where it broke. For replay, which must open it anyhow.

Every event that comes out of here can be folded: its body is what its kind says, its seq comes after the one before.
"""

from __future__ import annotations

import os
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bakehouse.record import events
from bakehouse.record.events import Body, Event, decode
from bakehouse.record.log import RECORD, index_path
from bakehouse.record.reader import PIECE, EventReader

TOLD = 3
"""Places of one kind that are named one by one."""


class SoundReader:
    """Reads `events.jsonl` of a run directory; the file may grow. damage: sentences, in the order of the file."""

    def __init__(self, directory: Path) -> None:
        self._reader = EventReader(directory / "events.jsonl")
        self._line, self._seq, self._unread = 0, 0, 0
        self._bad: list[int] = []
        self._missing: list[tuple[int, int]] = []

    def read(self) -> list[Event]:
        """The sound events that came since the last call. Raises OSError if the file cannot be read."""
        found = []
        for line in self._reader.lines():
            self._line += 1
            fact = _sound(line)
            if fact is None or fact.seq <= self._seq:
                self._bad.append(self._line)
                self._unread += 1
                continue
            if fact.seq > self._seq + 1 + self._unread:
                self._missing.append((self._seq + 1 + self._unread, fact.seq - 1))
            self._seq, self._unread = fact.seq, 0
            found.append(fact)
        return found

    def damage(self, *, ended: bool) -> list[str]:
        """Where it broke, so far. ended: nobody writes it any more, so a torn last line is damage, too."""
        found = [f"events.jsonl line {line} is no event." for line in self._bad[:TOLD]]
        if len(self._bad) > TOLD:
            found.append(f"events.jsonl has {len(self._bad) - TOLD} more lines that are no events.")
        found += [
            f"Event {first} is missing." if first == last else f"Events {first} to {last} are missing."
            for first, last in self._missing[:TOLD]
        ]
        if len(self._missing) > TOLD:
            found.append(f"Events are missing in {len(self._missing) - TOLD} more places.")
        if ended and self._reader.torn:
            found.append(f"events.jsonl ends in the middle of line {self._line + 1}.")
        return found


def log_damage(directory: Path, builds: Iterable[str], *, ended: bool = True) -> list[str]:
    """What is wrong with the logs of builds, by their keys. A build that has printed nothing has none: no damage.

    ended: nobody writes them any more, so lines that are not indexed are damage, too. Raises OSError if a log cannot be
    read.
    """
    found = []
    for key in builds:
        log = directory / "logs" / f"{key}.log"
        size, indexed = _size(log), _size(index_path(log))
        if size > 0 and indexed < 0:
            found.append(f"logs/{key}.idx is missing: nobody knows when its lines came, so they are not shown.")
        elif indexed > 0 and size < 0:
            found.append(f"logs/{key}.log is missing.")
        elif indexed >= 0 and size >= 0:
            found += _of_log(log, key, ended=ended)
    return found


def _of_log(log: Path, key: str, *, ended: bool) -> Iterator[str]:
    ends, size = _ends(index_path(log)), _size(log)
    order = list(ends)
    if order != sorted(set(order)):
        wrong = next(line for line, end in enumerate(order) if not (order[line - 1] if line else 0) < end <= size)
        yield f"logs/{key}.idx is damaged from line {wrong + 1} on: what follows is not shown."
        return
    lost = len(ends) - bisect_right(ends, size)
    if lost:
        yield f"logs/{key}.log ends too early: {lost:,} line{'s are' if lost > 1 else ' is'} missing."
    elif ended and (behind := _newlines(log, ends[-1] if ends else 0)):
        yield f"logs/{key}.idx ends too early: {behind:,} line{'s are' if behind > 1 else ' is'} not shown."


def _ends(index: Path) -> array[int]:
    """Where each line ends, as far as whole records say."""
    data = index.read_bytes()
    words = array("Q", data[: len(data) // RECORD.size * RECORD.size])
    if sys.byteorder == "big":
        words.byteswap()
    return words[0::3]


def _newlines(log: Path, start: int) -> int:
    with log.open("rb") as file:
        file.seek(start)
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(PIECE), b""))


def _size(path: Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return -1


def _sound(line: bytes) -> Event | None:
    """The event of a line, if its body, too, is what its kind says; a kind of another version is let through."""
    try:
        fact = decode(line)
        body = getattr(events, fact.kind, None)
        if isinstance(body, type) and issubclass(body, Body):
            fact.decode(body)
    except (ValueError, msgspec.MsgspecError):
        return None
    return fact if fact.at > 0 else None
