"""What an expression without a value is told: summary, detail, help, and the place under the carets.

WRITE_GOLDEN=1 writes the file anew; look at the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.expressions import failure, marked_text

GOLDEN = Path(__file__).parent / "errors.txt"
PLACES = [
    ("var.siez", "siez"),
    ("vra.size", "vra"),
    ("upper", "upper"),
    ("1 + [2]", "[2]"),
    ("1 + (true && null)", "null"),
    ('"a" < 1', '"a"'),
    ("!5", "5"),
    ("null + 1", "null"),
    ('"x${var.tags}y"', "var.tags"),
    ('"x${null}"', "null"),
    ("var.tags[2]", "2"),
    ("var.tags[0.5]", "0.5"),
    ('var.ports["htp"]', '"htp"'),
    ("var.name.first", "first"),
    ("var.hosts.name", "name"),
    ("null.a", "a"),
    ("[for x in 5 : x]", "5"),
    ("[for x in null : x]", "null"),
    ("[for x in [1, 2] : x if x]", "x"),
    ('{ for x in ["a", "a"] : x => 1 }', "x"),
    ("{ (null) = 1 }", "(null)"),
    ("{ ([]) = 1 }", "([])"),
    ("true ? 1 : []", "true ? 1 : []"),
    ("[] ? 1 : 2", "[]"),
    ('uper("a")', "uper"),
    ('upper("a", "b")', '"b"'),
    ("upper()", "upper()"),
    ("upper([1])", "[1]"),
    ("upper(null)", "null"),
    ("tolist([1])", "tolist"),
    ('env("HOME")', "env"),
    ("max(var.name...)", "var.name"),
    ('substr("abc", 0.5, 1)', "0.5"),
    ('parseint("12x", 10)', '"12x"'),
    ('regex("(", "a")', '"("'),
    ('convert("x", number)', '"x"'),
    ("convert(1, strng)", "strng"),
    ("convert([1, true], list(any))", "[1, true]"),
    ("convert({ a = 1 }, object({ a = number, b = string }))", "{ a = 1 }"),
    ('convert(["1", "x"], list(number))', '["1", "x"]'),
    ("try(var.no, [1][5])", "try(var.no, [1][5])"),
    ('vault("secret/a", "b")', 'vault("secret/a", "b")'),
    ('formatdate("QQ", "2024-01-01T00:00:00Z")', '"QQ"'),
    ('cidrsubnet("10.0.0.0/30", 8, 1)', "8"),
    ('jsondecode("{")', '"{"'),
    ('zipmap(["a"], [])', "[]"),
    ("0 / 0", "0 / 0"),
    ("parseint(var.secret, 10)", "var.secret"),
    ("var.secret + 1", "var.secret"),
    ("convert([null][*].a, any)", "a"),
]


@pytest.mark.parametrize(("text", "place"), PLACES)
def test_an_error_points_at_the_part_that_is_wrong(text: str, place: str) -> None:
    assert marked_text(failure(text)) == place


def test_every_message_is_as_it_was_agreed() -> None:
    texts = "\n\n".join(failure(text).render() for text, _ in PLACES) + "\n"
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.write_text(texts)
    assert texts == GOLDEN.read_text()


def test_no_message_quotes_a_sensitive_value() -> None:
    for text in ("var.secret + 1", "parseint(var.secret, 10)", "convert(var.secret, bool)", "base64decode(var.secret)"):
        assert "hunter2" not in failure(text).render()


def test_nesting_without_end_is_an_error() -> None:
    diagnostic = failure(" + ".join(["1"] * 5000))
    assert diagnostic.summary == "Expression too long"
