"""Durations as people read them in plain output."""

from __future__ import annotations

_UNITS = (
    ("week", 604_800_000_000),
    ("day", 86_400_000_000),
    ("hour", 3_600_000_000),
    ("minute", 60_000_000),
    ("second", 1_000_000),
    ("millisecond", 1_000),
    ("microsecond", 1),
)


def long(nanoseconds: int) -> str:
    """The two largest units that are not zero, as Packer prints durations: "2 seconds 13 milliseconds"."""
    left, words = max(0, nanoseconds) // 1000, []
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {name}{'' if count == 1 else 's'}")
    return " ".join(words[:2]) or "0 microseconds"


def clock(nanoseconds: int) -> str:
    """Minutes and seconds, hours in front if there are any: "8:44", "1:02:03"."""
    seconds = max(0, nanoseconds) // 1_000_000_000
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"
