"""JSON with places: what is read, what is refused, and how it is said."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.errors import TemplateError
from bakehouse.template.json_syntax.nodes import Array, JsonValue, Object, plain
from bakehouse.template.json_syntax.reader import MOST_NESTED, read_json
from bakehouse.template.syntax.tree import SourceFile

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def read(text: str) -> JsonValue:
    return read_json(SourceFile("t.json", text))


@given(VALUES, st.sampled_from((None, 0, 2)), st.booleans())
def test_reads_what_json_writes(value: Any, indent: int | None, ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii)
    assert plain(read(text)) == value


@given(VALUES)
def test_a_place_is_that_of_the_text(value: Any) -> None:
    text = json.dumps(value, indent=1)
    lines = text.split("\n")

    def check(node: JsonValue) -> None:
        assert plain(read(node.range.text)) == plain(node)
        assert lines[node.range.line - 1][node.range.column - 1 :].startswith(node.range.text[:1])
        if isinstance(node, Object):
            for member in node.members:
                assert json.loads(member.name_range.text) == member.name
                check(member.value)
        elif isinstance(node, Array):
            for item in node.items:
                check(item)

    check(read(text))


@given(st.text(alphabet="{}[]\",:\\/* \n01-+.eEtrufalsn#'", max_size=30))
def test_verdict_is_that_of_the_standard_library(text: str) -> None:
    def refuse(name: str) -> float:
        raise ValueError(name)

    try:
        json.loads(text, parse_constant=refuse)
        right = True
    except ValueError:
        right = False
    try:
        read(text)
        assert right
    except TemplateError as error:
        assert not right
        assert error.diagnostics[0].location is not None


def test_numbers_are_exact() -> None:
    given = plain(read("[12345678901234567890123, 0.1, 1e3, -0, 1E-2]"))
    assert [str(number) for number in given] == ["12345678901234567890123", "0.1", "1E+3", "0", "0.01"]
    assert math.isclose(given[4], 0.01)


def test_half_a_pair_is_no_character() -> None:
    assert plain(read(r'["\ud800", "\ud83d\ude00"]')) == ["\ufffd", "\U0001f600"]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('{"a": 1,}', 1, 8, "comma"),
        ("[1,\n]", 1, 3, "comma"),
        ("[1\n2]", 2, 1, "comma is missing"),
        ('{"a": 1 "b": 2}', 1, 9, "comma is missing"),
        ("{'a': 1}", 1, 2, 'Write "a"'),
        ('{\n  // why\n  "a": 1}', 2, 3, "comment"),
        ('{"a": 1 # why\n}', 1, 9, "comment"),
        ("{a: 1}", 1, 2, "quotes"),
        ('{"a" = 1}', 1, 6, "colon"),
        ('{"a": True}', 1, 7, "Write true"),
        ('{"a": 010}', 1, 7, "no zero in front"),
        ('{"a": NaN}', 1, 7, "quotes"),
        ("\ufeff{}", 1, 1, "byte order mark"),
        ('{"a": [1, 2}', 1, 12, '"]"'),
        ('{\n  "a": {\n', 2, 8, "never closed"),
        ('{"a": "x\n"}', 1, 7, "no end on its line"),
        ('{"a": "\\d"}', 1, 8, "escape"),
        ('{"a": "\t"}', 1, 8, "\\u0009"),
        ("{} {}", 1, 4, "More than one"),
        ("", 1, 1, "empty"),
        ("[" * 5000, 1, MOST_NESTED + 1, "deep"),
        ("[1e999999999]", 1, 2, "range"),
    ],
)
def test_nearest_cause(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        read(text)
    (found,) = caught.value.diagnostics
    assert found.location is not None
    assert (found.location.line, found.location.column) == (line, column)
    assert words in f"{found.summary} {found.detail} {found.help}"
