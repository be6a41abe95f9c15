"""Expressions, from text to what the console prints."""

from __future__ import annotations

import pytest

from bakehouse.template.kinds import BOOL, DYNAMIC, NUMBER, STRING, ListType, TupleType
from bakehouse.template.values import SENSITIVE, from_python, object_of, render, string, to_python, unknown
from support.expressions import shown, value_of

LITERALS = [
    ("17", "17"),
    ("-4.50", "-4.5"),
    ("2e3", "2000"),
    ("true", "true"),
    ("null", "null"),
    ('"plain"', "plain"),
    ('["x", 1, false]', '[ "x", 1, false, ]'),
    ('{ b = 2, "a key" = 1 }', '{ "a key" = 1 "b" = 2 }'),
    ("{ gone = null, here = 1 }", '{ "here" = 1 }'),
    ("[null]", "[ null, ]"),
    ("123456789012345678901234", "1.2345678901234569e+23"),
    ("0.00002", "2e-05"),
    ("1234567.5", "1.2345675e+06"),
    ("3600000", "3600000"),
]
OPERATORS = [
    ("1 + 2 * 3 - 4", "3"),
    ("(1 + 2) * 3", "9"),
    ("9 / 4", "2.25"),
    ("-9 % 4", "-1"),
    ("9 % 0", "9"),
    ("8 / 0", "+Inf"),
    ("-8 / 0", "-Inf"),
    ("0.1 + 0.7", "0.8"),
    ("1 / 7 * 7 == 1", "true"),
    ('"6" * "7"', "42"),
    ('"5" == 5', "false"),
    ("null == null", "true"),
    ("[] == null", "false"),
    ('[1, "a"] == [1, "a"]', "true"),
    ("{ a = [1] } != { a = [2] }", "true"),
    ("convert([], list(string)) == convert([], list(number))", "false"),
    ("3 >= 3 && !(2 > 3)", "true"),
    ("false && var.missing", "false"),
    ("true || var.missing", "true"),
    ("null || true", "true"),
    ('!"false"', "true"),
    ("9007199254740993 - 1", "9007199254740992"),
]
CONDITIONALS = [
    ('true ? 1 : "x"', "1"),
    ('(true ? 1 : "x") == "1"', "true"),
    ("true ? [1, 2] : []", "[ 1, 2, ]"),
    ('jsonencode(true ? [1] : ["a", "b"])', '["1"]'),
    ('jsonencode(false ? { a = 1 } : { b = "x" })', '{"b":"x"}'),
    ("true ? null : 5", "null"),
    ("true ? 1 : var.missing", "1"),
    ("false ? var.missing : 2", "2"),
    ("true ? convert([3], set(number)) : [4]", "[ 3, ]"),
]
TRAVERSALS = [
    ("var.ports.https", "443"),
    ('var.ports["http"]', "80"),
    ("var.tags[1]", "b"),
    ('var.tags["0"]', "a"),
    ("var.tags.1", "b"),
    ("var.hosts[*].name", '[ "one", "two", ]'),
    ("var.hosts.*.up", "[ true, false, ]"),
    ("var.name[*]", '[ "oven", ]'),
    ("null[*]", "[]"),
    ("[[1, 2], [3]][*][0]", "[ 1, 3, ]"),
    ("convert([{ a = 1 }], list(map(number)))[*].a", "[ 1, ]"),
    ("convert({ a = 1 }, map(number)).a", "1"),
]
LOOPS = [
    ("[for t in var.tags : upper(t)]", '[ "A", "B", ]'),
    ("[for i, t in var.tags : i]", "[ 0, 1, ]"),
    ("[for k, p in var.ports : k if p > 100]", '[ "https", ]'),
    ('[for k, v in convert(["y", "x"], set(string)) : "${k}${v}"]', '[ "xx", "yy", ]'),
    ("{ for h in var.hosts : h.name => h.up }", '{ "one" = true "two" = false }'),
    ("{ for h in var.hosts : h.up => h.name... }", '{ "false" = [ "two", ] "true" = [ "one", ] }'),
    ("{ for i, t in var.tags : t => i... if i > 0 }", '{ "b" = [ 1, ] }'),
    ("[for a in [1, 2] : [for b in [10, 20] : a * b]]", "[ [ 10, 20, ], [ 20, 40, ], ]"),
    ("[for var in [1] : var]", "[ 1, ]"),
]
TEMPLATES = [
    ('"${var.name}-${var.size}"', "oven-3"),
    ('"${1 == 1}!"', "true!"),
    ('"${7}" + 1', "8"),
    ('"%{ if var.size > 2 }big%{ else }small%{ endif }"', "big"),
    ('"%{ for t in var.tags }<${t}>%{ endfor }"', "<a><b>"),
    ('"%{ for k, p in var.ports ~} ${k}=${p} %{~ endfor }"', "http=80https=443"),
    ('"$${kept}"', "${kept}"),
    ('"${0.1 + 0.2}x"', "0.3x"),
]


@pytest.mark.parametrize(("text", "expected"), LITERALS + OPERATORS + CONDITIONALS + TRAVERSALS + LOOPS + TEMPLATES)
def test_value(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("later", DYNAMIC),
        ("later.anything[3]", DYNAMIC),
        ("later + 1", NUMBER),
        ("later == 1", BOOL),
        ('"x${later}"', STRING),
        ("later ? 1 : 2", NUMBER),
        ('later ? 1 : "x"', STRING),
        ("[for x in later : x]", DYNAMIC),
        ("[for x in [1] : x if later]", DYNAMIC),
        ("{ (later) = 1 }", DYNAMIC),
        ("later[*].name", DYNAMIC),
        ("upper(later)", STRING),
        ("var.tags[later]", DYNAMIC),
        ('"%{ for x in later }y%{ endfor }"', STRING),
        ("max([1, later]...)", NUMBER),
        ("max(later...)", NUMBER),
        ("convert(later, list(string))", ListType(STRING)),
        ("split(later, later)", ListType(STRING)),
    ],
)
def test_what_is_not_known_yet_has_the_type_it_will_have(text: str, kind: object) -> None:
    value = value_of(text)
    assert not value.is_known
    assert value.type == kind


def test_known_parts_stay_known_beside_unknown_ones() -> None:
    value = value_of('[later, upper("a"), length([later])]')
    assert value.type == TupleType((DYNAMIC, STRING, NUMBER))
    assert to_python(value, unknown="?") == ["?", "A", 1]
    assert render(value) == "<unknown>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("later && false", False), ("true || later", True), ('contains([later, "b"], "b")', True), ('can("x")', True)],
)
def test_an_answer_that_an_unknown_value_cannot_change_is_known(text: str, expected: bool) -> None:
    assert to_python(value_of(text)) is expected


@pytest.mark.parametrize(
    "text",
    [
        '"password: ${var.secret}"',
        "upper(var.secret)",
        '[for c in split("", var.secret) : c][0]',
        'var.secret == "x"',
        'var.secret == "x" ? 1 : 2',
        "length(var.secret) + 1",
        "{ (var.secret) = 1 }",
        "{ for k in [var.secret] : k => 1 }",
        "jsonencode(var)",
        "convert([var.secret], set(string))",
        "try(var.nothing, var.secret)",
        'var.tags[var.secret == "" ? 0 : 1]',
        '"%{ if var.secret == "" }a%{ else }b%{ endif }"',
        "merge(var, {}).secret",
        "flatten([[var.secret]])[0]",
    ],
)
def test_what_is_made_of_a_sensitive_value_is_sensitive(text: str) -> None:
    assert value_of(text).is_sensitive


@pytest.mark.parametrize(
    "text",
    [
        "var.name",
        "merge(var, {}).name",
        "keys(var)",
        "length(var)",
        'concat([var.secret], ["open"])[1]',
        "values(var)[0]",
    ],
)
def test_what_only_stood_beside_a_sensitive_value_is_not(text: str) -> None:
    assert not value_of(text).is_sensitive


def test_a_sensitive_value_is_printed_only_on_demand() -> None:
    value = object_of({"open": string("a"), "pin": string("1234").marked(SENSITIVE)})
    assert render(value) == '{\n  "open" = "a"\n  "pin" = "<sensitive>"\n}'
    assert render(value, reveal=True) == '{\n  "open" = "a"\n  "pin" = "1234"\n}'
    assert render(value.marked(SENSITIVE)) == '{\n  "open" = "<sensitive>"\n  "pin" = "<sensitive>"\n}'
    assert render(from_python([1, [None]]).marked(SENSITIVE)) == "[\n  <sensitive>,\n  [\n    <sensitive>,\n  ],\n]"


def test_a_variable_may_be_unknown_of_a_known_type() -> None:
    assert not value_of("source.name", source=object_of({"name": unknown(STRING)})).is_known
    assert value_of("source.name", source=object_of({"name": unknown(STRING)})).type == STRING


def test_console_output_is_as_packer_prints_it() -> None:
    value = from_python({"list": [1, ["a\n"], {}], "none": None, "text": 'say "hi" \t é \x01'})
    assert render(value) == (
        '{\n  "list" = [\n    1,\n    [\n      "a\\n",\n    ],\n    {},\n  ]\n  "text" = "say \\"hi\\" \\t é \\x01"\n}'
    )
