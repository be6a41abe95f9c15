"""Which roots an expression names."""

from __future__ import annotations

import pytest

from bakehouse.template.evaluate import references
from bakehouse.template.syntax.parse import parse_expression


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", []),
        ("var.a", [("var", "a")]),
        ('data.http.page["body"].x', [("data", "http", "page", "body", "x")]),
        ("local.list[0].name", [("local", "list", "0", "name")]),
        ("local.list[var.at].name", [("local", "list"), ("var", "at")]),
        ('"${build.ID}-${var.a}-${var.a}"', [("build", "ID"), ("var", "a")]),
        ("[for x in var.xs : x + local.y]", [("var", "xs"), ("local", "y")]),
        ("[for k, v in var.xs : k + v.name if k > local.z]", [("var", "xs"), ("local", "z")]),
        ("{ for var in [1] : var => var.x }", []),
        ("[[for x in [1] : x], x]", [("x",)]),
        ("var.hosts[*].name", [("var", "hosts")]),
        ("upper(var.a, build.Host...)", [("var", "a"), ("build", "Host")]),
        ("true ? var.a : { (local.k) = -local.v }", [("var", "a"), ("local", "k"), ("local", "v")]),
        ('"%{ for x in var.xs }${x}${path.root}%{ endfor }"', [("var", "xs"), ("path", "root")]),
        ("(var.a).b", [("var", "a")]),
        ("source", [("source",)]),
    ],
)
def test_references(text: str, expected: list[tuple[str, ...]]) -> None:
    assert references(parse_expression(text, "x")) == expected
