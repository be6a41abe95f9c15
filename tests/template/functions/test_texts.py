"""Functions of strings, patterns, formats and encodings."""

from __future__ import annotations

import base64
import gzip

import pytest

from support.expressions import failure, shown, value_of

STRINGS = [
    (r'jsonencode(chomp("a\n\r\n\n"))', '"a"'),
    ('lower("ÄÖ") == "äö"', "true"),
    ('upper("groß")', "GROß"),
    ('title("the o\'clock-news of 7up")', "The O'Clock-News Of 7up"),
    ('strrev("noël🇫🇷")', "🇫🇷lëon"),
    ('substr("noël", 2, 2)', "ël"),
    ('substr("bakery", -3, -1)', "ery"),
    ('substr("bakery", 4, 100)', "ry"),
    ('length("🇫🇷e\u0301")', "2"),
    ('split("::", "a::b")', '[ "a", "b", ]'),
    ('split("", "né")', '[ "n", "é", ]'),
    ('join("-", ["a"], [1, true])', "a-1-true"),
    ('replace("a.b.a", "a", "$0")', "$0.b.$0"),
    ('trim("--x--", "-")', "x"),
    ('trimprefix("aab", "a")', "ab"),
    ('trimsuffix("abb", "b")', "ab"),
    (r'jsonencode(trimspace("\u2003 x\u001f "))', '"x\\u001f"'),
    (r'replace(indent(2, "a\nb"), " ", "_")', "a __b"),
    ('startswith("oven", "ov") && endswith("oven", "en") && strcontains("oven", "ve")', "true"),
]
PATTERNS = [
    ('regex("[0-9]+", "ab12c3")', "12"),
    ('regex("([a-z])([0-9])?", "x")[1] == null', "true"),
    ('regex("(?P<key>\\\\w+)=(?P<value>\\\\w+)", "a=b").value', "b"),
    ('regexall("(?i)B", "abBa")', '[ "b", "B", ]'),
    ('length(regexall("x*", "axxa"))', "3"),
    ('regexall("(\\\\d)(\\\\w)", "1a2b")[1]', '[ "2", "b", ]'),
    ('regex_replace("v1.2", "(\\\\d)\\\\.(\\\\d)", "$2.$1")', "v2.1"),
    ('regex_replace("abc", "b*", "-")', "-a-c-"),
    ('regex_replace("a1", "(?P<d>\\\\d)", "<$${d}$$$nope>")', "a<1$>"),
    ('can(regex("(?=x)", "x"))', "false"),
]
FORMATS = [
    ('format("%s has %d of %.1f", "a", 3, 2.25)', "a has 3 of 2.2"),
    ('format("%05d|%-4d|%+d|% d", 42, 7, 1, 2)', "00042|7 |+1| 2"),
    ('format("%x %X %#x %o %b", 255, 255, 255, 8, 5)', "ff FF 0xff 10 101"),
    ('format("%8.3f|%-8.2e|%g", 3.14159, 12345.678, 1e21)', "3.142|1.23e+04|1e+21"),
    ('format("%6s|%-6s|%.2s|%q", "né", "né", "néo", "a\\"b")', 'né|né |né|"a\\"b"'),
    ('format("%v %v %v %#v", [1, "a"], { b = null }, 2.50, "x")', '[1,"a"] {"b":null} 2.5 "x"'),
    ('format("%[2]s-%[1]s-%s", "a", "b")', "b-a-b"),
    ('format("%t%%", "true")', "true%"),
    ('format("%.3g %g %g", 1234567, 0.00001, 100000)', "1.23e+06 1e-05 100000"),
    ('formatlist("%s:%d", ["a", "b"], [1, 2])', '[ "a:1", "b:2", ]'),
    ('formatlist("%s/%s", "x", ["a", "b"])', '[ "x/a", "x/b", ]'),
]
ENCODINGS = [
    ('base64encode("né")', "bsOp"),
    (r'base64decode("bs\nOp")', "né"),
    ('urlencode("a b&c/é~")', "a+b%26c%2F%C3%A9~"),
    ('textencodebase64("é", "ISO-8859-1")', "6Q=="),
    ('textdecodebase64(textencodebase64("né", "UTF-16"), "UTF-16")', "né"),
    ('textdecodebase64("ZQ==", "US-ASCII")', "e"),
    ('jsonencode({ b = [1.50, null], a = "<é>" })', '{"a":"\\u003cé\\u003e","b":[1.5,null]}'),
    ('jsondecode("[1, {\\"a\\": 0.10}]")[1].a', "0.1"),
    ('csvdecode("a,b\\n1,\\"x, y\\"\\n\\n2,\\n")[0].b', "x, y"),
    ('length(csvdecode("a,b\\n1,\\"x, y\\"\\n\\n2,\\n"))', "2"),
]


@pytest.mark.parametrize(("text", "expected"), STRINGS + PATTERNS + FORMATS + ENCODINGS)
def test_value(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('indent(-1, "x")', "negative"),
        ('join(",", [null])', "null"),
        ('regex("x", "a")', "does not match"),
        ('regex("(?P<a>x)(y)", "xy")', "Name all groups"),
        ('format("%d", "x")', "number"),
        ('format("%d", 1.5)', "whole"),
        ('format("%s")', "argument 1"),
        ('format("a", 1)', "uses only 0"),
        ('format("%k", 1)', "%k"),
        ('format("%s", null)', "null"),
        ('formatlist("%s%s", ["a"], ["b", "c"])', "1 items"),
        ('base64decode("abc")', "base 64"),
        ('base64decode("6Q==")', "UTF-8"),
        ('textencodebase64("é", "US-ASCII")', "é"),
        ('textencodebase64("a", "EBCDIC")', "EBCDIC"),
        ('csvdecode("a,b\\n1\\n")', "1 fields"),
        ('csvdecode("a,a\\n")', '"a"'),
        ('csvdecode("a\\nx\\"y\\n")', "line 2"),
        ('csvdecode("")', "header"),
        ('jsondecode("[NaN]")', "NaN"),
        ('jsondecode("1 2")', "line 1, column 3"),
        ("jsonencode(1 / 0)", "infinite"),
    ],
)
def test_refusal(text: str, part: str) -> None:
    assert part in failure(text).render()


def test_base64gzip_is_gzip_and_always_the_same() -> None:
    packed = value_of('base64gzip("loaf")').payload
    assert gzip.decompress(base64.b64decode(packed)) == b"loaf"
    assert value_of('base64gzip("loaf")').payload == packed


YAML = [
    ("{ b = [1, { c = true }], a = {}, n = null }", '"a": {}\n"b":\n- 1\n- "c": true\n"n": null\n'),
    ("[[1, [2]], []]", "- - 1\n  - - 2\n- []\n"),
    ('{ s = { t = "a\\nb\\n" } }', '"s":\n  "t": |\n    a\n    b\n'),
    ('["é \\"x\\" \\u0001 😀", "yes"]', '- "é \\"x\\" \\x01 \\U0001F600"\n- "yes"\n'),
    ('{ "k\\n" = 1 }', "? |\n  k\n: 1\n"),
    ("4.50", "4.5\n...\n"),
]


@pytest.mark.parametrize(("text", "expected"), YAML)
def test_yamlencode(text: str, expected: str) -> None:
    assert value_of(f"yamlencode({text})").payload == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: yes\nb: no\nc: 'yes'\nd: ~", '{"a":true,"b":false,"c":"yes","d":null}'),
        ("[0x1F, 017, 0b11, 1_000, 1e3, 1:30]", '["0x1F",17,3,1000,1000,"1:30"]'),
        ("base: &b {x: 1, z: 2}\nown:\n  z: 3\n  <<: *b", '{"base":{"x":1,"z":2},"own":{"x":1,"z":3}}'),
        ("a: >\n  one\n  two\nb: |\n  x", '{"a":"one two\\n","b":"x"}'),
        ("- !!str 5\n- !!int 5\n- 2024-01-02", '["5",5,"2024-01-02"]'),
        ("1: a\ntrue: b", '{"1":"a","true":"b"}'),
    ],
)
def test_yamldecode(text: str, expected: str) -> None:
    assert value_of("jsonencode(yamldecode(given))", given=text).payload == expected


@pytest.mark.parametrize(
    "text", ["", "# nothing", "a: b: c", "a\n---\nb", "*x", "&x [*x]", "!thing 5", "[a]: 1", ".nan", "- {", "\t- x"]
)
def test_what_yamldecode_refuses(text: str) -> None:
    assert failure("yamldecode(given)", given=text).summary == "Not YAML"
