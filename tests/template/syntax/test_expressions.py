"""Expressions: what tree each form gives."""

from __future__ import annotations

import pytest

from bakehouse.template.syntax.parse import parse_expression
from support.syntax import shown

CASES = [
    # literals
    ("null", "null"),
    ("true", "true"),
    ("0", "0"),
    ("007", "7"),
    ("12.50", "12.50"),
    ("1e3", "1E+3"),
    ("1.5E-3", "0.0015"),
    ("100000000000000000000000000", "100000000000000000000000000"),
    ('"x"', "'x'"),
    ('""', "''"),
    # names
    ("var", "var"),
    ("a-b", "a-b"),
    ("é_1", "é_1"),
    ("for", "for"),
    ("in", "in"),
    ("tru", "tru"),
    # operators
    ("1 + 2 * 3", "(+ 1 (* 2 3))"),
    ("1 - 2 - 3", "(- (- 1 2) 3)"),
    ("10-20", "(- 10 20)"),
    ("a - b", "(- a b)"),
    ("-a.b", "(- a.b)"),
    ("!!a", "(! (! a))"),
    ("- -1", "(- (- 1))"),
    ("!a == b", "(== (! a) b)"),
    ("a || b && c", "(|| a (&& b c))"),
    ("a == b != c", "(!= (== a b) c)"),
    ("a < b == c >= d", "(== (< a b) (>= c d))"),
    ("a % b / c", "(/ (% a b) c)"),
    ("(a)", "(paren a)"),
    ("(1 + 2) * 3", "(* (paren (+ 1 2)) 3)"),
    ("a ? b : c ? d : e", "(? a b (? c d e))"),
    ("a ? b ? 1 : 2 : 3", "(? a (? b 1 2) 3)"),
    ("a == b ? c + 1 : d", "(? (== a b) (+ c 1) d)"),
    # calls
    ("f()", "f()"),
    ("f(1, a)", "f(1, a)"),
    ("f(1, a,)", "f(1, a)"),
    ("f(a...)", "f(a...)"),
    ("f(1, a ...)", "f(1, a...)"),
    ("a::b(1)", "a::b(1)"),
    ("provider::x::y()", "provider::x::y()"),
    ("true(1)", "true(1)"),
    # collections
    ("[]", "[]"),
    ("[1, [2],]", "[1, [2]]"),
    ("{}", "{}"),
    ("{a = 1, b : 2}", "{'a' = 1, 'b' = 2}"),
    ("{a = 1,}", "{'a' = 1}"),
    ('{"a b" = 1}', "{'a b' = 1}"),
    ("{(a) = 1}", "{(paren a) = 1}"),
    ('{"a${b}" = 1}', "{(template 'a' b) = 1}"),
    ("{1 = 2}", "{1 = 2}"),
    ("{true = 1, null = 2, if = 3}", "{'true' = 1, 'null' = 2, 'if' = 3}"),
    ("{a = b ? c : d}", "{'a' = (? b c d)}"),
    ("{a.b = 1}", "{a.b = 1}"),
    # traversal
    ("a.b.c", "a.b.c"),
    ("a.for.true", "a.for.true"),
    ("a[0]", "a[0]"),
    ('a["x"].y', "a['x'].y"),
    ("a[b.c]", "a[b.c]"),
    ("a[for]", "a[for]"),
    ("a.0", "a[0]"),
    ("a.0.b", "a[0].b"),
    ("f().x", "f().x"),
    ("[1, 2][0]", "[1, 2][0]"),
    ("(a).b", "(paren a).b"),
    ('"x".y', "'x'.y"),
    # splats
    ("a[*]", "(splat a _)"),
    ("a[*].b[0]", "(splat a _.b[0])"),
    ("a[*].b[*].c", "(splat a (splat _.b _.c))"),
    ("(a[*].b)[0]", "(paren (splat a _.b))[0]"),
    ("a.*.b.c", "(attribute-splat a _.b.c)"),
    ("a.*.b[0]", "(attribute-splat a _.b)[0]"),
    ("a.*.0", "(attribute-splat a _[0])"),
    ("a[*].b.*.c", "(splat a (attribute-splat _.b _.c))"),
    # for expressions
    ("[for x in y : x]", "(for x y x)"),
    ("[for i, x in y : x.z if i > 0]", "(for i,x y x.z if (> i 0))"),
    ("{for x in y : x => 1}", "(for{} x y x 1)"),
    ("{for k, v in y : v => k... if k}", "(for{} k,v y v k ... if k)"),
    ("[for for in in : if if for]", "(for for in if if for)"),
    ("[for x in [for y in z : y] : x]", "(for x (for y z y) x)"),
    ("[for null in y : 1]", "(for null y 1)"),
]


@pytest.mark.parametrize(("text", "tree"), CASES)
def test_tree_of_an_expression(text: str, tree: str) -> None:
    assert shown(text) == tree


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a\n+\nb", "(+ a b)"),
        ("f(\n1,\n2,\n)", "f(1, 2)"),
        ("[\n1,\n2\n]", "[1, 2]"),
        ("{\n\na = 1\n\nb = 2,\n}", "{'a' = 1, 'b' = 2}"),
        ("[\n# one\n1, // two\n/* three\n */ 2]", "[1, 2]"),
        ("{ # c\nfor x in\ny\n: x => x }", "(for{} x y x x)"),
        ("(a\n.b\n[*]\n.c)", "(paren (splat a.b _.c))"),
        ("a[ /* all */ * ].b", "(splat a _.b)"),
        ("a . * . b", "(attribute-splat a _.b)"),
        ("(a\r\n?\r\nb\r\n:\r\nc)", "(paren (? a b c))"),
    ],
)
def test_newlines_and_comments_inside_brackets_do_not_count(text: str, tree: str) -> None:
    assert shown(text) == tree


def test_integers_stay_exact_beyond_what_python_reads_as_int() -> None:
    digits = "9" * 5000
    assert shown(digits) == digits


def test_an_expression_knows_its_place_in_a_larger_text() -> None:
    where = parse_expression("a +\n  b", "-var x", line=3, column=7).range
    assert (where.line, where.column, where.end_line, where.end_column) == (3, 7, 4, 4)
    assert where.text == "a +\n  b"


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("a + b.c[0]", "a + b.c[0]"),
        ("f(1, 2) ", "f(1, 2)"),
        (' "x${y}" ', '"x${y}"'),
        ("x ? [1] : {a = 1}", "x ? [1] : {a = 1}"),
        ("[for x in y : x] // all", "[for x in y : x]"),
    ],
)
def test_the_range_of_a_node_is_its_text(text: str, piece: str) -> None:
    assert parse_expression(text, "t").range.text == piece
