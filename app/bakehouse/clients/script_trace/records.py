"""The trace as it comes: records, cut anywhere, the last one perhaps torn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bakehouse.clients.script_trace.bash import FIELDS


@dataclass(frozen=True, slots=True)
class Fired:
    """bash is about to run a command.

    time: seconds by the machine's clock, None where it cannot tell. depth: of functions and sourced files. status,
    pipe: of the command before, whichever that was. text: unexpanded, cut after `bash.LONGEST` characters.
    """

    time: float | None
    pid: int
    depth: int
    source: str
    line: int
    status: int
    pipe: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Probed:
    """sh is about to run statement `number`; status: what `$?` is."""

    time: float | None
    number: int
    status: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """The shell `pid` waits before the command that it told of last; of sh it is the number of the statement."""

    pid: int


Record = Fired | Probed | Stopped


class Records:
    """Takes pieces, gives whole records; what is no record is passed over. probes: they are those of sh."""

    def __init__(self) -> None:
        self.probes = False
        self._rest = b""

    def feed(self, piece: bytes) -> Iterator[Record]:
        """The records that are whole now."""
        end, between = (b"\n", "|") if self.probes else (b"\0", "\37")
        *whole, self._rest = (self._rest + piece).split(end)
        for record in whole:
            fields = record.decode("utf-8", "replace").split(between)
            found = _probe(fields) if self.probes else _record(fields)
            if found is not None:
                yield found


def _record(fields: list[str]) -> Record | None:
    try:
        if fields[0] == "stop":
            return Stopped(int(fields[1]))
        if len(fields) != len(FIELDS):
            return None
        time, pid, depth, source, line, status, pipe, text, _ = fields
        statuses = tuple(int(part) for part in _numbers(pipe))
        return Fired(_time(time), int(pid), int(depth), source, int(line), int(status), statuses, text)
    except (ValueError, IndexError):
        return None


def _probe(fields: list[str]) -> Record | None:
    try:
        if fields[0] == "stop":
            return Stopped(int(fields[1]))
        time, number, status = fields
        return Probed(_time(time.partition(" ")[0]), int(number), int(status))
    except (ValueError, IndexError):
        return None


def _time(text: str) -> float | None:
    return float(text.replace(",", ".")) if text else None


def _numbers(text: str) -> list[str]:
    """PIPESTATUS is joined by the first character of the script's own IFS, whatever that is."""
    return "".join(letter if letter.isdigit() else " " for letter in text).split()
