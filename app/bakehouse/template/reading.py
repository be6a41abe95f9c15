"""The first half of compiling: files read and parsed, declarations checked, variables and locals given values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bakehouse.template import builds, data, hcp, locals, plugins, requirements, selection, variables
from bakehouse.template.assignments import Assigned, Assignments
from bakehouse.template.bakery import Bakery, strings
from bakehouse.template.builds import BuildBlock
from bakehouse.template.cautions import Outputs
from bakehouse.template.data_reading import Reading
from bakehouse.template.files import TemplateFiles, find_template
from bakehouse.template.inputs import InputFiles
from bakehouse.template.kinds import DYNAMIC, has_dynamic, without_optional
from bakehouse.template.order import Order, data_value
from bakehouse.template.plan import Request
from bakehouse.template.problems import Problems
from bakehouse.template.schema import Module, gather
from bakehouse.template.surroundings import Surroundings, contextual
from bakehouse.template.syntax.tree import Body, Range
from bakehouse.template.values import SENSITIVE, Value, object_of, render, to_python, unknown
from bakehouse.template.volatile import moving_locals

if TYPE_CHECKING:
    from bakehouse.template.legacy.module import Legacy

SHORT_SECRET = 3
"""Characters: a shorter secret is only hidden as a whole word (DESIGN 8)."""


@dataclass(slots=True)
class Read:
    """A template whose text is understood, before any value is computed. whole: no block was left out of `module`."""

    request: Request
    files: TemplateFiles
    module: Module
    problems: Problems
    declared: dict[str, variables.Declaration]
    locals: dict[str, locals.Local]
    data: list[data.Data]
    plugins: dict[str, requirements.Requirement]
    assignments: Assignments
    whole: bool
    legacy: Legacy | None = None

    def patterns(self, given: list[str]) -> list[str]:
        """What `-only` or `-except` says, as globs: those of a legacy template are names."""
        return [selection.exactly(name) for name in given] if self.legacy is not None else given

    def doubtful_variables(self) -> dict[str, Value]:
        """Unknown values for the variables that have no right one."""
        found = {name: unknown() for name in _labels(self.module, "variable") if name not in self.declared}
        for name in self.assignments.failed:
            variable = self.declared[name]
            value = unknown(DYNAMIC if has_dynamic(variable.type) else without_optional(variable.type))
            found[name] = value.marked(SENSITIVE) if variable.sensitive else value
        return found

    def doubtful_locals(self) -> dict[str, Value]:
        """Unknown values for the locals whose declaration is wrong."""
        return {name: unknown() for name in _labels(self.module, "local") if name not in self.locals}


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


def read_template(request: Request) -> Read:
    """Read and parse all files. Raises TemplateError if one cannot be, or if another Packer is asked for."""
    problems = Problems()
    files = find_template(request)
    if files.legacy:
        return _read_legacy(request, files, problems)
    bodies: list[Body] = []
    for text in files.texts:
        with problems.collect():
            bodies.append(text.parse())
    problems.stop_if_fatal()
    module = gather(bodies, problems)
    whole = not problems.fatal
    requirements.check_version(module, files.directory)
    required = requirements.required_plugins(module, files.directory, problems)
    declared = variables.declare(module, files.directory, problems)
    found = locals.declare(module, files.directory, problems)
    sources = data.declare(module, problems)
    broken = [name for name in _labels(module, "variable") if name not in declared]
    assignments = Assignments(declared, broken, request, files.directory, problems)
    assignments.collect(files.auto_variables)
    problems.secrets |= {
        text
        for name, assigned in assignments.values.items()
        if declared[name].sensitive
        for text in secret_strings(assigned.value)
    }
    return Read(request, files, module, problems, declared, found, sources, required, assignments, whole)


def _read_legacy(request: Request, files: TemplateFiles, problems: Problems) -> Read:
    from bakehouse.template.legacy.module import parse_legacy

    legacy = parse_legacy(request, files, problems)
    assignments = Assignments({}, [], request, files.directory, problems)
    assignments.files += legacy.files
    return Read(request, files, Module(), problems, {}, {}, [], {}, assignments, not problems.fatal, legacy)


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


def secret_strings(value: Value) -> set[str]:
    """Every string in a value that is sensitive."""
    return set(strings(to_python(value)))


def _labels(module: Module, type: str) -> list[str]:
    return [block.labels[0] for block in module.of(type)]


def around_of(read: Read) -> Surroundings:
    request, files = read.request, read.files
    roots = contextual(files.root, request.cwd)
    return Surroundings(files.directory, request.cwd, roots, on_secret=read.problems.secrets.add)


def printable(values: Mapping[str, Value]) -> dict[str, str]:
    """Values by name as `inspect` prints them."""
    return {name: render(value) for name, value in sorted(values.items())}
