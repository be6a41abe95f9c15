"""Expressions for tests: evaluated from their text, with plain Python as variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.evaluate import evaluate
from bakehouse.template.functions import FUNCTIONS
from bakehouse.template.kinds import Type
from bakehouse.template.scope import Scope
from bakehouse.template.syntax.parse import parse_expression
from bakehouse.template.types import parse_type
from bakehouse.template.values import SENSITIVE, Value, from_python, render, string, unknown

SECRET = string("hunter2").marked(SENSITIVE)
VARIABLES: dict[str, Any] = {
    "var": {
        "name": "oven",
        "size": 3,
        "tags": ["a", "b"],
        "ports": {"http": 80, "https": 443},
        "hosts": [{"name": "one", "up": True}, {"name": "two", "up": False}],
        "secret": SECRET,
    },
    "later": unknown(),
}


def scope_of(variables: Mapping[str, Any] | None = None, directory: Path | None = None) -> Scope:
    """A scope with these variables besides VARIABLES. The directory is that of the template, and the current one."""
    values = {name: from_python(given) for name, given in (VARIABLES | dict(variables or {})).items()}
    where = Path.cwd() if directory is None else directory
    return Scope(values, FUNCTIONS, where, where)


def value_of(text: str, directory: Path | None = None, **variables: Any) -> Value:
    """The value of an expression."""
    return evaluate(parse_expression(text, "test.pkr.hcl"), scope_of(variables, directory))


def shown(text: str, directory: Path | None = None, **variables: Any) -> str:
    """What the console would print, on one line."""
    return " ".join(render(value_of(text, directory, **variables)).split())


def failure(text: str, directory: Path | None = None, **variables: Any) -> Diagnostic:
    """The only diagnostic of an expression that has no value."""
    with pytest.raises(TemplateError) as caught:
        value_of(text, directory, **variables)
    assert len(caught.value.diagnostics) == 1
    return caught.value.diagnostics[0]


def marked_text(diagnostic: Diagnostic) -> str:
    """What the carets of a diagnostic stand under."""
    place = diagnostic.location
    assert place is not None and place.line == place.end_line
    return diagnostic.source[place.column - 1 : place.end_column - 1]


def type_of(text: str) -> Type:
    """The type that a type expression stands for."""
    return parse_type(parse_expression(text, "test.pkr.hcl"))[0]
