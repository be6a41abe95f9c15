"""Packer's line shapes: `==> build: ` for what Bakehouse says, four spaces for what tools print; and its colours.

A whole piece of log becomes lines in a few passes of C over its bytes, whatever number of lines it has.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from dataclasses import dataclass

from bakehouse.record.events import NANOSECONDS
from bakehouse.record.log import SAY, STDERR, WARN

COLOURS = (32, 36, 35, 33, 34)
"""Green, cyan, magenta, yellow, blue, given to builds in turn."""
RED = 31
RESET = b"\x1b[0m"
_TRAILING = re.compile(rb"[ \t\r\f\v]+(?=\n)")
_CONTROL = re.compile(
    rb"\x1b(?:"
    rb"\[[0-9;:]*[ -/]*[@-ln-~]"  # all that moves, clears or asks the terminal something; colours (m) stay
    rb"|\[[<=>?][0-9;:]*[ -/]*[@-~]"
    rb"|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # titles and links
    rb"|[()*+][0-9A-Za-z]|[=>78cDEHMNOZ])"
)
_STRING = re.compile(rb"\x1b[PX^_][^\x1b\n]*(?:\x1b\\)?")
_SINGLE = bytes(code for code in range(32) if code not in b"\t\n\r\x1b") + b"\x7f"
_OVERWRITTEN = re.compile(rb"(?m)^[^\n]*\r")


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lines of one stream of one build begin and end."""

    begin: bytes
    arrow: bytes
    end: bytes

    @classmethod
    def of(cls, label: str, stream: int, colour: int | None) -> Shape:
        """label: of the build. colour: its number (30 to 37), or None for none; errors are red all the same."""
        arrow = ("==> " if stream in (SAY, WARN) else "    ") + label + ": "
        if colour is None:
            return cls(b"", arrow.encode(), b"")
        bold = 1 if stream in (SAY, WARN) else 0
        number = RED if stream in (STDERR, WARN) else colour
        return cls(f"\x1b[{bold};{number}m".encode(), arrow.encode(), RESET)

    def lines(self, text: bytes) -> bytes:
        """Every line of `text`, which ends with a newline, in this shape: right-trimmed, without what a carriage
        return overwrote."""
        text = tidy(text)
        head = self.begin + self.arrow
        shaped = head + text[:-1].replace(b"\n", self.end + b"\n" + head) + self.end + b"\n"
        if text.startswith(b"\n") or b"\n\n" in text:
            shaped = shaped.replace(head + self.end + b"\n", self.begin + self.arrow.rstrip() + self.end + b"\n")
        return shaped

    def stamped(self, text: bytes, times: Iterable[int]) -> bytes:
        """The same with the time of each line before the arrow (`-timestamp-ui`)."""
        out = []
        for line, at in zip(tidy(text).split(b"\n"), times, strict=False):
            shaped = (self.arrow + line).rstrip()
            out.append(b"%b%b: %b%b\n" % (self.begin, _stamp(at // NANOSECONDS), shaped, self.end))
        return b"".join(out)


def tidy(text: bytes) -> bytes:
    """Without blanks at the ends of lines, what a carriage return overwrote, and what would command a terminal."""
    if b"\x1b" in text:
        text = _CONTROL.sub(b"", text)
    if b"\r" in text or b" \n" in text or b"\t\n" in text:
        text = _TRAILING.sub(b"", text)
        if b"\r" in text:
            text = _OVERWRITTEN.sub(b"", text)
    return text


def commandless(text: bytes) -> bytes:
    """Without what would command a terminal, such as a recorded shell has; colours and single carriage returns stay."""
    return _CONTROL.sub(b"", _STRING.sub(b"", text)).translate(None, _SINGLE).replace(b"\r\n", b"\n")


_stamps: dict[int, bytes] = {}


def _stamp(second: int) -> bytes:
    """RFC 3339, local time."""
    if second not in _stamps:
        _stamps.clear()
        moment = time.localtime(second)
        zone = time.strftime("%z", moment)
        offset = "Z" if moment.tm_gmtoff == 0 else f"{zone[:3]}:{zone[3:]}"
        _stamps[second] = (time.strftime("%Y-%m-%dT%H:%M:%S", moment) + offset).encode()
    return _stamps[second]
