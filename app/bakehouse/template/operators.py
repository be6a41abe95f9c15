"""The operators of HCL (hclsyntax/expression_ops.go): operands are converted, unknown operands give unknown results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bakehouse.template import numbers
from bakehouse.template.convert import convert
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import BOOL, NUMBER, STRING, Type
from bakehouse.template.values import Value, boolean, equal, number, unknown

_ARITHMETIC: dict[str, Callable[[Any, Any], numbers.Number]] = {
    "+": numbers.add,
    "-": numbers.subtract,
    "*": numbers.multiply,
    "/": numbers.divide,
    "%": numbers.modulo,
}
_COMPARISONS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
_DECIDED_BY = {"&&": False, "||": True}


def unary(operator: str, operand: Value) -> Value:
    """`-x` or `!x`."""
    value = _operand(operator, operand, NUMBER if operator == "-" else BOOL, 0)
    if not value.is_known:
        return value
    return (number(-value.payload) if operator == "-" else boolean(not value.payload)).marked(value.marks)


def binary(operator: str, left: Value, right: Value) -> Value:
    """Any operator of two operands; && and || have been decided by `short_circuit` where one side suffices."""
    marks = left.deep_marks() | right.deep_marks()
    if operator in ("==", "!="):
        same = equal(left, right)
        return (unknown(BOOL) if same is None else boolean(same == (operator == "=="))).marked(marks)
    kind = BOOL if operator in _DECIDED_BY else NUMBER
    for operand, argument in ((left, 0), (right, 1)):
        if operator in _DECIDED_BY and not operand.is_null:
            _operand(operator, operand, kind, argument)
    decided = short_circuit(operator, left) or short_circuit(operator, right)
    if decided is not None:
        return decided.marked(marks)
    one, other = _operand(operator, left, kind, 0), _operand(operator, right, kind, 1)
    if not (one.is_known and other.is_known):
        return unknown(NUMBER if operator in _ARITHMETIC else BOOL).marked(marks)
    if operator in _ARITHMETIC:
        return number(_ARITHMETIC[operator](one.payload, other.payload)).marked(marks)
    if operator in _COMPARISONS:
        return boolean(_COMPARISONS[operator](numbers.compare(one.payload, other.payload))).marked(marks)
    return boolean(one.payload and other.payload if operator == "&&" else one.payload or other.payload).marked(marks)


def short_circuit(operator: str, operand: Value) -> Value | None:
    """false for `false && x`, true for `true || x`, else None."""
    if operator not in _DECIDED_BY or operand.is_null or not operand.is_known:
        return None
    value = _operand(operator, operand, BOOL, None)
    return value if value.payload is _DECIDED_BY[operator] else None


def _operand(operator: str, value: Value, kind: Type, argument: int | None) -> Value:
    if value.is_null:
        raise Fault("Null operand", f'"{operator}" needs a {kind}, and this is null.', argument=argument)
    try:
        return convert(value, kind)
    except Fault as fault:
        help = (
            'To join texts, write them into one: "${A}${B}".'
            if operator == "+" and value.type == STRING
            else fault.help
        )
        raise Fault(f'Unsuitable operand of "{operator}"', fault.detail, help=help, argument=argument) from None
