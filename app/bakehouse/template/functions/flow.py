"""`try`, `can` and `convert`: they decide themselves what becomes of an error (hcl, ext/tryfunc and ext/typeexpr)."""

from __future__ import annotations

from bakehouse.errors import TemplateError
from bakehouse.template.callables import Family, Parameter
from bakehouse.template.convert import convert
from bakehouse.template.evaluate import evaluate
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import BOOL
from bakehouse.template.scope import Scope
from bakehouse.template.syntax import tree
from bakehouse.template.types import parse_type
from bakehouse.template.values import Value, boolean, unknown

family = Family()


@family.function("try", rest=Parameter("expressions"), special=True)
def first_that_works(node: tree.Call, scope: Scope) -> Value:
    """The value of the first expression that has one."""
    failures = []
    for argument in node.arguments:
        try:
            return evaluate(argument, scope)
        except TemplateError as error:
            failures.append(error)
    if not failures:
        raise Fault("Not enough arguments", "try() needs at least one expression.")
    reasons = [
        f"{failure.diagnostics[0].location}: {failure.diagnostics[0].summary}. {failure.diagnostics[0].detail}"
        for failure in failures
    ]
    raise Fault("No expression worked", "\n".join(reasons), help="Add a last expression that cannot fail.")


@family.function("can", Parameter("expression"), result=BOOL, special=True)
def can(node: tree.Call, scope: Scope) -> Value:
    """Whether the expression has a value."""
    _exactly(node, 1, "can(expression)")
    try:
        value = evaluate(node.arguments[0], scope)
    except TemplateError:
        return boolean(False)
    return boolean(True) if value.is_known else unknown(BOOL)


@family.function("convert", Parameter("value"), Parameter("type"), special=True)
def convert_value(node: tree.Call, scope: Scope) -> Value:
    """The value as one of a type, which is written as in `variable`."""
    _exactly(node, 2, "convert(value, type)")
    value = evaluate(node.arguments[0], scope)
    kind, defaults = parse_type(node.arguments[1])
    try:
        return convert(defaults.apply(value) if defaults else value, kind)
    except Fault as fault:
        raise Fault(fault.summary, fault.detail, help=fault.help, argument=0) from None


def _exactly(node: tree.Call, count: int, usage: str) -> None:
    if len(node.arguments) != count:
        many = "Too many" if len(node.arguments) > count else "Not enough"
        raise Fault(f"{many} arguments", f"The function is {usage}.")
