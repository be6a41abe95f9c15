"""The second part of compiling: locals and data sources given values, build blocks read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bakehouse.template import builds, hcp, plugins
from bakehouse.template.assignments import Assigned
from bakehouse.template.bakery import Bakery
from bakehouse.template.builds import BuildBlock
from bakehouse.template.cautions import Outputs
from bakehouse.template.data_reading import Reading
from bakehouse.template.inputs import InputFiles
from bakehouse.template.order import Order, data_value
from bakehouse.template.reading import Read, around_of, secret_strings
from bakehouse.template.surroundings import Surroundings
from bakehouse.template.syntax.tree import Range
from bakehouse.template.values import Value, object_of, render, unknown
from bakehouse.template.volatile import moving_locals

if TYPE_CHECKING:
    from bakehouse.template.legacy.module import Legacy


@dataclass(slots=True)
class Valued:
    """A template with the values of its variables and locals, and its blocks of builds."""

    read: Read
    values: dict[str, Assigned]
    locals: dict[str, Value]
    around: Surroundings
    blocks: list[BuildBlock]

    def sensitive(self) -> Iterator[tuple[str, Value, Range]]:
        """What is declared sensitive: what it is, for people, its value, and where."""
        for name, assigned in self.values.items():
            if self.read.declared[name].sensitive:
                yield f"variable {name}", assigned.value, self.read.declared[name].place
        for name, local in self.read.locals.items():
            if local.sensitive and name in self.locals:
                yield f"local {name}", self.locals[name], local.place

    def secrets(self) -> set[str]:
        """Every string in what is declared sensitive."""
        return {text for _, value, _ in self.sensitive() for text in secret_strings(value)}


def _value_legacy(read: Read, legacy: Legacy) -> Valued:
    from bakehouse.template.legacy.module import value_legacy

    found = value_legacy(legacy, read.request, read.files.directory, read.problems)
    read.declared.update(found.declared)
    return Valued(read, found.values, {}, around_of(read), found.blocks)


def value_template(read: Read, strict: bool = True, reading: Reading | None = None) -> Valued:
    """Compute locals, read data sources and the build blocks; what is wrong is noted among the problems.

    strict: what has no right value is unknown, and what needs it is not reported again; otherwise (for `inspect`) it
    is not there at all. reading: how data sources are read; every one anew, if it is left out.
    """
    if read.legacy is not None:
        return _value_legacy(read, read.legacy)
    doubtful_variables = read.doubtful_variables() if strict else {}
    doubtful_locals = read.doubtful_locals() if strict else {}
    around = around_of(read)
    values = {name: assigned.value for name, assigned in read.assignments.values.items()}
    around = around.adding({"var": object_of(values | doubtful_variables)})
    around = replace(around, doubtful=bool(doubtful_variables))
    computed = Order(read.locals, read.data, _bakery(read, around), reading or Reading(), doubtful_locals).run()
    found = computed.locals
    for name, value in found.items():
        if read.locals[name].sensitive:
            read.problems.secrets |= secret_strings(value)
    if strict:
        doubtful_locals |= {name: unknown() for name in read.locals if name not in found}
    around = around.adding({"local": object_of(found | doubtful_locals)})
    unread = [(each.type, each.name) for each in read.data if (each.type, each.name) not in computed.data]
    if read.module.of("data"):
        stand_ins = dict.fromkeys(unread, unknown()) if strict else {}
        around = around.adding({"data": data_value(computed.data | stand_ins)})
    around = replace(around, doubtful=bool(doubtful_variables or doubtful_locals or (strict and unread)))
    around = replace(around, moving=moving_locals(read.locals))
    hcp.check_top_level(read.module.of("hcp_packer_registry"), around, read.problems)
    blocks = builds.builds(read.module, builds.sources(read.module, read.problems), around, read.problems)
    return Valued(read, dict(read.assignments.values), found, around, blocks)


def _bakery(read: Read, around: Surroundings) -> Bakery:
    """For data sources, which are none of a build's components."""
    problems, cwd = read.problems, read.request.cwd
    missing = plugins.missing_plugins(read.plugins)
    outputs = Outputs(cwd, problems)
    return Bakery(around, InputFiles(cwd), problems, (), problems.secrets, outputs, frozenset(), missing)


def printable(values: Mapping[str, Value]) -> dict[str, str]:
    """Values by name as `inspect` prints them."""
    return {name: render(value) for name, value in sorted(values.items())}
