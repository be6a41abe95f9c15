"""Texts as HCL's formatter writes them, and the laws of formatting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakehouse.errors import TemplateError
from bakehouse.template.fmt.pieces import cut
from bakehouse.template.fmt.text import format_text
from bakehouse.template.syntax.parse import parse_file
from bakehouse.template.syntax.tree import SourceFile


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("", ""),
        ("a=1", "a = 1"),
        ("a=1\nbbb=2\n\nc=3\n", "a   = 1\nbbb = 2\n\nc = 3\n"),
        ("a=1\n# c\nbbb=2\n", "a = 1\n# c\nbbb = 2\n"),
        ("a=[\n1,\n]\nbbb=2\n", "a = [\n  1,\n]\nbbb = 2\n"),
        ("a=1# x\nbbb=2//y\n", "a   = 1 # x\nbbb = 2 //y\n"),
        ("a = 1 /* x */ \n", "a = 1 /* x */\n"),
        ("a = f( 1 ,2 ,x ... )\n", "a = f(1, 2, x...)\n"),
        ("a = [1,2] [ 0 ]\n", "a = [1, 2][0]\n"),
        ("a = b . c [ * ] . d . * . e\n", "a = b.c[*].d.*.e\n"),
        ("a = {b=1,c:2}\n", "a = { b = 1, c : 2 }\n"),
        ("a = {  }\nb {\t}\n", "a = {}\nb {}\n"),
        ("a = ! x&&- 1<b?-2:c - -3\n", "a = !x && -1 < b ? -2 : c - -3\n"),
        ("a = [ for x in[1]:x if x>1 ]\n", "a = [for x in [1] : x if x > 1]\n"),
        ('a = "${ b }-${~ c ~}%{ if d }x%{ endif }"\n', 'a = "${b}-${~c~}%{if d}x%{endif}"\n'),
        ('a = "${ {b=1} }"\n', 'a = "${ { b = 1 } }"\n'),
        ("x {\na = foo(bar([\n1\n]))\n}\n", "x {\n  a = foo(bar([\n    1\n  ]))\n}\n"),
        ("a=<<-E\n  x  ${ y }\n   E\nb=1\n", "a = <<-E\n  x  ${y}\n   E\nb = 1\n"),
        ("x  \n\n \t\ny {\r\n\ta=1\r\n}\r\n", "x\n\n\ny {\r\n  a = 1\r\n}\r\n"),
        ('"é" {}\n', '"é" {}\n'),
        ("é=1 # a\nbb=2 # b\n", "é  = 1 # a\nbb = 2 # b\n"),
        ("\ufeffa=1\n", "a = 1\n"),
        ("a = provider :: f ( 1 )\n", "a = provider::f(1)\n"),
    ],
)
def test_formatted(given: str, wanted: str) -> None:
    assert format_text(given) == wanted


def test_what_is_no_text_of_the_language_is_refused() -> None:
    with pytest.raises(TemplateError):
        format_text('a = "x\n"\n')


NAMES = st.sampled_from(["a", "bcd", "in", "for", "e-f", "é"])
BLANKS = st.sampled_from(["", " ", "  ", "\t"])
COMMENTS = st.sampled_from(["", "# c", "// d", "/* e */"])
SIMPLE = st.one_of(
    NAMES.filter(lambda name: name not in ("in", "for")),
    st.sampled_from(["1", "2.5", "-3", "true", '"s"', '"x${ a }y"', '"%{ if a }b%{ endif }"', "<<E\n t ${ a }\n  E\n"]),
)


def _operation(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    line = inner.filter(lambda text: not text.endswith("\n"))
    return st.one_of(
        st.tuples(line, BLANKS, st.sampled_from(["+", "-", "==", "&&", "<="]), BLANKS, line).map("".join),
        st.tuples(st.just("!"), BLANKS, line).map("".join),
        st.tuples(st.just("("), BLANKS, line, BLANKS, st.just(")")).map("".join),
        st.lists(line, max_size=3).map(lambda items: f"[ {' , '.join(items)}]"),
        st.lists(line, max_size=3).map(lambda items: f"f({','.join(items)} )"),
        st.lists(line, min_size=1, max_size=3).map(lambda items: "[\n" + ",\n ".join(items) + " # c\n]"),
        st.tuples(NAMES, line).map(lambda pair: f"{{{pair[0]}={pair[1]}}}"),
        line.map(lambda text: f"[for x in {text}:x]"),
        line.map(lambda text: f"a [ {text} ] . b"),
        line.map(lambda text: f'"${{ {text} }}"'),
    )


VALUES = st.recursive(SIMPLE, _operation, max_leaves=8)


def _argument(name: str, left: str, right: str, value: str, comment: str) -> str:
    return f"{left}{name}{right}={left}{value}" if value.endswith("\n") else f"{name}{left}={value}{right}{comment}\n"


ARGUMENTS = st.builds(_argument, NAMES, BLANKS, BLANKS, VALUES, COMMENTS)
BODIES = st.recursive(
    st.lists(st.one_of(ARGUMENTS, st.sampled_from(["\n", "  \n", "# c\n", "\t/* a\n b */\n"])), max_size=5).map(
        "".join
    ),
    lambda inner: st.tuples(inner, inner).map(lambda pair: f'b "l"{{\n{pair[0]}}}\n{pair[1]}'),
    max_leaves=4,
)


def _verdict(text: str) -> bool:
    try:
        parse_file(SourceFile("", text))
    except TemplateError:
        return False
    return True


@settings(deadline=None, max_examples=150)
@given(BODIES)
def test_only_blanks_change_and_only_once(text: str) -> None:
    formatted = format_text(text)
    assert [(piece.kind, piece.text) for piece in cut(formatted)] == [(piece.kind, piece.text) for piece in cut(text)]
    assert format_text(formatted) == formatted
    assert _verdict(formatted) == _verdict(text)
