"""`locals` and `local`: the names of values made from others. `order` computes them."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.template.kinds import BOOL
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.schema import Module, check_content
from bakehouse.template.surroundings import constant
from bakehouse.template.syntax.tree import Block, Expression, Range
from bakehouse.template.variables import NAME, NAMES


@dataclass(frozen=True, slots=True)
class Local:
    """One local value."""

    name: str
    expression: Expression
    sensitive: bool
    place: Range


def declare(module: Module, directory: str, problems: Problems) -> dict[str, Local]:
    """All locals of a template, by name, in order."""
    declared: dict[str, Local] = {}
    for block in module.of("locals"):
        check_content(block.body, "a locals block", block.body.attributes, (), problems)
        for attribute in block.body.attributes.values():
            _add(declared, Local(attribute.name, attribute.expression, False, attribute.name_range), problems)
    for block in module.of("local"):
        with problems.collect():
            if found := _block(block, directory, problems):
                _add(declared, found, problems)
    return declared


def _block(block: Block, directory: str, problems: Problems) -> Local | None:
    name, attributes = block.labels[0], block.body.attributes
    if not NAME.fullmatch(name):
        problems.error(block.label_ranges[0], f'"{name}" cannot be the name of a local', NAMES)
    check_content(block.body, "a local block", ("expression", "sensitive"), (), problems)
    sensitive = False
    if "sensitive" in attributes:
        value = constant(attributes["sensitive"].expression, directory, '"sensitive"')
        if value.type != BOOL:
            raise mistake(attributes["sensitive"].expression.range, '"sensitive" must be true or false')
        sensitive = value.payload is True
    if "expression" not in attributes:
        return None
    return Local(name, attributes["expression"].expression, sensitive, block.range)


def _add(declared: dict[str, Local], found: Local, problems: Problems) -> None:
    if other := declared.get(found.name):
        where = f"{other.place.location.file}:{other.place.line}"
        problems.error(found.place, f'Local "{found.name}" is declared twice', f"The first time was in {where}.")
        return
    declared[found.name] = found
