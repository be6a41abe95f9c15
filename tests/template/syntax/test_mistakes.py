"""Mistakes: what is said, where it points, and that it can be acted on."""

from __future__ import annotations

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.syntax.parse import parse_expression, parse_template
from support.syntax import refusal

# text, summary, line and column of the first diagnostic, and words that its detail or help must have
CASES = [
    ("b {\n  a = 1\n", "Missing closing brace", (1, 3), "test.hcl:3"),
    ("a = [1,\n  2\n", "Missing closing bracket", (1, 5), "test.hcl:3"),
    ("a = f(1\n", "Missing closing parenthesis", (1, 6), "test.hcl:2"),
    ("a = f(1\nb = 2\n", "Missing closing parenthesis", (2, 1), "on line 1"),
    ("a = (1]\n", "Missing closing parenthesis", (1, 7), "Write )"),
    ("a = x[0\n}\n", "Missing closing bracket", (2, 1), "on line 1"),
    ('a = "${x"\n', "Missing closing brace", (1, 9), "on line 1"),
    ('a = "${f("\n', "Missing closing quote", (1, 10), "inside a ${"),
    ('a = "${x y}"\n', "Missing closing brace", (1, 10), "`y`"),
    ('a = "x\nb = 1\n', "Missing closing quote", (1, 5), "heredoc"),
    ('a = "x', "Missing closing quote", (1, 5), "test.hcl:1"),
    ("a = <<EOT\nx\n EOT x\n", "Heredoc without an end", (1, 5), "EOT on a line of its own"),
    ("a = <<EOT\nx\nEOT", "Heredoc without an end", (1, 5), "newline after it"),
    ("a = << EOT\nx\nEOT\n", "Invalid heredoc marker", (1, 5), "<<EOT"),
    ("a = <<EOT x\nEOT\n", "Invalid heredoc marker", (1, 5), "without blanks"),
    ('a = <<"EOT"\nx\nEOT\n', "Invalid heredoc marker", (1, 5), "quotes"),
    ("a = <<1\nx\n1\n", "Invalid heredoc marker", (1, 5), "a name"),
    ("a = 1 b = 2\n", "Missing newline after an argument", (1, 7), "line of its own"),
    ("b {\n  a = 1 }\n", "Missing newline after an argument", (2, 9), "line of its own"),
    ("a {} b {}\n", "Missing newline after a block", (1, 6), "`b`"),
    ("a = 1, b = 2\n", "Comma after an argument", (1, 6), "comma away"),
    ("a { b = 1 c = 2 }\n", "Invalid one-line block", (1, 11), "one line holds one argument"),
    ("a { b = 1\n}\n", "Invalid one-line block", (1, 10), "one line"),
    ("a { b {} }\n", "Block inside a one-line block", (1, 5), "one line"),
    ("a 1\n", "Missing = after a name", (1, 1), "a = VALUE"),
    ("foo\n", "Missing = after a name", (1, 1), "foo {"),
    ("a.b = 1\n", "Missing = after a name", (1, 1), "no dots"),
    ("a: 1\n", "Missing = after a name", (1, 1), "a = VALUE"),
    ("a == 1\n", "Missing = after a name", (1, 1), "`==`"),
    ('a "b" = 1\n', "Labels before =", (1, 7), "block has no ="),
    ('a "b"\n{\n}\n', "Missing opening brace", (1, 6), "same line"),
    ('a "b", {}\n', "Invalid label", (1, 6), "`,`"),
    ('a "${x}" {}\n', "Template in a label", (1, 3), "fixed text"),
    ('"a" = 1\n', "Quoted argument name", (1, 1), "quotes away"),
    ("}\n", "Unexpected closing brace", (1, 1), "No block"),
    ("= 1\n", "Argument or block expected", (1, 1), "NAME = VALUE"),
    ("b {\n a = 1\n a = 2\n}\n", 'Argument "a" is set twice', (3, 2), "on line 2"),
    ("a = [1 2]\n", "Missing comma", (1, 8), "before `2`"),
    ("a = f(1 2)\n", "Missing comma", (1, 9), "before `2`"),
    ("a = [\n  1,\n  2\n  3\n]\n", "Missing comma", (4, 3), "at the end of line 3"),
    ("a = {\n b = 1 c = 2\n}\n", "Missing comma", (2, 8), "a comma or a newline"),
    ("a = {\n b 1\n}\n", "Missing = in an object", (2, 4), "KEY = VALUE"),
    ("a = f(x..., y)\n", "Argument after ...", (1, 8), "last argument"),
    ("a =\n", "Missing value", (1, 4), "same line"),
    ("a = 1 +\n", "Missing value", (1, 8), "after `+`"),
    ("a = [1,,2]\n", "Missing value", (1, 8), "`,`"),
    ("a = * 2\n", "Value expected", (1, 5), "`*`"),
    ("a = x ? 1\n", "Missing : in a conditional", (1, 10), "CONDITION ? VALUE"),
    ("a = x.\n", "Missing attribute name", (1, 7), "dot"),
    ("a = x.0.1\n", "Invalid index", (1, 7), "[0][1]"),
    ("a = x[*\n", "Missing ] after [*", (1, 7), "[*]"),
    ("a = x.*.y.*.z\n", "Splat inside a splat", (1, 10), "[*]"),
    ("a = b::c\n", "Missing call", (1, 9), "c(...)"),
    ("a = [for x : y]\n", "Invalid for expression", (1, 12), "`in`"),
    ("a = [for x in y x]\n", "Invalid for expression", (1, 17), "`:`"),
    ("a = {for x in y : x}\n", "Invalid for expression", (1, 20), "`=>`"),
    ("a = [for]\n", "Invalid for expression", (1, 9), "a name"),
    ('a = "%{foo}"\n', "Unknown directive", (1, 8), "%%{"),
    ('a = "%{if x}y"\n', "Missing %{endif}", (1, 6), "test.hcl:1"),
    ('a = "%{else}"\n', "Unexpected %{else}", (1, 6), "no %{if}"),
    ('a = "%{if x}%{else}%{else}%{endif}"\n', "Second %{else}", (1, 20), "already"),
    ('a = "%{if x}%{endfor}"\n', "Unexpected %{endfor}", (1, 13), "%{endif} first"),
    ('a = "%{endif}"\n', "Unexpected %{endif}", (1, 6), "no %{if}"),
    ('a = "%{for x}%{endfor}"\n', "Invalid for expression", (1, 13), "%{for NAME in LIST}"),
    (r'a = "x\q"' "\n", "Invalid escape", (1, 7), r"\q"),
    (r'a = "x\u12"' "\n", "Invalid escape", (1, 7), "four hexadecimal"),
    (r'a = "\U00110000"' "\n", "Invalid escape", (1, 6), "eight hexadecimal"),
    (r'a = "\ud83d"' "\n", "Invalid escape", (1, 6), "surrogate"),
    ("a = 'x'\n", "Wrong kind of quote", (1, 5), "double quotes"),
    ("a = \u201cx\u201d\n", "Wrong kind of quote", (1, 5), "double quotes"),
    ("a = 1;\n", "Unsupported character", (1, 6), "End the line"),
    ("a = x & y\n", "Unsupported character", (1, 7), "&&"),
    ("a = ${x}\n", "Unsupported character", (1, 5), "inside of a string"),
    ("a = \u00a01\n", "Unsupported character", (1, 5), "NO-BREAK SPACE"),
    ("a = 1\n\ufeffb = 2\n", "Unsupported character", (2, 1), "byte order mark"),
    ('a = "\udce9"\n', "Not UTF-8", (1, 6), "0xe9"),
    ("a = 1 /* x\n", "Comment without an end", (1, 7), "*/"),
    ("a = 1.2.3\n", "Invalid number", (1, 5), "1.2.3"),
    ("a = 1e999999999999999999999\n", "Number out of range", (1, 5), "digits"),
    (f"a = x{'[*]' * 200}\n", "Nested too deeply", (1, 306), "100"),
    (f"a = {'(' * 200}1{')' * 200}\n", "Nested too deeply", (1, 104), "100"),
]


@pytest.mark.parametrize(("text", "summary", "place", "words"), CASES)
def test_a_mistake_is_explained(text: str, summary: str, place: tuple[int, int], words: str) -> None:
    first = refusal(text).diagnostics[0]
    assert first.summary == summary
    assert first.location is not None
    assert (first.location.line, first.location.column) == place
    assert words in f"{first.detail} {first.help}"
    assert first.severity == "error"
    assert first.source == text.split("\n")[place[0] - 1]
    assert (first.location.end_line, first.location.end_column) >= (first.location.line, first.location.column)


def test_the_caret_stands_under_the_mistake() -> None:
    assert str(refusal("b {\n  a = 'x'\n}\n")) == "\n".join(
        [
            "Error: Wrong kind of quote",
            "  test.hcl:2,7",
            "    2 |   a = 'x'",
            "      |       ^",
            "  `'` has no meaning here.",
            '  Text stands in double quotes: "...".',
        ]
    )


def test_mistakes_that_have_nothing_to_do_with_each_other_are_all_named() -> None:
    error = refusal("a = [1 2]\nb {\n  c = \"\\q\"\n  c = 1\n}\nd\ne = 1 2\nf = 'x'\n")
    assert [(found.summary, found.location and found.location.line) for found in error.diagnostics] == [
        ("Missing comma", 1),
        ("Invalid escape", 3),
        ('Argument "c" is set twice', 4),
        ("Missing = after a name", 6),
        ("Missing newline after an argument", 7),
        ("Wrong kind of quote", 8),
    ]


def test_a_missing_brace_is_named_once_and_nothing_guessed_after_it() -> None:
    assert len(refusal("a {\n  b = [1 2]\nc {\n  d = 1 2\n").diagnostics) == 1


@pytest.mark.parametrize(
    ("text", "summary", "place"),
    [
        ("", "Missing value", (7, 3)),
        ("1 2", "Unexpected text", (7, 5)),
        ("[1\n2", "Missing comma", (8, 1)),
        ("a = 1", "Unexpected text", (7, 5)),
        ("(1", "Missing closing parenthesis", (7, 3)),
    ],
)
def test_an_expression_by_itself(text: str, summary: str, place: tuple[int, int]) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_expression(text, "vars", line=7, column=3)
    location = caught.value.diagnostics[0].location
    assert caught.value.diagnostics[0].summary == summary
    assert location is not None
    assert (location.file, location.line, location.column) == ("vars", *place)


@pytest.mark.parametrize(
    ("text", "summary", "line"),
    [
        ("a\n${x", "Missing closing brace", 2),
        ("a\n\n%{if x}", "Missing %{endif}", 3),
        ("${x y}", "Missing closing brace", 1),
    ],
)
def test_a_template_by_itself(text: str, summary: str, line: int) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(text, "motd.tpl")
    found = caught.value.diagnostics[0]
    assert (found.summary, found.location and found.location.line) == (summary, line)
