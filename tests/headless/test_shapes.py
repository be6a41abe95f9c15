"""Packer's line shapes."""

from __future__ import annotations

import time

import pytest

from bakehouse.headless import durations
from bakehouse.headless.shapes import Shape
from bakehouse.record.log import SAY, STDERR, STDOUT, WARN


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (b"one\n", b"    a: one\n"),
        (b"one\ntwo\n", b"    a: one\n    a: two\n"),
        (b"blanks \t\nnone\n", b"    a: blanks\n    a: none\n"),
        (b"10%\r50%\r100%\nnext\n", b"    a: 100%\n    a: next\n"),
        (b"dos\r\nends\r\n", b"    a: dos\n    a: ends\n"),
        (b"\x1b[1;31mred\x1b[0m \x1b[6n\x1b[2J\x1b[?25lplain\n", b"    a: \x1b[1;31mred\x1b[0m plain\n"),
        (b"\x1b]0;title\x07a\x1b]8;;http://x\x1b\\b\x1b(B\x1b=c\n", b"    a: abc\n"),
        (b"\n", b"    a:\n"),
        (b"\n\nx\n\n", b"    a:\n    a:\n    a: x\n    a:\n"),
    ],
)
def test_lines_of_tools(text: bytes, shown: bytes) -> None:
    assert Shape.of("a", STDOUT, None).lines(text) == shown


def test_what_we_say() -> None:
    assert Shape.of("a", SAY, None).lines(b"x\n") == b"==> a: x\n"
    assert Shape.of("a", WARN, None).lines(b"x\n") == b"==> a: x\n"


def test_colours_go_around_each_line() -> None:
    assert Shape.of("a", SAY, 36).lines(b"x\ny\n") == b"\x1b[1;36m==> a: x\x1b[0m\n\x1b[1;36m==> a: y\x1b[0m\n"
    assert Shape.of("a", STDOUT, 36).lines(b"\nx\n") == b"\x1b[0;36m    a:\x1b[0m\n\x1b[0;36m    a: x\x1b[0m\n"
    assert Shape.of("a", STDERR, 36).lines(b"x\n") == b"\x1b[0;31m    a: x\x1b[0m\n"
    assert Shape.of("a", WARN, 36).lines(b"x\n") == b"\x1b[1;31m==> a: x\x1b[0m\n"


def test_stamps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        shown = Shape.of("a", SAY, None).stamped(b"x\n\n", [1_700_000_000 * 10**9, 1_700_000_001 * 10**9])
    finally:
        monkeypatch.undo()
        time.tzset()
    assert shown == b"2023-11-15T03:43:20+05:30: ==> a: x\n2023-11-15T03:43:21+05:30: ==> a:\n"


@pytest.mark.parametrize(
    ("nanoseconds", "shown"),
    [
        (0, "0 microseconds"),
        (999, "0 microseconds"),
        (31_115_000, "31 milliseconds 115 microseconds"),
        (2_013_000_000, "2 seconds 13 milliseconds"),
        (1_000_000_000, "1 second"),
        (3_661_000_000_000, "1 hour 1 minute"),
        (3_600_000_000_000 + 5_000_000, "1 hour 5 milliseconds"),
    ],
)
def test_long_durations(nanoseconds: int, shown: str) -> None:
    assert durations.long(nanoseconds) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (524, "8:44"), (3723, "1:02:03"), (-5, "0:00")])
def test_clock(seconds: int, shown: str) -> None:
    assert durations.clock(seconds * 10**9) == shown
