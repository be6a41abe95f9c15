"""Type expressions, what converts to what, and the one type for several."""

from __future__ import annotations

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.convert import convert, convertible, unify
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
)
from bakehouse.template.syntax.parse import parse_expression
from bakehouse.template.types import parse_type, written_type
from bakehouse.template.values import Value, from_python, null, render, to_python, unknown
from support.expressions import failure, shown, type_of, value_of


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("string", STRING),
        ("any", DYNAMIC),
        ("list(number)", ListType(NUMBER)),
        ("set(list(bool))", SetType(ListType(BOOL))),
        ("map(any)", MapType(DYNAMIC)),
        ("tuple([string, number])", TupleType((STRING, NUMBER))),
        ("tuple([])", TupleType(())),
        ("object({})", ObjectType({})),
        (
            "object({ a = string, b = optional(list(number)) })",
            ObjectType({"a": STRING, "b": ListType(NUMBER)}, frozenset({"b"})),
        ),
    ],
)
def test_a_type_expression_and_its_text(text: str, kind: Type) -> None:
    assert type_of(text) == kind
    assert type_of(str(kind)) == kind


@pytest.mark.parametrize(
    "text",
    [
        *("list", "map()", "list(string, number)", "5", '"string"', "null", "strin", "lst(string)", "var.x"),
        *("tuple(string)", "object(string)", 'object({ "a" = string })', "optional(string)", "list(optional(string))"),
        *("object({ a = optional() })", "object({ a = optional(number, true) })", "object({ a = optional(any, x) })"),
        "object({ a = string, a = number })",
    ],
)
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        type_of(text)


CONVERSIONS = [
    ("1.50", "string", '"1.5"'),
    ("true", "string", '"true"'),
    ('"1e2"', "number", "100"),
    ('"0"', "bool", "false"),
    ('["a", 1]', "list(string)", '["a","1"]'),
    ('["b", "a", "b"]', "set(string)", '["a","b"]'),
    ("[1, 2]", "tuple([string, number])", '["1",2]'),
    ("{ a = 1, b = true }", "map(string)", '{"a":"1","b":"true"}'),
    ("{ a = 1, extra = 2 }", "object({ a = string })", '{"a":"1"}'),
    ("{ a = 1 }", "object({ a = number, b = optional(string) })", '{"a":1,"b":null}'),
    ('[1, "a"]', "list(any)", '["1","a"]'),
    ('{ a = [1], b = ["x"] }', "map(any)", '{"a":["1"],"b":["x"]}'),
    ('[[1], ["a", true]]', "list(list(any))", '[["1"],["a","true"]]'),
    ("[]", "list(number)", "[]"),
    ("[null, 1]", "list(number)", "[null,1]"),
    ("null", "list(string)", "null"),
    ("convert({ a = 1 }, map(number))", "object({ a = string })", '{"a":"1"}'),
]


@pytest.mark.parametrize(("value", "kind", "expected"), CONVERSIONS)
def test_conversion(value: str, kind: str, expected: str) -> None:
    assert shown(f"jsonencode(convert({value}, {kind}))") == expected
    converted = value_of(f"convert({value}, {kind})")
    assert convert(converted, converted.type) == converted


@pytest.mark.parametrize(
    ("value", "kind", "reason"),
    [
        ("1", "bool", "A bool is needed here; this is a number."),
        ('"True"', "bool", '"True" is not one'),
        ('" 1"', "number", '" 1" is not one'),
        ("[1, true]", "list(any)", "must have the same type"),
        ('["a", "x"]', "list(number)", 'In item 0: A number is needed here; "a" is not one.'),
        ("{ a = [] }", "map(string)", 'In item "a": A string is needed here; this is a tuple.'),
        ("{ a = { b = [] } }", "object({ a = object({ b = number }) })", 'In attribute "a": In attribute "b"'),
        ("{}", "object({ a = string, b = string })", '"a", "b"'),
        ("[1]", "tuple([number, number])", "2 items"),
        ("convert([1], list(number))", "tuple([number])", "A tuple is needed here; this is a list of number."),
        ("{ a = 1 }", "list(number)", "A list of number is needed here; this is an object."),
    ],
)
def test_a_conversion_that_cannot_be_says_why(value: str, kind: str, reason: str) -> None:
    assert reason in failure(f"convert({value}, {kind})").detail


def test_defaults_fill_what_is_left_out_or_null() -> None:
    text = (
        "object({ name = string, ports = optional(list(object({ number = number, tls = optional(bool, true) })), []) })"
    )
    kind, defaults = parse_type(parse_expression(text, "x"))
    assert defaults is not None
    given = from_python(
        {"name": "a", "ports": [{"number": 1}, {"number": 2, "tls": False}, {"number": 3, "tls": None}]}
    )
    filled = to_python(convert(defaults.apply(given), kind))
    assert filled["ports"] == [
        {"number": 1, "tls": True},
        {"number": 2, "tls": False},
        {"number": 3, "tls": True},
    ]
    assert to_python(convert(defaults.apply(from_python({"name": "b"})), kind)) == {"name": "b", "ports": []}


@pytest.mark.parametrize(
    "text",
    [
        'object({a = optional(string, "x"), b = number, c = optional(bool)})',
        "tuple([list(object({a = optional(number, 1.5)})), string])",
        'map(object({l = optional(list(string), ["a"]), o = optional(object({n = string}), {n = "b"})}))',
        "set(object({a = string}))",
    ],
)
def test_a_type_is_written_with_its_defaults(text: str) -> None:
    assert written_type(*parse_type(parse_expression(text, "x"))) == text


def test_defaults_reach_into_maps_and_tuples() -> None:
    kind, defaults = parse_type(parse_expression('tuple([map(object({ a = optional(string, "d") }))])', "x"))
    assert defaults is not None
    assert to_python(convert(defaults.apply(from_python([{"k": {}}])), kind)) == [{"k": {"a": "d"}}]
    assert defaults.apply(null()).is_null


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ([STRING, NUMBER, BOOL], STRING),
        ([NUMBER, BOOL], None),
        ([NUMBER, DYNAMIC], NUMBER),
        ([TupleType((NUMBER,)), TupleType((STRING,))], TupleType((STRING,))),
        ([TupleType((NUMBER,)), TupleType(())], ListType(NUMBER)),
        ([TupleType((NUMBER, BOOL)), TupleType((BOOL,))], None),
        ([ListType(NUMBER), TupleType((STRING, BOOL))], ListType(STRING)),
        ([ListType(NUMBER), SetType(NUMBER)], ListType(NUMBER)),
        ([ObjectType({"a": NUMBER}), ObjectType({"a": STRING})], ObjectType({"a": STRING})),
        ([ObjectType({"a": NUMBER}), ObjectType({"b": STRING})], MapType(STRING)),
        ([ObjectType({"a": NUMBER}), ObjectType({"b": BOOL})], None),
        ([MapType(NUMBER), ObjectType({"a": STRING})], MapType(STRING)),
        ([MapType(NUMBER), MapType(STRING)], MapType(STRING)),
        ([ObjectType({}), TupleType(())], None),
        ([STRING, ListType(STRING)], None),
        ([], None),
    ],
)
def test_one_type_for_several(kinds: list[Type], expected: Type | None) -> None:
    assert unify(kinds) == expected
    assert unify(list(reversed(kinds))) == expected


def test_an_unknown_value_is_converted_in_its_type_alone() -> None:
    assert convert(unknown(NUMBER), STRING) == unknown(STRING)
    assert convert(unknown(TupleType((NUMBER, NUMBER))), ListType(STRING)) == unknown(ListType(STRING))
    assert convert(unknown(ListType(NUMBER)), SetType(DYNAMIC)) == unknown(SetType(NUMBER))
    with pytest.raises(Fault):
        convert(unknown(STRING), ListType(STRING))
    assert not convertible(ListType(STRING), NUMBER)


def test_a_null_keeps_no_optional_attribute_in_its_type() -> None:
    kind = ObjectType({"a": STRING}, frozenset({"a"}))
    value = convert(null(), ListType(kind))
    assert value == Value(ListType(ObjectType({"a": STRING})), None)
    assert render(value) == "null"
