"""What a person writes for a breakpoint, taken apart: `before:setup`, `output~E: `, `exit!=0`, `duration>2m` ...

Which steps it stands at is another matter (`bakehouse.engine.breakpoint_places`).
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from bakehouse.errors import UsageError

When = Literal["before", "after", "output", "exit", "duration", "line"]
SHAPES = "before:STEP, after:STEP, FILE:LINE, output~REGEX, exit!=0, duration>2m"
UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
_EXIT = re.compile(r"exit\s*(==|=|!=)\s*(\d+)")
_DURATION = re.compile(r"duration\s*>\s*((?:\d+(?:\.\d+)?(?:h|min|m|s))+)")
_PART = re.compile(r"(\d+(?:\.\d+)?)(h|min|m|s)")
_LINE = re.compile(r"(.+):(\d+)")


class Spec(msgspec.Struct, frozen=True, omit_defaults=True):
    """One breakpoint as it was written, in `text`. at: the step, as a person named it; of a condition "".

    line: of the template or of a script, 0 if none was named. pattern: of `output~`, for re2. status, differs: of
    `exit`: hit if the exit status is `status`, or is not (differs). seconds: of `duration>`.
    """

    text: str
    when: When
    at: str = ""
    line: int = 0
    pattern: str = ""
    status: int = 0
    differs: bool = False
    seconds: float = 0.0


def parse(text: str) -> Spec:
    """Take a text apart. Raises UsageError if it can be no breakpoint."""
    text = text.strip()
    if not text:
        raise UsageError(f"A breakpoint needs a place: {SHAPES}.")
    if text.startswith("output~"):
        return Spec(text, "output", pattern=_checked(text.removeprefix("output~")))
    if exit := _EXIT.fullmatch(text):
        return Spec(text, "exit", status=int(exit[2]), differs=exit[1] == "!=")
    if duration := _DURATION.fullmatch(text):
        seconds = sum(float(number) * UNITS[unit] for number, unit in _PART.findall(duration[1]))
        if seconds:
            return Spec(text, "duration", seconds=seconds)
    if re.match(r"duration\s*[=!<>~]", text):
        raise UsageError(
            f'"{text}" is no condition. A duration is more than 0, in s, m or h: duration>90s, duration>1h30m.'
        )
    if re.match(r"(exit|output)\s*[=!<>~]", text):
        raise UsageError(f'"{text}" is no condition. Conditions are output~REGEX, exit==N, exit!=N, duration>2m.')
    when, at = _word(text)
    if not at:
        raise UsageError(f'"{text}" names no step: {SHAPES}.')
    place = _LINE.fullmatch(at)
    return Spec(text, when, at, int(place[2]) if place else 0)


def compiled(pattern: str) -> re.Pattern[bytes]:
    """For the lines of an output, as bytes. Raises UsageError if it does not compile."""
    import re2  # only a run with such a breakpoint pays for it

    options = re2.Options()
    options.log_errors = False
    try:
        found: re.Pattern[bytes] = re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        reason = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
        raise UsageError(f'"{pattern}" is no regular expression: {reason.removesuffix(f": {pattern}")}.') from error
    return found


def _checked(pattern: str) -> str:
    if not pattern:
        raise UsageError("output~ needs a regular expression: output~error.")
    compiled(pattern)
    return pattern


def _word(text: str) -> tuple[When, str]:
    """The word before a colon, if it is one; else it is `before`."""
    for when in ("before", "after"):
        if text.startswith(f"{when}:"):
            return when, text.removeprefix(f"{when}:").strip()
    return "before", text
