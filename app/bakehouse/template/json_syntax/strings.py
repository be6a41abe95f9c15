"""HCL inside JSON strings: a string is a template, here and there an expression (hcl/json/structure.go).

The places in the tree are those in the JSON file, whatever escapes the string is written with.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.json_syntax.nodes import Scalar
from bakehouse.template.json_syntax.reader import Places
from bakehouse.template.syntax.literals import normal
from bakehouse.template.syntax.parse import parse_expression, parse_template
from bakehouse.template.syntax.tree import Expression, Literal, Node, Range, SourceFile

_PIECE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)
Move = Callable[[Range], Range]


def template_of(node: Scalar, places: Places) -> Expression:
    """The template that a string is. Raises TemplateError."""
    text = str(node.value)
    if "${" not in text and "%{" not in text:
        return Literal(node.range, normal(text))
    return msgspec.structs.replace(_parsed(node, places, parse_template), range=node.range)


def expression_of(node: Scalar, places: Places) -> Expression:
    """The expression whose text a string holds: a type, the name of an iterator. Raises TemplateError."""
    return _parsed(node, places, parse_expression)


def _parsed(node: Scalar, places: Places, parse: Callable[[str, str], Expression]) -> Expression:
    text, file = str(node.value), places.source.name
    offsets = _offsets(node)
    try:
        expression = parse(text, file)
    except TemplateError as error:
        inner = Places(SourceFile(file, text))
        raise TemplateError([_shifted(each, inner, offsets, places) for each in error.diagnostics]) from None

    def move(place: Range) -> Range:
        return places.range(offsets(place.start), offsets(place.end))

    moved: Expression = moved_tree(expression, move)
    return moved


def _offsets(node: Scalar) -> Callable[[int], int]:
    """Where in the file the character stands that is at an offset of the string's value."""
    first, raw = node.range.start + 1, node.range.text[1:-1]
    if "\\" not in raw:
        return lambda at: first + min(at, len(raw))
    starts = [match.start() for match in _PIECE.finditer(raw)]
    return lambda at: first + (starts[at] if at < len(starts) else len(raw))


def moved_tree(node: Any, move: Move) -> Any:
    """The same tree with other places."""
    if isinstance(node, Range):
        return move(node)
    if isinstance(node, tuple):
        return tuple(moved_tree(item, move) for item in node)
    if isinstance(node, Node):
        return type(node)(**{name: moved_tree(getattr(node, name), move) for name in node.__struct_fields__})
    return node


def _shifted(found: Diagnostic, inner: Places, offsets: Callable[[int], int], places: Places) -> Diagnostic:
    where = found.location
    if where is None:
        return found
    start = inner.offset(where.line, where.column)
    end = inner.offset(where.end_line, where.end_column) if where.end_line else start + 1
    place = places.range(offsets(start), max(offsets(end), offsets(start) + 1))
    return replace(found, location=place.location, source=place.first_line)
