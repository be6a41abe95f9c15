"""`variables` to variables and locals: a default may call nothing but `env`, so any other call makes it a local."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bakehouse.template.upgrade.fixers.walking import section
from bakehouse.template.upgrade.hcl.bodies import Lines, number
from bakehouse.template.upgrade.hcl.calls import Calls, functions_in
from bakehouse.template.upgrade.hcl.functions import ONLY_IN_VARIABLES
from bakehouse.template.upgrade.hcl.text import name_of, unique

TIMESTAMP = "timestamp"
"""The local that stands for `{{timestamp}}`; a variable that is nothing else becomes that one."""


@dataclass(frozen=True, slots=True)
class Variable:
    """name: the legacy one, hcl: what it is called now. default: None if a value must be given."""

    name: str
    hcl: str
    default: str | None
    sensitive: bool
    is_local: bool

    @property
    def reference(self) -> str:
        """How it is named in an expression."""
        return f"{'local' if self.is_local else 'var'}.{self.hcl}"


def read_variables(template: dict[str, Any], given: Iterable[str] = ()) -> list[Variable]:
    """The variables of a template, in order of their names. given: more of them, which have a value."""
    declared = section(template, "variables")
    known = {**dict.fromkeys(given), **(declared if isinstance(declared, dict) else {})}
    sensitive = section(template, "sensitive-variables")
    secrets = sensitive if isinstance(sensitive, list) else []
    taken, taken_by_locals = set[str](), {TIMESTAMP}
    found = []
    for name, value in sorted(known.items()):
        default = text_of(value)
        is_local = bool(functions_in(default or "") - ONLY_IN_VARIABLES)
        hcl = name_of(name)
        if not _is_timestamp(hcl, default):
            hcl = unique(hcl, taken_by_locals if is_local else taken)
        found.append(Variable(name, hcl, default, name in secrets, is_local))
    return found


def _is_timestamp(name: str, default: str | None) -> bool:
    return name == TIMESTAMP and re.fullmatch(r"\{\{\s*timestamp\s*\}\}", default or "") is not None


def text_of(value: Any) -> str | None:
    """A default as the text that Packer makes of it: true is "1"."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    return number(value) if isinstance(value, int | float) else ""


def declaration(variable: Variable, calls: Calls) -> Lines:
    """A variable's block."""
    lines = [f'variable "{variable.hcl}" {{', "type = string"]
    if variable.default is not None:
        lines.append(f"default = {calls.quoted(variable.default)}")
    if variable.sensitive:
        lines.append("sensitive = true")
    return [*lines, "}"]


def local_blocks(variables: list[Variable], calls: Calls) -> list[Lines]:
    """The locals: a block for each that is sensitive, and one for all others."""
    of_their_own = [variable for variable in variables if not _is_timestamp(variable.hcl, variable.default)]
    if len(of_their_own) < len(variables):
        calls.used.add(TIMESTAMP)
    plain = [
        f"{variable.hcl} = {calls.quoted(variable.default or '')}"
        for variable in of_their_own
        if not variable.sensitive
    ]
    blocks = []
    for variable in of_their_own:
        if variable.sensitive:
            expression = f"expression = {calls.quoted(variable.default or '')}"
            blocks.append([f'local "{variable.hcl}" {{', "sensitive = true", expression, "}"])
    return [*blocks, ["locals {", *plain, "}"]] if plain else blocks
