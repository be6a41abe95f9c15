"""Options of a legacy template as the expressions that the rest of the language evaluates."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from bakehouse.template.json_syntax.nodes import Array, JsonValue, Object, Scalar
from bakehouse.template.json_syntax.values import parse_json_expression
from bakehouse.template.legacy.substitute import Known, escaped, substitute
from bakehouse.template.syntax.literals import normal
from bakehouse.template.syntax.tree import Expression, Literal, ObjectNode, Range, SourceFile, TupleNode, WrittenRange


def expression_of(node: JsonValue, known: Known) -> Expression:
    """What an option stands for. One that names facts of the machine becomes HCL in JSON syntax, written anew."""
    templates = _as_templates(node, known)
    if not templates[1]:
        return _constant(node, known)
    text = json.dumps(templates[0], ensure_ascii=False, default=_number)
    place = node.range
    expression = parse_json_expression(text, place.source.name, place.line, place.column)
    return replace(expression, range=_written(place, text))


def _written(place: Range, text: str) -> WrittenRange:
    """The option's own place, with the text that it is evaluated from."""
    fields = {name: getattr(place, name) for name in place.__struct_fields__}
    fields["source"] = SourceFile(place.source.name, place.source.text, "json")
    return WrittenRange(**fields, written=text)


def _constant(node: JsonValue, known: Known) -> Expression:
    if isinstance(node, Array):
        return TupleNode(node.range, tuple(_constant(item, known) for item in node.items))
    if isinstance(node, Object):
        items = ((Literal(each.name_range, each.name), _constant(each.value, known)) for each in node.members)
        return ObjectNode(node.range, tuple(items))
    if isinstance(node.value, str):
        return Literal(node.range, normal(substitute(node.value, known).text))
    return Literal(node.range, node.value)


def _as_templates(node: JsonValue, known: Known) -> tuple[Any, bool]:
    """The value with every string as an HCL template, and whether one of them names facts of the machine."""
    if isinstance(node, Array):
        parts = [_as_templates(item, known) for item in node.items]
        return [part for part, _ in parts], any(late for _, late in parts)
    if isinstance(node, Object):
        pairs = {escaped(each.name): _as_templates(each.value, known) for each in node.members}
        return {name: part for name, (part, _) in pairs.items()}, any(late for _, late in pairs.values())
    if isinstance(node, Scalar) and isinstance(node.value, str):
        done = substitute(node.value, known)
        return (escaped(done.text), False) if done.template is None else (done.template, True)
    return node.value, False


def _number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)
