"""A point in time with its own offset, RFC 3339 texts, and Go's durations, for the functions of dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

_RFC3339 = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)(?P<between>[T ])(?P<time>\d\d:\d\d:\d\d)(?P<fraction>\.\d+)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<hours>\d\d):(?P<minutes>\d\d))\Z",
    re.ASCII,
)
_PART = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)(?P<unit>ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_UNITS = {
    **dict.fromkeys(("us", "µs", "μs"), Fraction(1, 10**6)),
    "ns": Fraction(1, 10**9),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}
_LONGEST = Fraction(2**63 - 1, 10**9)

STARTED = datetime.now(UTC)
"""When this process began: what `legacy_isotime` and `legacy_strftime` tell, in UTC."""


def parse_rfc3339(text: str, *, blank: bool = False) -> datetime:
    """The moment, with the offset that the text has. blank: whether a blank may stand for the T. ValueError if none."""
    match = _RFC3339.match(text)
    if match is None or match["between"] == " " and not blank:
        raise ValueError("A time looks like 2006-01-02T15:04:05Z.")
    offset = timedelta()
    if match["zone"] != "Z":
        hours, minutes = int(match["hours"]), int(match["minutes"])
        if hours > 23 or minutes > 59:
            raise ValueError("The offset is at most 23:59.")
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if match["sign"] == "-" else 1)
    moment = datetime.fromisoformat(f"{match['date']}T{match['time']}")
    fraction = timedelta(microseconds=int(float(match["fraction"] or 0) * 10**6))
    return (moment + fraction).replace(tzinfo=timezone(offset))


def rfc3339(moment: datetime) -> str:
    """The moment in whole seconds."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + zone(moment, ":", utc="Z")


def zone(moment: datetime, colon: str, utc: str = "") -> str:
    """The offset as +hh:mm; `utc` for none, if it is given."""
    minutes = round((moment.utcoffset() or timedelta()).total_seconds()) // 60
    if not minutes and utc:
        return utc
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{colon}{abs(minutes) % 60:02}"


def parse_duration(text: str) -> Fraction:
    """Seconds of a Go duration such as "-1h30m" or "1.5s" (time.ParseDuration); ValueError if it is none."""
    rest = text[1:] if text[:1] in ("+", "-") else text
    if rest == "0":
        return Fraction(0)
    total, position = Fraction(0), 0
    while position < len(rest) and (match := _PART.match(rest, position)):
        total += Fraction(match["number"].rstrip(".")) * _UNITS[match["unit"]]
        position = match.end()
    if not rest or position < len(rest):
        raise ValueError('A duration looks like "1h30m" or "1.5s": units are ns, us, ms, s, m, h.')
    if total > _LONGEST:
        raise ValueError("A duration is at most 292 years.")
    return -total if text.startswith("-") else total
