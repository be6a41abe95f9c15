"""Trees as short text, and what HashiCorp's own parser says, for the tests of the parser."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

import pygohcl

from bakehouse.errors import TemplateError
from bakehouse.template.syntax import tree
from bakehouse.template.syntax.parse import parse_expression, parse_file
from bakehouse.template.syntax.tree import SourceFile


def show(node: tree.Expression) -> str:
    """A tree in prefix notation: `(+ a 1)`; strings as Python writes them."""
    match node:
        case tree.Literal(value=None | bool()):
            return {None: "null", True: "true", False: "false"}[node.value]
        case tree.Literal():
            return repr(node.value) if isinstance(node.value, str) else str(node.value)
        case tree.Template():
            return _call("template", *map(show, node.parts))
        case tree.TemplateWrap():
            return _call("wrap", show(node.wrapped))
        case tree.TemplateIf():
            return _call("%if", show(node.condition), show(node.then), show(node.otherwise))
        case tree.TemplateFor():
            return _call("%for", _names(node.key, node.value), show(node.collection), show(node.body))
        case tree.Variable():
            return node.name
        case tree.Attribute():
            return f"{show(node.object)}.{node.name}"
        case tree.Index():
            return f"{show(node.object)}[{show(node.key)}]"
        case tree.Splat():
            return _call("splat" if node.full else "attribute-splat", show(node.object), show(node.each))
        case tree.SplatItem():
            return "_"
        case _:
            return _show_compound(node)


def _show_compound(node: tree.Expression) -> str:
    match node:
        case tree.Call():
            return f"{node.name}({', '.join(map(show, node.arguments))}{'...' if node.expand else ''})"
        case tree.Unary():
            return _call(node.operator, show(node.operand))
        case tree.Binary():
            return _call(node.operator, show(node.left), show(node.right))
        case tree.Conditional():
            return _call("?", show(node.condition), show(node.then), show(node.otherwise))
        case tree.Parentheses():
            return _call("paren", show(node.inner))
        case tree.TupleNode():
            return f"[{', '.join(map(show, node.items))}]"
        case tree.ObjectNode():
            return "{" + ", ".join(f"{show(key)} = {show(value)}" for key, value in node.items) + "}"
        case tree.ForTuple():
            return _call("for", _names(node.key, node.value_name), show(node.collection), show(node.value), *_if(node))
        case tree.ForObject():
            parts = [show(node.key_expression), show(node.value), *(["..."] if node.grouped else []), *_if(node)]
            return _call("for{}", _names(node.key, node.value_name), show(node.collection), *parts)
        case _:
            raise AssertionError(f"unknown node {node!r}")


def _if(node: tree.ForTuple | tree.ForObject) -> list[str]:
    return [] if node.condition is None else [f"if {show(node.condition)}"]


def _names(key: str | None, value: str) -> str:
    return value if key is None else f"{key},{value}"


def _call(name: str, *parts: str) -> str:
    return f"({' '.join([name, *parts])})"


def shown(text: str) -> str:
    """The tree of an expression."""
    return show(parse_expression(text, "test.hcl"))


def read(text: str) -> tree.Body:
    """The body of a file."""
    return parse_file(SourceFile("test.hcl", text))


def refusal(text: str) -> TemplateError:
    """The error that a file gives; it must give one."""
    try:
        read(text)
    except TemplateError as error:
        return error
    raise AssertionError(f"accepted: {text!r}")


class NotConstant(Exception):
    """The value of an expression would need evaluating."""


def constant(node: tree.Expression) -> object:
    """The value of an expression without names and operators, as pygohcl gives it."""
    match node:
        case tree.Literal(value=value):
            return float(value) if isinstance(value, Decimal) else value
        case tree.TemplateWrap(wrapped=wrapped):
            return constant(wrapped)
        case tree.Template(parts=parts):
            return "".join(map(_piece, parts))
        case tree.TupleNode(items=items):
            return [constant(item) for item in items]
        case tree.Unary(operator="-", operand=tree.Literal(value=int() as number)) if not isinstance(number, bool):
            return -number
    raise NotConstant


def _piece(node: tree.Expression) -> str:
    value = constant(node)
    if isinstance(value, str) or type(value) is int:
        return str(value)
    raise NotConstant


def go(text: str) -> tuple[dict[str, object] | None, Sequence[int]]:
    """What Go's HCL makes of a file: its values and no lines, or None and the lines of its errors."""
    try:
        values: dict[str, object] = pygohcl.loads(text)
    except pygohcl.HCLParseError as error:
        return None, [int(line) for line in re.findall(r"tmp\.hcl:(\d+),\d+-\d", str(error))]
    except (pygohcl.HCLInternalError, ValueError):
        return {}, []  # parsed, but not to be written as JSON
    return values, []


def lines_named(error: TemplateError) -> set[int]:
    """The lines that our diagnostics speak of."""
    return {int(line) for line in re.findall(r"(?:test\.hcl:|\bline )(\d+)", str(error))}
