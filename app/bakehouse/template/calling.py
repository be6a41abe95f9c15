"""All that is common in calling a function.

Conversion of arguments, null, unknown and sensitive values are settled here; a function's body sees values of the
declared types, without marks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from bakehouse.template.callables import Function, Needs, Parameter
from bakehouse.template.convert import convert
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import ListType, Primitive, Type
from bakehouse.template.scope import Scope
from bakehouse.template.syntax.tree import Call
from bakehouse.template.values import NO_MARKS, Value, boolean, list_of, number, string, unknown

_WITHHELD = "The details are left out, since a sensitive value is involved."


def call(function: Function, arguments: Sequence[Value], scope: Scope) -> Value:
    """The result for these arguments; Fault, with `argument` where one of them is at fault."""
    required = sum(not each.optional for each in function.parameters)
    if len(arguments) < required:
        raise Fault("Not enough arguments", function.usage())
    marks, known, ready = NO_MARKS, True, []
    for index, given in enumerate(arguments):
        parameter = function.parameter(index)
        value = _argument(given, parameter, index, function.name)
        marks |= value.marks if function.structural else value.deep_marks()
        value = Value(value.type, value.payload) if function.structural else value.unmarked()
        known = known and _enough(value, parameter)
        ready.append(value.payload if isinstance(parameter.type, Primitive) else value)
    if not known:
        return unknown(function.result).marked(marks)
    try:
        result = function.body(scope, *ready) if function.scoped else function.body(*ready)
    except Fault as fault:
        if not marks:
            raise
        raise Fault(fault.summary, _WITHHELD, help=fault.help, argument=fault.argument) from None
    value = wrap(result, function.result).marked(marks)
    if value.marks and not function.structural:
        _tell_secrets(value, arguments, own=not marks, scope=scope)
    return value


def _tell_secrets(value: Value, arguments: Sequence[Value], own: bool, scope: Scope) -> None:
    """Tell what is to be masked besides the secrets that went in: what a function made of them.

    Not what stands in an argument that is no secret (the second of `coalesce(var.secret, "none")`), and no text of
    several lines: each line of a secret is masked, and the lines of a whole script that has one in it are no secrets.
    own: whether it is a secret by itself, as one of `vault`.
    """
    plain = {text for argument in arguments for text in _texts(argument) if not own}
    for text in _texts(value.unmarked()):
        if text not in plain and (own or "\n" not in text):
            scope.on_secret(text)


def _texts(value: Value) -> Iterator[str]:
    """The strings in a value, but not those that are sensitive."""
    if value.marks:
        return
    if isinstance(value.payload, str):
        yield value.payload
    for child in value.children():
        yield from _texts(child)


def call_special(function: Function, node: Call, scope: Scope) -> Value:
    """The same for a function that evaluates its arguments itself."""
    result: Value = function.body(node, scope)
    return result


def _argument(given: Value, parameter: Parameter, index: int, name: str) -> Value:
    if given.is_null and not parameter.null:
        raise Fault(f'Null for "{parameter.name}"', f'"{name}" cannot take null here.', argument=index)
    try:
        return convert(given, parameter.type)
    except Fault as fault:
        raise Fault(
            f'Wrong value for "{parameter.name}" of "{name}"', fault.detail, help=fault.help, argument=index
        ) from None


def _enough(value: Value, parameter: Parameter) -> bool:
    if parameter.needs is Needs.ALL:
        return value.wholly_known()
    return value.is_known or parameter.needs is Needs.NOTHING


def wrap(result: Any, kind: Type) -> Value:
    """Plain Python as a value of the declared type."""
    match result:
        case Value():
            return result
        case bool():
            return boolean(result)
        case int() | float() | Decimal():
            return number(result)
        case str():
            return string(result)
        case list() if isinstance(kind, ListType):
            return list_of(kind.element, [wrap(item, kind.element) for item in result])
    raise TypeError(f"a function may not return {type(result).__name__}")
