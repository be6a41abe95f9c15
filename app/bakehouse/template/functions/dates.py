"""Functions of dates (go-cty, function/stdlib/datetime.go; Packer's own for the old and the new ones)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bakehouse.sdk.go_time.layout import go_layout
from bakehouse.sdk.go_time.moments import STARTED, parse_duration, parse_rfc3339, rfc3339, zone
from bakehouse.sdk.go_time.strftime import strftime
from bakehouse.template.callables import Family, Parameter, optional, text
from bakehouse.template.fault import Fault
from bakehouse.template.functions.numeric import whole
from bakehouse.template.kinds import NUMBER, STRING
from bakehouse.template.numbers import Number
from bakehouse.template.values import Value, from_python

family = Family()
_TOKEN = re.compile(r"'(?P<quoted>(?:[^']|'')*)'|(?P<letters>(?P<letter>[A-Za-z])(?P=letter)*)|(?P<other>.)", re.S)
MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_VERBS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda at: f"{at.year:04}",
    "YY": lambda at: f"{at.year % 100:02}",
    "MMMM": lambda at: MONTHS[at.month - 1],
    "MMM": lambda at: MONTHS[at.month - 1][:3],
    "MM": lambda at: f"{at.month:02}",
    "M": lambda at: str(at.month),
    "DD": lambda at: f"{at.day:02}",
    "D": lambda at: str(at.day),
    "EEEE": lambda at: DAYS[at.weekday()],
    "EEE": lambda at: DAYS[at.weekday()][:3],
    "hh": lambda at: f"{at.hour:02}",
    "h": lambda at: str(at.hour),
    "HH": lambda at: f"{at.hour % 12 or 12:02}",
    "H": lambda at: str(at.hour % 12 or 12),
    "AA": lambda at: "AM" if at.hour < 12 else "PM",
    "aa": lambda at: "am" if at.hour < 12 else "pm",
    "mm": lambda at: f"{at.minute:02}",
    "m": lambda at: str(at.minute),
    "ss": lambda at: f"{at.second:02}",
    "s": lambda at: str(at.second),
    "ZZZZZ": lambda at: zone(at, ":"),
    "ZZZZ": lambda at: zone(at, ""),
    "ZZZ": lambda at: zone(at, "", utc="UTC"),
    "Z": lambda at: zone(at, ":", utc="Z"),
}


def _moment(given: str, argument: int, *, blank: bool = False) -> datetime:
    try:
        return parse_rfc3339(given, blank=blank)
    except ValueError as error:
        raise Fault("Not a time", f'"{given}": {error}', argument=argument) from None


@family.function("formatdate", text("format"), text("time"), result=STRING)
def format_date(layout: str, given: str) -> str:
    """A time in a form of one's own: YYYY MM DD hh mm ss and the like; other text in single quotes."""
    moment = _moment(given, 1)
    result = []
    for token in _TOKEN.finditer(layout):
        if token["quoted"] is not None:
            result.append(token["quoted"].replace("''", "'") or "'")
        elif token["letters"]:
            result.append(_verb(token["letters"], moment))
        elif token["other"] == "'":
            raise Fault("Unfinished quote", "A single quote opens a text and none closes it.", argument=0)
        else:
            result.append(token["other"])
    return "".join(result)


def _verb(letters: str, moment: datetime) -> str:
    if letters not in _VERBS:
        same = [verb for verb in _VERBS if verb[0] == letters[0]]
        hint = f"There are {', '.join(sorted(same))}." if same else "Put text that is no verb in single quotes."
        raise Fault("Unknown verb", f'formatdate() knows no "{letters}".', help=hint, argument=0)
    return _VERBS[letters](moment)


@family.function("timeadd", text("timestamp"), text("duration"), result=STRING)
def time_add(given: str, duration: str) -> str:
    """A time and a duration such as "1h30m" added up, in whole seconds."""
    moment = _moment(given, 0)
    try:
        seconds = parse_duration(duration)
        return rfc3339(moment + timedelta(microseconds=seconds * 10**6 // 1))
    except (ValueError, OverflowError) as error:
        raise Fault("Not a duration", f'"{duration}": {error}', argument=1) from None


@family.function("timestamp", result=STRING, volatile=True)
def timestamp() -> str:
    """The current time, in UTC."""
    return rfc3339(datetime.now(UTC))


@family.function("legacy_isotime", optional(text("format")), result=STRING, volatile=True)
def legacy_isotime(layout: str | None = None) -> str:
    """When Bakehouse was started, in UTC, in a Go layout; without one, RFC 3339."""
    return rfc3339(STARTED) if layout is None else go_layout(STARTED, layout)


@family.function("legacy_strftime", optional(text("format")), result=STRING, volatile=True)
def legacy_strftime(layout: str = "") -> str:
    """When Bakehouse was started, in UTC, with strftime's letters."""
    return strftime(STARTED, layout)


def _parts(moment: datetime) -> dict[str, int | str]:
    iso_year, iso_week, _ = moment.isocalendar()
    return {
        "year": moment.year,
        "year_day": moment.timetuple().tm_yday,
        "day": moment.day,
        "month": moment.month,
        "month_name": MONTHS[moment.month - 1],
        "weekday": moment.isoweekday() % 7,
        "weekday_name": DAYS[moment.weekday()],
        "hour": moment.hour,
        "minute": moment.minute,
        "second": moment.second,
        "iso_year": iso_year,
        "iso_week": iso_week,
    }


@family.function("rfc3339_parse", text("timestamp"))
def rfc3339_parse(given: str) -> Value:
    """The parts of a time, in its own offset: year, month, month_name, day, weekday, hour ... and unix."""
    moment = _moment(given, 0, blank=True)
    return from_python(_parts(moment) | {"unix": int(moment.timestamp() // 1)})


@family.function("unix_timestamp_parse", Parameter("unix_timestamp", NUMBER))
def unix_timestamp_parse(given: Number) -> Value:
    """The parts of a time that is given in seconds since 1970, in UTC; and rfc3339."""
    seconds = whole(given, 0, "unix_timestamp")
    try:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    except OverflowError:
        raise Fault("Not a time", "Times lie in the years 1 to 9999.", argument=0) from None
    return from_python(_parts(moment) | {"rfc3339": rfc3339(moment)})
