"""A line of a file with a caret under the place that a message is about, as it looks on a screen."""

from __future__ import annotations

from collections.abc import Callable

TAB = 4
LONGEST = 160
"""Cells of a line that are shown; of a longer one the part around the caret."""
BEFORE = 60
CUT = "..."
HARMLESS = "\u00a0\u3000\u200d"
"""Not printable for Python: two blanks, and what joins parts of an emoji. What turns text around is not here."""


def excerpt(text: str, line: int, column: int, end_column: int, paint: Callable[[str], str]) -> list[str]:
    """Two lines, or one without a column. text: the whole line, number `line`. column, end_column: characters from 1,
    the end exclusive. paint: colours the caret.

    A tab is as wide as four blanks, a wide character as two, and what commands a terminal is shown as U+FFFD.
    """
    passed_over = max(0, column - 1 - LONGEST)  # of a line of megabytes not each character is looked at
    more = len(text) > passed_over + 3 * LONGEST
    text = text[passed_over : passed_over + 3 * LONGEST]
    column, end_column = max(0, column - passed_over), end_column - passed_over
    shown = [_shown(character) for character in text]
    widths = _widths(text, shown)
    first = max(0, min(column - 1, len(shown)))
    last = max(first, min(end_column - 1, len(shown)))
    begin, end = _window(widths, first)
    head = CUT if begin or passed_over else ""
    tail = CUT if end < len(shown) or more else ""
    lines = [f"    {line} | {head}{''.join(shown[begin:end])}{tail}"]
    if column:
        blanks = len(head) + sum(widths[begin:first])
        carets = max(1, sum(widths[first : min(last, end)]))
        lines.append(f"    {' ' * len(str(line))} | {' ' * blanks}{paint('^' * carets)}")
    return lines


def harmless(text: str) -> str:
    """The text with U+FFFD for each character that commands a terminal; newlines and tabs stay."""
    if text.isprintable():
        return text
    return "".join(each if each in "\n\t" else _shown(each) for each in text)


def _shown(character: str) -> str:
    if character == "\t":
        return " " * TAB
    return character if character.isprintable() or character in HARMLESS else "\ufffd"


def _widths(text: str, shown: list[str]) -> list[int]:
    """Cells of each character."""
    if text.isascii():
        return list(map(len, shown))
    from wcwidth import wcwidth

    return [len(one) if len(one) > 1 else max(0, wcwidth(one)) for one in shown]


def _window(widths: list[int], first: int) -> tuple[int, int]:
    """Which characters are shown, from and to, so that those at `first` are among them."""
    if sum(widths) <= LONGEST:
        return 0, len(widths)
    begin, room = first, BEFORE
    while begin and room > 0:
        begin -= 1
        room -= widths[begin]
    end, room = begin, LONGEST
    while end < len(widths) and room > 0:
        room -= widths[end]
        end += 1
    return begin, end
