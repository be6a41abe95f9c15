"""Functions: how they say what they take, and all that is common in calling one.

Conversion of arguments, null, unknown and sensitive values are settled here; a function's body sees values of the
declared types, without marks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from bakehouse.template.convert import convert
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import DYNAMIC, STRING, ListType, Primitive, Type
from bakehouse.template.values import NO_MARKS, Value, boolean, list_of, number, string, unknown

if TYPE_CHECKING:
    from bakehouse.template.scope import Scope
    from bakehouse.template.syntax.tree import Call


_WITHHELD = "The details are left out, since a sensitive value is involved."


class Needs(Enum):
    """How much of an argument must be known before the body can run; else the result is unknown."""

    ALL = "all"
    ITSELF = "itself"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. null: whether null may be given. optional: whether it may be left out, which only last ones may.

    The body gets the payload itself for a primitive type, a Value for any other.
    """

    name: str
    type: Type = DYNAMIC
    null: bool = False
    needs: Needs = Needs.ALL
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language. rest: the parameter that takes all further arguments.

    result: the type of the result, by which plain Python from the body becomes a value; any if it varies.
    special: the body gets the call's own syntax and the scope, nothing is evaluated before (`try`, `can`, `convert`).
    scoped: the body gets the scope as its first argument. volatile: two calls may differ.
    structural: it only moves what is inside its arguments, so that the marks inside stay where they are.
    """

    name: str
    parameters: tuple[Parameter, ...]
    rest: Parameter | None
    result: Type
    body: Callable[..., Any]
    special: bool = False
    scoped: bool = False
    volatile: bool = False
    structural: bool = False

    def parameter(self, index: int) -> Parameter:
        """The parameter that takes argument `index`; Fault if there is none."""
        if index < len(self.parameters):
            return self.parameters[index]
        if self.rest is None:
            raise Fault("Too many arguments", self.usage(), argument=index)
        return self.rest

    def usage(self) -> str:
        """How it is called, as a sentence."""
        names = [f"[{each.name}]" if each.optional else each.name for each in self.parameters]
        if self.rest is not None:
            names.append(f"{self.rest.name}...")
        return f"The function is {self.name}({', '.join(names)})."


class Family:
    """The functions of one module, filled by its decorator."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}

    def function(
        self,
        name: str,
        *parameters: Parameter,
        rest: Parameter | None = None,
        result: Type = DYNAMIC,
        special: bool = False,
        scoped: bool = False,
        volatile: bool = False,
        structural: bool = False,
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Declare the decorated body as the function `name`."""

        def declare(body: Callable[..., Any]) -> Callable[..., Any]:
            self.functions[name] = Function(name, parameters, rest, result, body, special, scoped, volatile, structural)
            return body

        return declare


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
    return wrap(result, function.result).marked(marks)


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


def text(name: str = "str", **options: Any) -> Parameter:
    """A parameter of type string."""
    return Parameter(name, STRING, **options)


def optional(parameter: Parameter) -> Parameter:
    """The same, but it may be left out."""
    return replace(parameter, optional=True)
