"""Options of a legacy template as the expressions that the rest of the language evaluates."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from bakehouse.template.json_syntax.nodes import Array, JsonValue, Object, Scalar
from bakehouse.template.json_syntax.strings import moved_tree
from bakehouse.template.legacy.rendering import literal, settled
from bakehouse.template.legacy.substitute import Known, escaped, substitute
from bakehouse.template.syntax.literals import normal
from bakehouse.template.syntax.parse import parse_template
from bakehouse.template.syntax.tree import Expression, Literal, ObjectNode, Range, SourceFile, TupleNode, WrittenRange


def expression_of(node: JsonValue, known: Known) -> Expression:
    """What an option stands for. One that names facts of the machine becomes HCL in JSON syntax, written anew."""
    expression = _expression(node, known)
    templates, late = _as_templates(node, known)
    if not late:
        return expression
    text = json.dumps(templates, ensure_ascii=False, default=_number)
    return replace(expression, range=_written(node.range, text))


def _written(place: Range, text: str) -> WrittenRange:
    """The option's own place, with the text that it is evaluated from."""
    fields = {name: getattr(place, name) for name in place.__struct_fields__}
    fields["source"] = SourceFile(place.source.name, place.source.text, "json")
    return WrittenRange(**fields, written=text)


def _expression(node: JsonValue, known: Known) -> Expression:
    if isinstance(node, Array):
        return TupleNode(node.range, tuple(_expression(item, known) for item in node.items))
    if isinstance(node, Object):
        items = ((Literal(each.name_range, each.name), _expression(each.value, known)) for each in node.members)
        return ObjectNode(node.range, tuple(items))
    if isinstance(node.value, str):
        done = substitute(node.value, known)
        if done.template is None:
            return Literal(node.range, normal(_settled(done.text)))
        template: Expression = moved_tree(parse_template(done.template, node.range.source.name), lambda _: node.range)
        return template
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
        return (escaped(_settled(done.text)), False) if done.template is None else (done.template, True)
    return node.value, False


def _settled(text: str) -> str:
    """The text rendered as far as that can be done now; what is left is for its component."""
    if "{{" not in text:
        return text
    value = settled(text)
    return text if value is None else literal(value)


def _number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)
