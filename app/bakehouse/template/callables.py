"""Functions: how they say what they take. What is common in calling one is in `calling`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from bakehouse.template.fault import Fault
from bakehouse.template.kinds import DYNAMIC, STRING, Type


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


def text(name: str = "str", **options: Any) -> Parameter:
    """A parameter of type string."""
    return Parameter(name, STRING, **options)


def optional(parameter: Parameter) -> Parameter:
    """The same, but it may be left out."""
    return replace(parameter, optional=True)
