"""Go templates: the same text as Go gives, and one clear error for everything else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakehouse.sdk.go_template.constants import put_in, words_of
from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.functions import FUNCTIONS
from bakehouse.sdk.go_template.template import Template

DATA = {"Name": "web", "None": None, "Zero": 0, "List": ["a", "b", "c"], "Map": {"x": 1, "b": {"c": "deep"}}, "F": 2.5}


def made(text: str, data: Any = DATA) -> str:
    return Template.parse(text, FUNCTIONS).execute(data)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain }} { text", "plain }} { text"),
        ("{{.Name}}/{{ .Map.b.c }}/{{$.Name}}", "web/deep/web"),
        ("{{.Nope}} {{.Nope.More}} {{.None}}", "<no value> <no value> <no value>"),
        ("a {{- .Name -}} b{{/* note */}}", "awebb"),
        ("{{if .Zero}}y{{else if .Name}}{{.Name}}{{else}}n{{end}}", "web"),
        ("{{if and .Name (not .Zero)}}y{{end}}{{if or .Zero .None}}z{{end}}", "y"),
        ("{{and 1 0 (index .List 9)}}{{or .Name (index .List 9)}}", "0web"),
        ("{{with .Map}}{{.x}}{{else}}n{{end}}{{with .None}}y{{else}}n{{end}}", "1n"),
        ("{{range .List}}[{{.}}]{{end}}{{range .None}}x{{else}}none{{end}}", "[a][b][c]none"),
        ("{{range $i, $e := .List}}{{if eq $i 2}}{{break}}{{end}}{{$i}}={{$e}};{{end}}", "0=a;1=b;"),
        ("{{range .List}}{{if eq . `b`}}{{continue}}{{end}}{{.}}{{end}}", "ac"),
        ("{{range $k, $v := .Map}}{{$k}} {{end}}{{range 3}}{{.}}{{end}}", "b x 012"),
        ("{{$x := 1}}{{range .List}}{{$x = 2}}{{end}}{{$x}}", "2"),
        ("{{$x := 1}}{{if true}}{{$x := 2}}{{$x}}{{end}}{{$x}}", "21"),
        ('{{define "t"}}<{{.}}>{{end}}{{template "t" .Name}}{{block "u" 3}}({{.}}){{end}}', "<web>(3)"),
        ("{{.Name | upper | printf `%s-%s` `x`}}", "x-WEB"),
        ("{{printf `%05d|%-4s|%4s|%q|%v|%x|%t|%.2f|%%|%c` 42 `a` `b` `c` .List `hi` true 1.5 65}}",
         '00042|a   |   b|"c"|[a b c]|6869|true|1.50|%|A'),
        ("{{printf `%d` `x`}} {{printf `%s`}} {{printf `a` 1}}", "%!d(string=x) %!s(MISSING) a%!(EXTRA int=1)"),
        ("{{len `é`}} {{len .List}} {{index .List 1}} {{index .Map `b` `c`}} {{slice `abcd` 1 3}}", "2 3 b deep bc"),
        ("{{eq 1 2 1}} {{ne `a` `b`}} {{lt 1 2}} {{le 2 2}} {{gt 1 2}} {{ge 2 2}}", "true true true true false true"),
        ("{{print 1 2 `a` 3}} {{println 1 `a`}}", "1 2a3 1 a\n"),
        ("{{html `<a b='\"&>`}} {{urlquery `a b/ü`}} {{js `it's <b>`}}",
         "&lt;a b=&#39;&#34;&amp;&gt; a+b%2F%C3%BC it\\'s \\u003Cb\\u003E"),
        ("{{1.5}} {{1e3}} {{0x1F}} {{0o17}} {{1_000}} {{'a'}} {{true}} {{.F}} {{1e21}}",
         "1.5 1000 31 15 1000 97 true 2.5 1e+21"),
        ("{{.Map}} {{.List}}", "map[b:map[c:deep] x:1] [a b c]"),
        ("{{split `a,b` `,` 1}} {{replace `a` `b` 1 `aa`}} {{replace_all `a` `b` `aa`}} {{lower `AB`}}", "b ba bb ab"),
        ('{{ "{{" }} {{`}}`}}', "{{ }}"),
        ("{{range $x := .None}}{{else}}{{$x}}{{end}}", "<no value>"),
        ("{{js .Nope 0}} {{html true .Nope 2}} {{urlquery .Nope 1.5}}",
         "\\u003Cno value\\u003E0 true&lt;no value&gt;2 %3Cno+value%3E1.5"),
        ("{{upper `straße`}} {{lower `İX`}}", "STRAßE ix"),
        ("{{print 123456.0 1e6 12345678.0 1e21}} {{print nil .Nope}}", "123456 1e+06 1.2345678e+07 1e+21 <nil> <nil>"),
        ("{{printf `%[2]d %[1]d|%*d|%.3d` 1 2}}", "2 1|%!d(MISSING)|%!d(MISSING)"),
    ],
)  # fmt: skip
def test_rendering(text: str, expected: str) -> None:
    assert made(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "meant"),
    [
        ("a {{ nope }}", 'no function "nope"', "nope"),
        ("{{ .Name", "", ""),
        ("{{ end }}", "", "end"),
        ("{{ if .Name }}x", "has no end", "if"),
        ("{{ range .Name }}x{{ end }}", "range cannot go over a string", ".Name"),
        ("{{ $x }}", "no variable $x", "$x"),
        ("{{ index .List 9 }}", "there is no item 9", "index .List 9"),
        ("{{ len 3 }}", "a int has no length", "len 3"),
        ("{{ upper 1 2 }}", "does not take 2 arguments", "upper 1 2"),
        ("{{ .Name.Field }}", "There is no .Field in a string", ".Name.Field"),
        ("{{ .Name 3 }}", "Only a function takes arguments", "3"),
        ("{{ lt 1 `a` }}", "cannot be compared", "lt 1 `a`"),
        ('{{ template "t" }}', 'There is no template "t"', "template"),
        ('{{define "t"}}{{template "t"}}{{end}}{{template "t"}}', "levels deep", "template"),
        ("{{range 100000}}{{range 100000}}x{{end}}{{end}}", "too many steps", "x"),
        ("{{range 9000000000}}{{end}}", "too many steps", "range"),
        ("{{range $i, $x := 3}}{{end}}", "one variable", "$i"),
        (
            "{{define `t`}}" + "{{if 1}}" * 9 + "{{template `t`}}" + "{{end}}" * 9 + "{{end}}{{template `t`}}",
            "levels deep",
            "",
        ),
        ('{{ replace "a" "b" "1" "aaa" }}', "1 is no whole number", "replace"),
        ("{{ upper .Nope }}", "a string is missing", "upper .Nope"),
        ("{{printf `%999999d` 1}}", "too much", "printf `%999999d` 1"),
        ("{{range 100000}}{{printf `%9999d` 1}}{{end}}", "too long a text", "printf `%9999d` 1"),
        ("{{call 3}}", "is no function", "call 3"),
        ("(" * 3 + "{{" + "(" * 9999 + "}}", "Nested too deeply", "("),
    ],
)
def test_an_error_says_what_and_where(text: str, message: str, meant: str) -> None:
    with pytest.raises(GoTemplateError) as caught:
        made(text)
    assert message in str(caught.value)
    assert text[caught.value.start : caught.value.end].startswith(meant)


PIECES = st.sampled_from(
    ["{{", "}}", "{{-", "-}}", " ", ".", ".Name", "$", "$x", ":=", "=", "|", "(", ")", "if", "else", "end", "range"]
    + ["with", "define", "template", "block", "break"]
    + ["`a`", '"b"', "1", "1.5", "'c'", "nil", "true", "upper", "index", "len"]
    + [",", "printf", "/*", "*/", "text", "\n", ".List", ".Map", "slice", "eq", "and", "not", "{", "}"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=24).map("".join))
def test_nothing_but_the_one_error_comes_of_any_text(text: str) -> None:
    try:
        made(text)
    except GoTemplateError as error:
        assert str(error)
        assert 0 <= error.start <= error.end <= len(text)


@given(st.text().filter(lambda text: "{{" not in text))
def test_a_text_without_actions_stays(text: str) -> None:
    assert made(text) == text


@given(st.text())
def test_any_text_can_be_written_as_a_constant(text: str) -> None:
    written = put_in("{{ name }}", {"name": text})
    assert made(written).encode("utf-8", "replace") == text.encode("utf-8", "replace")


def test_words_are_found_at_any_depth() -> None:
    value = {"a": ["{{ build_name }}-{{ .x }}", "build_name"], "b": {"c": "{{ if timestamp }}{{ end }}"}}
    assert words_of(value) == {"build_name", "timestamp"}
    assert put_in(value, {"build_name": "w"})["a"] == ['{{ "w" }}-{{ .x }}', "build_name"]
    assert words_of("{{ broken") == frozenset()


def test_times_stand_still_and_uuids_are_ordered() -> None:
    assert made("{{timestamp}}") == made("{{timestamp}}")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", made("{{isotime}}"))
    assert made("{{isotime `2006`}}") == made("{{strftime `%Y`}}")
    first, second = made("{{uuid}}"), made("{{uuid}}")
    assert first != second and first[:8] <= second[:8]
