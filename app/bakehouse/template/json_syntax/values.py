"""JSON values as expressions (hcl/json/structure.go: `expression`)."""

from __future__ import annotations

from bakehouse.errors import TemplateError
from bakehouse.template.json_syntax.nodes import Array, JsonValue, Member, Object, Scalar
from bakehouse.template.json_syntax.reader import Places, read_json
from bakehouse.template.json_syntax.strings import expression_of, template_of
from bakehouse.template.problems import mistake
from bakehouse.template.syntax.literals import normal
from bakehouse.template.syntax.tree import (
    Expression,
    Literal,
    ObjectNode,
    Parentheses,
    SourceFile,
    TupleNode,
)


def value_of(node: JsonValue, places: Places) -> Expression:
    """The expression that a value stands for: strings are templates, names in objects too. Raises TemplateError."""
    if isinstance(node, Array):
        return TupleNode(node.range, tuple(value_of(item, places) for item in node.items))
    if isinstance(node, Object):
        for member, first in node.repeated():
            raise repeated(member, first)
        items = ((_name(member, places), value_of(member.value, places)) for member in node.members)
        return ObjectNode(node.range, tuple(items))
    if isinstance(node.value, str):
        return template_of(node, places)
    return Literal(node.range, node.value)


def verbatim(node: JsonValue, places: Places) -> Expression:
    """The expression of a value in which nothing is evaluated: `${` in a string is only text."""
    if isinstance(node, Object):
        items = ((Literal(each.name_range, each.name), verbatim(each.value, places)) for each in node.members)
        return ObjectNode(node.range, tuple(items))
    if isinstance(node, Array):
        return TupleNode(node.range, tuple(verbatim(item, places) for item in node.items))
    return Literal(node.range, normal(node.value) if isinstance(node.value, str) else node.value)


def written(node: JsonValue, places: Places) -> Expression:
    """The expression whose text a string holds; of any other value, the value. Raises TemplateError."""
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return expression_of(node, places)
    return value_of(node, places)


def parse_json_expression(text: str, source_name: str, line: int = 1, column: int = 1) -> Expression:
    """The expression that a JSON text stands for. line, column: where in `source_name` it begins."""
    padding = "\n" * (line - 1) + " " * (column - 1)
    source = SourceFile(source_name, padding + text, "json")
    return value_of(read_json(source), Places(source))


def repeated(member: Member, first: Member) -> TemplateError:
    """The error that a name stands twice in one object."""
    where = f"The first time was in line {first.name_range.line}."
    return mistake(member.name_range, f'"{member.name}" stands there twice', where, "Take one of them out.")


def _name(member: Member, places: Places) -> Expression:
    name = template_of(Scalar(member.name, member.name_range), places)
    return name if isinstance(name, Literal) else Parentheses(member.name_range, name)
