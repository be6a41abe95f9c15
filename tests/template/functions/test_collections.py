"""Functions of lists, maps, sets and numbers."""

from __future__ import annotations

import pytest

from bakehouse.template.kinds import NUMBER, STRING, ListType, MapType, SetType, TupleType
from support.expressions import failure, shown, value_of

LISTS = [
    ("alltrue([]) && !anytrue([])", "true"),
    ('alltrue(["true", null])', "false"),
    ("chunklist([1, 2, 3], 2)", "[ [ 1, 2, ], [ 3, ], ]"),
    ("coalescelist([], [0], [1])", "[ 0, ]"),
    ('compact(["a", "", null, 5])', '[ "a", "5", ]'),
    ('concat([1], ["a"], [])', '[ 1, "a", ]'),
    ('contains(["1"], 1)', "false"),
    ('distinct(["b", "a", "b"])', '[ "b", "a", ]'),
    ('element(["a", "b", "c"], 7)', "b"),
    ("flatten([[1, [2]], convert([3], set(number)), 4])", "[ 1, 2, 3, 4, ]"),
    ('index(["a", "b"], "b")', "1"),
    ("range(3)", "[ 0, 1, 2, ]"),
    ("range(5, 1, -2)", "[ 5, 3, ]"),
    ("range(0, 0.3, 0.1)", "[ 0, 0.1, 0.2, ]"),
    ('reverse(convert(["a", "b"], set(string)))', '[ "b", "a", ]'),
    ("slice([1, 2, 3, 4], 1, 3)", "[ 2, 3, ]"),
    ('sort(["b", "B", "a", "10", "9"])', '[ "10", "9", "B", "a", "b", ]'),
]
MAPS = [
    ('coalesce(null, "", "x", "y")', "x"),
    ("keys({ z = 1, B = 2, a = 3 })", '[ "B", "a", "z", ]'),
    ("values({ z = 1, B = 2, a = 3 })", "[ 2, 3, 1, ]"),
    ('lookup({ a = 1 }, "b", "none")', "none"),
    ('lookup({ a = null }, "a", 1) == null', "true"),
    ("merge({ a = 1, b = 1 }, null, { b = 2 })", '{ "a" = 1 "b" = 2 }'),
    ("merge()", "{}"),
    ('zipmap(["a", "b"], [1, "x"])', '{ "a" = 1 "b" = "x" }'),
    ("length({ a = 1 }) + length([]) + length(convert([1, 1], set(number)))", "2"),
]
SETS = [
    ("setunion([3, 1], [2, 3])", "[ 1, 2, 3, ]"),
    ('setunion([], ["a"], [1])', '[ "1", "a", ]'),
    ("setintersection([1, 2, 3], [3, 2], [2])", "[ 2, ]"),
    ('setproduct(["a", "b"], [1])', '[ [ "a", 1, ], [ "b", 1, ], ]'),
]
NUMBERS = [
    ("abs(-3) + ceil(1.2) + floor(-1.2)", "3"),
    ("max(3, 12, 7) - min(3, 12, 7)", "9"),
    ("pow(2, 10)", "1024"),
    ("pow(10, 400)", "+Inf"),
    ("log(8, 2)", "3"),
    ("signum(-7)", "-1"),
    ('sum([1, "2", 0.5])', "3.5"),
    ('parseint("-zz", 36)', "-1295"),
    ('parseint("Z", 62) + parseint("z", 62)', "96"),
]


@pytest.mark.parametrize(("text", "expected"), LISTS + MAPS + SETS + NUMBERS)
def test_value(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("coalescelist([], [])", "empty"),
        ('coalesce("", null)', "null or empty"),
        ("coalesce([1], 2)", "one type"),
        ("concat([1], 2)", "list or tuple is needed here"),
        ("element([], 0)", "empty list"),
        ("element([1], -1)", "negative"),
        ('index(["a"], "b")', "No item"),
        ("range(2000)", "1024"),
        ("range(1, 5, -1)", "lead"),
        ("slice([1], 0, 2)", "1 items"),
        ("sort([null])", "null"),
        ("keys([1])", "map is needed here"),
        ("length(5)", "A number has no length."),
        ('merge("a")', "map is needed here"),
        ('lookup(convert({ a = 1 }, map(number)), "b", "x")', '"x" is not one'),
        ("setproduct([1])", "at least two"),
        ("setunion([1], [true])", "one type"),
        ("sum([])", "empty list"),
        ("max()", "at least one"),
        ("pow(-8, 0.5)", "fractional"),
        ("log(-1, 10)", "negative"),
        ("log(0, 0)", "not a number"),
        ("log(1, 1)", "base 1"),
        ("signum(0.5)", "whole"),
        ('parseint("9", 8)', "base 8"),
        ('parseint("1", 63)', "2 to 62"),
    ],
)
def test_refusal(text: str, part: str) -> None:
    assert part.lower() in failure(text).render().lower()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("concat(convert([1], list(number)), convert([2], list(number)))", ListType(NUMBER)),
        ("concat([1], convert([2], list(number)))", TupleType((NUMBER, NUMBER))),
        ("merge(convert({ a = 1 }, map(number)), convert({ b = 2 }, map(number)))", MapType(NUMBER)),
        ('setproduct(convert([1], set(number)), convert(["a"], set(string)))', SetType(TupleType((NUMBER, STRING)))),
        ("keys(convert({}, map(number)))", ListType(STRING)),
        ('split(",", "")', ListType(STRING)),
        ('zipmap(["a"], convert([1], list(number)))', MapType(NUMBER)),
    ],
)
def test_the_type_of_the_result(text: str, kind: object) -> None:
    assert value_of(text).type == kind
