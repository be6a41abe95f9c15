"""Evaluation (hclsyntax/expression.go): an expression and a scope give a value, or a TemplateError with a place."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template import loops, missing, operators, traversal
from bakehouse.template.calling import call, call_special
from bakehouse.template.convert import convert, unify
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import BOOL, DYNAMIC, NUMBER, STRING, ListType, SetType, TupleType, one
from bakehouse.template.references import references
from bakehouse.template.scope import Scope
from bakehouse.template.syntax import tree
from bakehouse.template.told import told
from bakehouse.template.values import NO_MARKS, Value, from_python, list_of, object_of, string, tuple_of, unknown

FRAMES = 5000  # of Python, for the deepest tree that the parser lets through; its own 1000 would be too few
sys.setrecursionlimit(max(FRAMES, sys.getrecursionlimit()))

__all__ = ["error_at", "evaluate", "references"]


def evaluate(expression: tree.Expression, scope: Scope) -> Value:
    """The value of an expression. TemplateError, with the place of the sub-expression at fault, if it has none."""
    try:
        return _HANDLERS[type(expression)](expression, scope)
    except TemplateError as error:
        raise _telling(error, expression, scope) from None
    except RecursionError:
        raise error_at(expression, Fault("Nested too deeply", "Expressions cannot be nested this deeply.")) from None


def _telling(error: TemplateError, expression: tree.Expression, scope: Scope) -> TemplateError:
    """The error with the values of what the innermost expression around it names."""
    if all(each.values is not None for each in error.diagnostics):
        return error
    try:
        values = told(expression, scope)
    except RecursionError:
        values = ()
    return TemplateError(
        [each if each.values is not None else replace(each, values=values) for each in error.diagnostics]
    )


def error_at(node: tree.Expression | tree.Range, fault: Fault) -> TemplateError:
    """A fault with the place it is at."""
    place = node if isinstance(node, tree.Range) else node.range
    return TemplateError(
        [Diagnostic(fault.summary, fault.detail, place.location, source=place.first_line, help=fault.help)]
    )


def _guard(nodes: tuple[tree.Expression, ...], operation: Callable[..., Value], *arguments: Any) -> Value:
    """The operation's result. nodes: the whole, then its parts; a Fault of argument n is at part n."""
    try:
        return operation(*arguments)
    except Fault as fault:
        at = 0 if fault.argument is None else fault.argument + 1
        raise error_at(nodes[min(at, len(nodes) - 1)], fault) from None


def _literal(node: tree.Literal, scope: Scope) -> Value:
    return from_python(node.value)


def _parentheses(node: tree.Parentheses, scope: Scope) -> Value:
    return evaluate(node.inner, scope)


def _wrap(node: tree.TemplateWrap, scope: Scope) -> Value:
    return evaluate(node.wrapped, scope)


def _template(node: tree.Template, scope: Scope) -> Value:
    return join(node.parts, _each(node.parts, scope))


def _each(nodes: Iterable[tree.Expression], scope: Scope) -> list[Value]:
    """Their values. They do not depend on each other, so the TemplateError has the mistakes of all of them."""
    values: list[Value] = []
    found: list[Diagnostic] = []
    for node in nodes:
        try:
            values.append(evaluate(node, scope))
        except TemplateError as error:
            found += error.diagnostics
    if found:
        raise TemplateError(found)
    return values


def join(parts: tuple[tree.Expression, ...], values: list[Value]) -> Value:
    """The values of the parts of a template as one string."""
    marks, texts = NO_MARKS, []
    for part, value in zip(parts, values, strict=True):
        marks |= value.deep_marks()
        texts.append(_guard((part,), _text, value).payload)
    if all(isinstance(text, str) for text in texts):
        return string("".join(texts)).marked(marks)
    return unknown(STRING).marked(marks)


def _text(value: Value) -> Value:
    if value.is_null:
        raise Fault("Null in a string", "The value is null, so it cannot be part of a string.")
    try:
        return convert(value, STRING)
    except Fault:
        detail = f"{one(value.type, capital=True)} cannot be part of a string."
        raise Fault("Not a string", detail, help="Use join() or jsonencode() to make one of it.") from None


def _template_if(node: tree.TemplateIf, scope: Scope) -> Value:
    return _choose(node, scope)


def _template_for(node: tree.TemplateFor, scope: Scope) -> Value:
    turns = loops.turns(node.collection, node.key, node.value, scope, evaluate, error_at)
    if turns.scopes is None:
        return unknown(STRING).marked(turns.marks)
    values = [evaluate(node.body, inner) for inner in turns.scopes]
    return join((node.body,) * len(values), values).marked(turns.marks)


def _variable(node: tree.Variable, scope: Scope) -> Value:
    value = scope.lookup(node.name)
    if value is None:
        raise error_at(node, missing.unknown_name(node.name, scope))
    return value


def _attribute(node: tree.Attribute, scope: Scope) -> Value:
    value = evaluate(node.object, scope)
    try:
        return traversal.attribute(value, node.name)
    except Fault as fault:
        raise error_at(missing.name_place(node), missing.unknown_attribute(node, value, fault, scope)) from None


def _index(node: tree.Index, scope: Scope) -> Value:
    value, key = evaluate(node.object, scope), evaluate(node.key, scope)
    return _guard((node, node.object, node.key), traversal.index, value, key)


def _splat_item(node: tree.SplatItem, scope: Scope) -> Value:
    assert scope.item is not None, "a SplatItem outside of its Splat"
    return scope.item


def _splat(node: tree.Splat, scope: Scope) -> Value:
    value = evaluate(node.object, scope)
    items = _visited(node, value)
    if items is None:
        evaluate(node.each, scope.at(unknown(getattr(value.type, "element", DYNAMIC))))
        return unknown().marked(value.marks)
    results = [evaluate(node.each, scope.at(item)) for item in items]
    if isinstance(value.type, (ListType, SetType)) and len({each.type for each in results}) == 1:
        return list_of(results[0].type, results).marked(value.marks)
    return tuple_of(results).marked(value.marks)


def _visited(node: tree.Splat, value: Value) -> list[Value] | None:
    """What a splat visits: the items, or the value itself if it is no list; None if that is not known yet."""
    sequence = isinstance(value.type, (ListType, SetType, TupleType))
    if value.is_null and sequence:
        raise error_at(node.object, Fault("Splat of null", "The list is null, so there is nothing to visit."))
    if value.is_null:
        return []
    if isinstance(value.type, TupleType) and not value.is_known:
        return [unknown(kind) for kind in value.type.items]
    if not value.is_known and (sequence or value.type == DYNAMIC):
        return None
    return list(value.payload) if sequence else [value]


def _unary(node: tree.Unary, scope: Scope) -> Value:
    return _guard((node, node.operand), operators.unary, node.operator, evaluate(node.operand, scope))


def _binary(node: tree.Binary, scope: Scope) -> Value:
    left = evaluate(node.left, scope)
    decided = None
    if node.operator in ("&&", "||"):
        decided = _guard((node.left,), lambda: operators.short_circuit(node.operator, left) or unknown())
        decided = decided if decided.is_known else None
    try:
        right = evaluate(node.right, scope)
    except TemplateError:
        if decided is not None:
            return decided
        raise
    return _guard((node, node.left, node.right), operators.binary, node.operator, left, right)


def _conditional(node: tree.Conditional, scope: Scope) -> Value:
    return _choose(node, scope)


def _choose(node: tree.Conditional | tree.TemplateIf, scope: Scope) -> Value:
    """The branch chosen, as the type that both unify to; errors in the other one do not count."""
    condition = evaluate(node.condition, scope)
    chosen = _guard((node.condition,), _condition, condition)
    marks = condition.deep_marks()
    branches: list[Value] = []
    for branch, wanted in ((node.then, True), (node.otherwise, False)):
        try:
            branches.append(evaluate(branch, scope))
        except TemplateError:
            if not chosen.is_known or chosen.payload is wanted:
                raise
            branches.append(unknown())
    kind = _common_type(*branches)
    if kind is None:
        then, otherwise = (one(each.type) for each in branches)
        detail = f"One result is {then}, the other {otherwise}, and nothing fits both."
        raise error_at(node, Fault("Results of different types", detail))
    if not chosen.is_known:
        return unknown(kind).marked(marks.union(*(each.deep_marks() for each in branches)))
    at = 0 if chosen.payload else 1
    return _guard(((node.then, node.otherwise)[at],), convert, branches[at], kind).marked(marks)


def _common_type(left: Value, right: Value) -> Any:
    for given, other in ((left, right), (right, left)):
        if given.type == DYNAMIC and given.is_null:
            return other.type
    return unify([left.type, right.type])


def _condition(value: Value) -> Value:
    if value.is_null:
        raise Fault("Null condition", "The condition is null: it must be true or false.")
    try:
        return convert(value, BOOL)
    except Fault:
        detail = f"The condition is {one(value.type)}: it must be true or false."
        help = 'Compare it with something, as in X == "yes".' if value.type in (STRING, NUMBER) else ""
        raise Fault("Unsuitable condition", detail, help=help) from None


def _tuple(node: tree.TupleNode, scope: Scope) -> Value:
    return tuple_of(_each(node.items, scope))


def _object(node: tree.ObjectNode, scope: Scope) -> Value:
    marks, attributes, known = NO_MARKS, {}, True
    values = iter(_each(itertools.chain.from_iterable(node.items), scope))
    for (key_node, _), given, item in zip(node.items, values, values, strict=True):
        key = _guard((key_node,), loops.object_key, given)
        marks |= key.deep_marks()
        known = known and key.is_known
        attributes[key.payload] = item
    return (object_of(attributes) if known else unknown()).marked(marks)


def _for_tuple(node: tree.ForTuple, scope: Scope) -> Value:
    turns = loops.turns(node.collection, node.key, node.value_name, scope, evaluate, error_at)
    marks, results = turns.marks, []
    for inner in turns.scopes or ():
        wanted, mark = _included(node.condition, inner)
        marks |= mark
        if wanted is None:
            return unknown().marked(marks)
        if wanted:
            results.append(evaluate(node.value, inner))
    return (unknown() if turns.scopes is None else tuple_of(results)).marked(marks)


def _included(condition: tree.Expression | None, scope: Scope) -> tuple[bool | None, frozenset[str]]:
    """Whether a turn of a `for` counts (None: not known yet), and the marks of the condition."""
    if condition is None:
        return True, NO_MARKS
    value = _guard((condition,), _condition, evaluate(condition, scope))
    return (bool(value.payload) if value.is_known else None), value.deep_marks()


def _for_object(node: tree.ForObject, scope: Scope) -> Value:
    turns = loops.turns(node.collection, node.key, node.value_name, scope, evaluate, error_at)
    marks, known = turns.marks, turns.scopes is not None
    collected = loops.Collected(node.grouped)
    for inner in turns.scopes or ():
        wanted, mark = _included(node.condition, inner)
        marks |= mark
        if wanted:
            key = _guard((node.key_expression,), loops.object_key, evaluate(node.key_expression, inner))
            marks |= key.deep_marks()
            known = known and key.is_known
            value = evaluate(node.value, inner)
            _guard((node.key_expression,), collected.add, key, value)
        known = known and wanted is not None
    return (collected.value() if known else unknown()).marked(marks)


def _call(node: tree.Call, scope: Scope) -> Value:
    function = scope.functions.get(node.name)
    if function is None:
        raise error_at(node.name_range, missing.unknown_function(node.name, scope))
    if function.special:
        return _guard((node, *node.arguments), call_special, function, node, scope)
    arguments = _each(node.arguments, scope)
    nodes = [node, *node.arguments]
    if node.expand:
        spread = _guard((node.arguments[-1],), _spread, arguments.pop())
        if not spread.is_known:
            return unknown(function.result).marked(spread.marks)
        arguments.extend(item.marked(spread.marks) for item in spread.payload)
        nodes.extend([nodes[-1]] * len(spread.payload))
    return _guard(tuple(nodes), call, function, arguments, scope)


def _spread(value: Value) -> Value:
    if value.is_null:
        raise Fault("Null before ...", "The last argument is null, so there is nothing to spread.")
    if not isinstance(value.type, (ListType, SetType, TupleType)) and value.type != DYNAMIC:
        raise Fault("Nothing to spread", f"Before ... there must be a list, and this is {one(value.type)}.")
    return value


_HANDLERS: dict[type[tree.Expression], Callable[[Any, Scope], Value]] = {
    tree.Literal: _literal,
    tree.Parentheses: _parentheses,
    tree.Template: _template,
    tree.TemplateWrap: _wrap,
    tree.TemplateIf: _template_if,
    tree.TemplateFor: _template_for,
    tree.Variable: _variable,
    tree.Attribute: _attribute,
    tree.Index: _index,
    tree.Splat: _splat,
    tree.SplatItem: _splat_item,
    tree.Call: _call,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Conditional: _conditional,
    tree.TupleNode: _tuple,
    tree.ObjectNode: _object,
    tree.ForTuple: _for_tuple,
    tree.ForObject: _for_object,
}
