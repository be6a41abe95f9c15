"""Functions that give another value each time: what an expression calls of them, also through locals.

Those that ask something outside (`env`, `vault`) are no such functions: what they say is compared by its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bakehouse.template.locals import Local
from bakehouse.template.references import children, references
from bakehouse.template.syntax.tree import Call, Expression

ASKING = frozenset(("env", "vault", "consul_key", "aws_secretsmanager", "aws_secretsmanager_raw"))
MOVING = frozenset(("bcrypt", "legacy_isotime", "legacy_strftime", "timestamp", "uuidv4"))
"""Those functions that are declared volatile; written out, since to ask them would import every family."""
Moving = Mapping[str, frozenset[str]]
"""The moving functions behind each local that has some, by its name."""


def moving(expression: Expression, behind: Moving) -> frozenset[str]:
    """The names of the moving functions that the value of an expression comes from."""
    text = expression.range.text
    found = frozenset(_called(expression)) if any(name in text for name in MOVING) else frozenset()
    if not behind or "local" not in text:
        return found
    return found.union(*(behind.get(name, frozenset()) for name in _locals(expression, behind)))


def moving_locals(declared: Mapping[str, Local]) -> Moving:
    """The same for all locals, through each other."""
    behind = {name: moving(local.expression, {}) for name, local in declared.items()}
    if not any(behind.values()):
        return {}
    needs = {name: list(_locals(local.expression, declared)) for name, local in declared.items()}
    for _ in declared:
        more = {name: behind[name].union(*(behind[need] for need in needs[name])) for name in declared}
        if more == behind:
            break
        behind = more
    return {name: functions for name, functions in behind.items() if functions}


def _locals(expression: Expression, known: Iterable[str]) -> Iterator[str]:
    """The locals that an expression names; all, if it names `local` as a whole."""
    for path in references(expression):
        if path[0] == "local":
            yield from (name for name in known if len(path) == 1 or name == path[1])


def _called(expression: Expression) -> Iterator[str]:
    if isinstance(expression, Call) and expression.name in MOVING:
        yield expression.name
    for child in children(expression):
        yield from _called(child)
