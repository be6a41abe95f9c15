"""The tree, built while Lark parses: one method per rule of the grammar, called with the rule's children.

What a grammar cannot say is checked here and noted as problems of the reading: duplicate arguments, labels that are
templates, ambiguous object keys.
"""

from __future__ import annotations

from typing import Any

from bakehouse.template.syntax import templates
from bakehouse.template.syntax.bodies import make_block, make_body
from bakehouse.template.syntax.literals import normal, number, quoted, unquoted
from bakehouse.template.syntax.postfix import (
    AttributeStep,
    IndexStep,
    SplatStep,
    Step,
    apply,
    splat,
)
from bakehouse.template.syntax.tokens import Token, between
from bakehouse.template.syntax.tree import (
    AttributeDefinition,
    Binary,
    Block,
    Body,
    Call,
    Conditional,
    Expression,
    ForObject,
    ForTuple,
    Literal,
    ObjectNode,
    Parentheses,
    TupleNode,
    Unary,
    Variable,
)

OperatorAndOperand = tuple[Token, Expression]
Pair = tuple[Expression, Expression]
Arguments = tuple[tuple[Expression, ...], bool]
Children = list[Any]  # tokens and what the methods below gave, in the order of the text
KEYWORDS = {"TRUE": True, "FALSE": False, "NULL": None}


def is_expression(child: object) -> bool:
    """Whether a child is a node, not a token."""
    return isinstance(child, Expression)


class Expressions:
    """The rules of expressions."""

    def expr_term(self, children: Children) -> Expression:
        first = children[0]
        if not isinstance(first, Token):
            assert isinstance(first, Expression)
            return first
        if first.type == "LPAR":
            return Parentheses(between(first.range, children[2].range), children[1])
        return Variable(first.range, normal(first.value))

    def identifier(self, children: Children) -> Token:
        token: Token = children[0]
        return token

    def int_lit(self, children: Children) -> Literal:
        return Literal(children[0].range, number(children[0]))

    float_lit = int_lit

    def literal_value(self, children: Children) -> Literal:
        return Literal(children[0].range, KEYWORDS[children[0].type])

    def unary_op(self, children: Children) -> Unary:
        return Unary(between(children[0].range, children[1].range), children[0].value, children[1])

    def hcl2__binary_operator(self, children: Children) -> Token:
        token: Token = children[0]
        return token

    def hcl2__binary_term(self, children: Children) -> OperatorAndOperand:
        return children[0], children[1]

    def hcl2__binary_op(self, children: Children) -> Binary:
        left, (operator, right) = children
        return Binary(between(left.range, right.range), operator.value, left, right)

    def hcl2__conditional(self, children: Children) -> Conditional:
        condition, then, otherwise = filter(is_expression, children)
        return Conditional(between(condition.range, otherwise.range), condition, then, otherwise)

    def function_call(self, children: Children) -> Call:
        names = [child for child in children if isinstance(child, Token) and child.type == "NAME"]
        arguments, expand = children[-2] if isinstance(children[-2], tuple) else ((), False)
        return Call(
            between(names[0].range, children[-1].range),
            "::".join(normal(name.value) for name in names),
            arguments,
            expand,
            between(names[0].range, names[-1].range),
        )

    def arguments(self, children: Children) -> Arguments:
        last = children[-1]
        expand = isinstance(last, Token) and last.type == "ELLIPSIS"
        return tuple(filter(is_expression, children)), expand

    def tuple(self, children: Children) -> TupleNode:
        return TupleNode(between(children[0].range, children[-1].range), tuple(filter(is_expression, children)))

    def object(self, children: Children) -> ObjectNode:
        items = tuple(child for child in children if isinstance(child, tuple))
        return ObjectNode(between(children[0].range, children[-1].range), items)

    def object_elem(self, children: Children) -> Pair:
        return children[0], children[2]

    def object_elem_key(self, children: Children) -> Expression:
        key: Expression = children[0]
        if isinstance(key, Variable):
            return Literal(key.range, key.name)
        if isinstance(key, Literal) and (key.value is None or isinstance(key.value, bool)):
            return Literal(key.range, key.range.text)
        return key


class Traversals:
    """The rules of what follows a term: attributes, indexes, splats."""

    def get_attr(self, children: Children) -> AttributeStep:
        return AttributeStep(between(children[0].range, children[1].range), normal(children[1].value))

    def short_index(self, children: Children) -> IndexStep:
        key = Literal(children[1].range, number(children[1]))
        return IndexStep(between(children[0].range, children[1].range), key)

    def braces_index(self, children: Children) -> IndexStep:
        return IndexStep(between(children[0].range, children[2].range), children[1])

    def attr_splat(self, children: Children) -> SplatStep:
        return SplatStep(
            between(children[0].range, children[-1].range), tuple(children[1:]), False, children[0].reading
        )

    def full_splat(self, children: Children) -> SplatStep:
        return splat(children, full=True)

    def index_expr_term(self, children: Children) -> Expression:
        step: Step = children[1]
        return apply(children[0], step)

    get_attr_expr_term = index_expr_term
    attr_splat_expr_term = index_expr_term
    full_splat_expr_term = index_expr_term


class Loops:
    """The rules of for expressions."""

    def for_intro(self, children: Children) -> tuple[str | None, str, Expression]:
        names = [normal(child.value) for child in children if isinstance(child, Token) and child.type == "NAME"]
        (collection,) = filter(is_expression, children)
        return names[0] if len(names) > 1 else None, names[-1], collection

    def for_cond(self, children: Children) -> tuple[Expression]:
        return (children[1],)

    def for_tuple_expr(self, children: Children) -> ForTuple:
        key, value_name, collection = children[1]
        condition = children[3][0] if isinstance(children[3], tuple) else None
        return ForTuple(
            between(children[0].range, children[-1].range), key, value_name, collection, children[2], condition
        )

    def for_object_expr(self, children: Children) -> ForObject:
        key, value_name, collection = children[1]
        grouped = any(isinstance(child, Token) and child.type == "ELLIPSIS" for child in children)
        condition = children[-2][0] if isinstance(children[-2], tuple) else None
        whole = between(children[0].range, children[-1].range)
        return ForObject(whole, key, value_name, collection, children[2], children[4], grouped, condition)


class Templates:
    """The rules of templates."""

    def string_part(self, children: Children) -> Any:
        return children[0]

    def string(self, children: Children) -> Expression:
        first, *parts, last = children
        pieces = [templates.Text(part.range, quoted(part)) if isinstance(part, Token) else part for part in parts]
        return templates.assemble(pieces, between(first.range, last.range), first.reading)

    def heredoc_template(self, children: Children, indented: bool = False) -> Expression:
        first, *parts, last = children
        pieces = [templates.Text(part.range, unquoted(part)) if isinstance(part, Token) else part for part in parts]
        return templates.assemble(pieces, between(first.range, last.range), last.reading, indented=indented)

    def heredoc_template_trim(self, children: Children) -> Expression:
        return self.heredoc_template(children, indented=True)

    def lone_template(self, children: Children) -> Expression:
        return self.heredoc_template([children[0], *children])

    def _sequence(self, kind: str, children: Children) -> templates.Sequence:
        expression = next(filter(is_expression, children), None)
        names = tuple(normal(child.value) for child in children if isinstance(child, Token) and child.type == "NAME")
        return templates.Sequence(
            kind,
            between(children[0].range, children[-1].range),
            before=isinstance(children[1], Token) and children[1].type == "STRIP_MARKER",
            after=isinstance(children[-2], Token) and children[-2].type == "STRIP_MARKER",
            expression=expression,
            names=names,
        )

    def interpolation(self, children: Children) -> templates.Sequence:
        return self._sequence("interpolation", children)

    def template_if_start(self, children: Children) -> templates.Sequence:
        return self._sequence("if", children)

    def template_else(self, children: Children) -> templates.Sequence:
        return self._sequence("else", children)

    def template_endif(self, children: Children) -> templates.Sequence:
        return self._sequence("endif", children)

    def template_for_start(self, children: Children) -> templates.Sequence:
        return self._sequence("for", children)

    def template_endfor(self, children: Children) -> templates.Sequence:
        return self._sequence("endfor", children)


class TreeBuilder(Expressions, Traversals, Loops, Templates):
    """All rules; it has no state, so one serves every parse."""

    def lone_expression(self, children: Children) -> Expression:
        expression: Expression = children[0]
        return expression

    def attribute(self, children: Children) -> AttributeDefinition:
        name, _, expression = children
        return AttributeDefinition(normal(name.value), expression, between(name.range, expression.range), name.range)

    def body(self, children: Children) -> list[AttributeDefinition | Block]:
        return [child for child in children if not isinstance(child, Token)]

    block_body = body

    def block(self, children: Children) -> Block:
        return make_block(children)

    def start(self, children: Children) -> Body:
        items, end = children
        return make_body(items, end, end)
