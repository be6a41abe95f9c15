"""Go's layouts of dates: `2006-01-02 15:04:05` says by an example how a time is to be written (package time)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

_FORMS: dict[str, Callable[[datetime], str]] = {
    "January": lambda at: f"{at:%B}",
    "Jan": lambda at: f"{at:%b}",
    "Monday": lambda at: f"{at:%A}",
    "Mon": lambda at: f"{at:%a}",
    "MST": lambda at: at.tzname() or "UTC",
    "2006": lambda at: f"{at.year:04}",
    "06": lambda at: f"{at.year % 100:02}",
    "002": lambda at: f"{at.timetuple().tm_yday:03}",
    "__2": lambda at: f"{at.timetuple().tm_yday:3}",
    "_2": lambda at: f"{at.day:2}",
    "01": lambda at: f"{at.month:02}",
    "02": lambda at: f"{at.day:02}",
    "03": lambda at: f"{at.hour % 12 or 12:02}",
    "04": lambda at: f"{at.minute:02}",
    "05": lambda at: f"{at.second:02}",
    "15": lambda at: f"{at.hour:02}",
    "1": lambda at: str(at.month),
    "2": lambda at: str(at.day),
    "3": lambda at: str(at.hour % 12 or 12),
    "4": lambda at: str(at.minute),
    "5": lambda at: str(at.second),
    "PM": lambda at: "AM" if at.hour < 12 else "PM",
    "pm": lambda at: "am" if at.hour < 12 else "pm",
    "Z070000": lambda at: _offset(at, "", seconds=True, utc="Z"),
    "Z07:00:00": lambda at: _offset(at, ":", seconds=True, utc="Z"),
    "Z0700": lambda at: _offset(at, "", utc="Z"),
    "Z07:00": lambda at: _offset(at, ":", utc="Z"),
    "Z07": lambda at: _offset(at, "", utc="Z")[:3],
    "-070000": lambda at: _offset(at, "", seconds=True),
    "-07:00:00": lambda at: _offset(at, ":", seconds=True),
    "-0700": lambda at: _offset(at, ""),
    "-07:00": lambda at: _offset(at, ":"),
    "-07": lambda at: _offset(at, "")[:3],
}
_LONGEST_FIRST = sorted(_FORMS, key=len, reverse=True)
_CHUNK = re.compile(
    r"(?:Jan|Mon)(?![a-z])|"
    + "|".join(re.escape(form) for form in _LONGEST_FIRST if form not in ("Jan", "Mon"))
    + r"|(?P<fraction>[.,](?:0+|9+)(?!\d))"
)


def go_layout(moment: datetime, layout: str) -> str:
    """The moment as the layout shows it; what is no part of Go's example stays as it is."""

    def shown(match: re.Match[str]) -> str:
        return _fraction(moment, match[0]) if match["fraction"] else _FORMS[match[0]](moment)

    return _CHUNK.sub(shown, layout)


def _fraction(moment: datetime, form: str) -> str:
    digits = f"{moment.microsecond:06}".ljust(len(form) - 1, "0")[: len(form) - 1]
    if form[1] == "9":
        digits = digits.rstrip("0")
        return form[0] + digits if digits else ""
    return form[0] + digits


def _offset(moment: datetime, colon: str, *, seconds: bool = False, utc: str = "") -> str:
    offset = moment.utcoffset()
    total = 0 if offset is None else round(offset.total_seconds())
    if not total and utc:
        return utc
    parts = [abs(total) // 3600, abs(total) // 60 % 60, *([abs(total) % 60] if seconds else [])]
    return ("-" if total < 0 else "+") + colon.join(f"{part:02}" for part in parts)
