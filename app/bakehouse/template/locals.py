"""`locals` and `local`: values made from others, computed in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.template.evaluate import references
from bakehouse.template.kinds import BOOL
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.schema import Module, check_content
from bakehouse.template.surroundings import Surroundings, constant
from bakehouse.template.syntax.tree import Block, Expression, Range
from bakehouse.template.values import SENSITIVE, Value, object_of
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


def evaluate_all(
    declared: Mapping[str, Local], around: Surroundings, problems: Problems, stand_ins: Mapping[str, Value]
) -> dict[str, Value]:
    """The values of all locals. One that fails, or needs one that failed, is left out; the first is noted.

    stand_ins: for those whose declaration is wrong.
    """
    return _Evaluation(declared, around, problems, stand_ins).run()


class _Evaluation:
    """Depth first through what each local needs. `_path`: the ones under way, for telling a cycle."""

    def __init__(
        self,
        declared: Mapping[str, Local],
        around: Surroundings,
        problems: Problems,
        stand_ins: Mapping[str, Value],
    ) -> None:
        self._declared = declared
        self._around = around
        self._problems = problems
        self._values: dict[str, Value] = dict(stand_ins)
        self._failed: set[str] = set()

    def run(self) -> dict[str, Value]:
        needs = {name: self._needs(local) for name, local in self._declared.items()}
        for name in self._declared:
            self._visit(name, needs)
        return {name: self._values[name] for name in self._declared if name in self._values}

    def _needs(self, local: Local) -> list[str]:
        needed: list[str] = []
        for path in references(local.expression):
            if path[0] != "local":
                continue
            names = [path[1]] if len(path) > 1 else [name for name in self._declared if name != local.name]
            needed += [name for name in names if name in self._declared and name not in needed]
        return needed

    def _visit(self, start: str, needs: Mapping[str, list[str]]) -> None:
        """Without recursion, so that a long chain of locals cannot exhaust the stack."""
        path = [start]
        while path:
            name = path[-1]
            if name in self._values or name in self._failed:
                path.pop()
                continue
            waiting = [need for need in needs[name] if need not in self._values and need not in self._failed]
            if not waiting:
                self._evaluate(name, needs[name])
                path.pop()
            elif waiting[0] in path:
                self._cycle(path[path.index(waiting[0]) :])
            else:
                path.append(waiting[0])

    def _cycle(self, names: list[str]) -> None:
        first = self._declared[names[0]]
        circle = " → ".join(f"local.{name}" for name in [*names, names[0]])
        summary = f'Local "{names[0]}" needs itself'
        self._problems.error(first.place, summary, f"{circle}.", "Take one of these references out.")
        self._failed.update(names)

    def _evaluate(self, name: str, needed: list[str]) -> None:
        local = self._declared[name]
        if any(need in self._failed for need in needed):
            self._failed.add(name)
            return
        self._failed.add(name)
        with self._problems.collect():
            value = self._around.adding({"local": object_of(self._values)}).value(local.expression)
            self._values[name] = value.marked(SENSITIVE) if local.sensitive else value
            self._failed.discard(name)
