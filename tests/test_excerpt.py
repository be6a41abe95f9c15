"""A line with a caret, as it looks on a screen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import wcswidth

from bakehouse.errors import Diagnostic, Location
from bakehouse.excerpt import BEFORE, CUT, LONGEST, excerpt


def marked(text: str, column: int, end: int) -> str:
    """What stands above the carets, cell by cell; of a wide character its first cell only."""
    line, carets = excerpt(text, 1, column, end, str)
    cells = [cell for character in line for cell in (character, "")[: max(0, wcswidth(character))]]
    begin = carets.index("^")
    return "".join(cells[begin : begin + carets.count("^")])


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a = var.x", "var.x"),
        ("\ta = var.x", "var.x"),
        ('a = "日本" + var.x', "var.x"),
        ('a = "日本" + 1', '"日本"'),
        ("a = \u0065\u0301 + var.x", "var.x"),
        ('a = "😀" + var.x', "var.x"),
        ("x" * 500 + " + var.x + " + "y" * 500, "var.x"),
    ],
)
def test_the_caret_is_under_the_very_words(text: str, part: str) -> None:
    column = text.index(part) + 1
    assert marked(text, column, column + len(part)) == part


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    line, carets = excerpt("x" * 500 + "HERE" + "y" * 500, 1, 501, 505, str)
    assert line.startswith(f"    1 | {CUT}")
    assert line.endswith(CUT)
    assert len(line) <= len("    1 | ") + LONGEST + 2 * len(CUT)
    assert carets.index("^") == len("    1 | ") + len(CUT) + BEFORE


def test_nothing_commands_the_terminal() -> None:
    line, _ = excerpt("a = \x1b[31mred\x07\x9b\u202e", 1, 1, 2, str)
    assert line == "    1 | a = \ufffd[31mred\ufffd\ufffd\ufffd"


@given(st.text(st.characters(exclude_characters="\n"), max_size=300), st.integers(0, 320), st.integers(0, 320))
def test_any_line_has_at_least_one_caret_and_no_odd_width(text: str, column: int, end: int) -> None:
    line, *carets = excerpt(text, 12, column, end, str)
    assert line.startswith("    12 | ")
    assert "\x1b" not in line
    assert (not column) if not carets else "^" in carets[0]


def test_values_stand_under_the_caret_and_colours_only_where_they_are_wanted() -> None:
    found = Diagnostic("Wrong", "why", Location("a", 12, 5, 12, 10), "error", "a = var.x", "", ("var.x is 5",))
    plain = found.render()
    assert plain == "Error: Wrong\n  a:12,5\n    12 | a = var.x\n       |     ^^^^^\n       | var.x is 5\n  why"
    coloured = found.render(colour=True)
    assert "\x1b[1;31mError:\x1b[0m" in coloured
    assert "\x1b[1;31m^^^^^\x1b[0m" in coloured
    assert "\x1b[1;33mWarning:" in Diagnostic("W", severity="warning").render(colour=True)
