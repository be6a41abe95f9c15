"""Templates: quoted, heredoc and bare."""

from __future__ import annotations

import pytest

from bakehouse.template.syntax.parse import parse_template
from support.syntax import read, show, shown

QUOTED = [
    ('"a${b}c"', "(template 'a' b 'c')"),
    ('"${a}"', "(wrap a)"),
    ('"${a}${b}"', "(template a b)"),
    ('"${"${a}"}"', "(wrap (wrap a))"),
    ('"x${"y"}"', "(template 'x' 'y')"),
    ('"${{a = "}"}}"', "(wrap {'a' = '}'})"),
    ('"${\n  a # c\n}"', "(wrap a)"),
    (r'"\n\r\t\"\\"', r"""'\n\r\t"\\'"""),
    (r'"\u00e9\U0001f600"', "'é😀'"),
    (r'"e\u0301"', "'é'"),
    ('"$${a}"', "'${a}'"),
    ('"%%{if}"', "'%{if}'"),
    ('"$$${a}"', "'$${a}'"),
    ('"$${"', "'${'"),
    ('"a$b%c$"', "'a$b%c$'"),
    ('"$$"', "'$$'"),
    ('"/* x */ # y"', "'/* x */ # y'"),
    ('"$%{if a}x%{endif}"', "(template '$' (%if a 'x' ''))"),
    ('"%{if a}x%{else}y%{endif}"', "(template (%if a 'x' 'y'))"),
    ('"%{ if a }${b}%{ endif }"', "(template (%if a (template b) ''))"),
    ('"%{for x in y}${x},%{endfor}"', "(template (%for x y (template x ',')))"),
    ('"%{for k, v in y}%{if k}a%{endif}%{endfor}"', "(template (%for k,v y (template (%if k 'a' ''))))"),
    ('"a ${~ b ~} c"', "(template 'a' b 'c')"),
    ('" ${~ a ~} "', "(template '' a '')"),
    ('"${~ a ~}"', "(wrap a)"),
    ('"a %{~ if b ~} c %{~ else ~} d %{~ endif ~} e"', "(template 'a' (%if b 'c' 'd') 'e')"),
    ('"a ~${b}~ c"', "(template 'a ~' b '~ c')"),
]


@pytest.mark.parametrize(("text", "tree"), QUOTED)
def test_quoted_template(text: str, tree: str) -> None:
    assert shown(text) == tree


HEREDOCS = [
    ("<<E\na\nb\nE\n", r"'a\nb\n'"),
    ("<<E\nE\n", "''"),
    ("<<E\n  a\n  E  \n", r"'  a\n'"),
    ("<<E\n\\n \"x\" $${y} %%{z} 'a'\nE\n", r"""'\\n "x" ${y} %{z} \'a\'\n'"""),
    ("<<E\n${a}\nE\n", r"(template a '\n')"),
    ("<<E\n${a ~}\nE\n", "(template a '')"),
    ("<<E\n${a ~}\n  b\nE\n", r"(template a '  b\n')"),
    ("<<-E\n   a\n\n     b\n  ${c}d\n  E\n", r"(template ' a\n\n   b\n' c 'd\n')"),
    ("<<-E\n\n  \n   a\n  E\n", r"'\n  \na\n'"),
    ("<<-E\n\ta\n  b\nE\n", r"'a\n b\n'"),
    ("<<-E\n  %{if a}\n  x\n  %{endif}\n  E\n", r"(template '' (%if a '\nx\n' '') '\n')"),
    ("<<-E\n    ${a}\n  b\n  E\n", r"(template '  ' a '\nb\n')"),
    ("<<_x-1\nE\n_x-1\n", r"'E\n'"),
    ("<<é\na\né\n", r"'a\n'"),
    ("<<E\r\na\r\nE\r\n", r"'a\r\n'"),
    ("<<E\n${<<F\nx\nF\n}\nE\n", r"(template 'x\n' '\n')"),
    ("<<E\nE x\nE\n", r"'E x\n'"),
    ("<<E\ne\u0301\nE\n", r"'é\n'"),
]


@pytest.mark.parametrize(("text", "tree"), HEREDOCS)
def test_heredoc(text: str, tree: str) -> None:
    assert show(read(f"a = {text}").attributes["a"].expression) == tree


def test_a_heredoc_among_the_items_of_a_list() -> None:
    body = read("a = [<<E\nx\nE\n, 2, <<-F\n  y\n  F\n]\nb = 1\n")
    assert show(body.attributes["a"].expression) == r"['x\n', 2, 'y\n']"
    assert "b" in body.attributes


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", "''"),
        ('a "b" \\n\n', r"""'a "b" \\n\n'"""),
        ("${a}", "(wrap a)"),
        (
            "x $${a}\n%{for x in y ~}\n  - ${x}\n%{endfor ~}\n",
            r"(template 'x ${a}\n' (%for x y (template '  - ' x '\n')) '')",
        ),
    ],
)
def test_bare_template(text: str, tree: str) -> None:
    assert show(parse_template(text, "motd.tpl")) == tree
