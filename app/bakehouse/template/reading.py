"""The first half of compiling: files read and parsed, declarations checked, variables and locals given values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bakehouse.template import builds, locals, requirements, variables
from bakehouse.template.assignments import Assigned, Assignments
from bakehouse.template.bakery import strings
from bakehouse.template.builds import BuildBlock
from bakehouse.template.files import TemplateFiles, find_template
from bakehouse.template.kinds import DYNAMIC, has_dynamic, without_optional
from bakehouse.template.plan import Request
from bakehouse.template.problems import Problems
from bakehouse.template.schema import Module, gather
from bakehouse.template.surroundings import Surroundings, contextual
from bakehouse.template.syntax.tree import Body, Range
from bakehouse.template.values import SENSITIVE, Value, object_of, render, to_python, unknown
from bakehouse.template.volatile import moving_locals

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
    plugins: dict[str, Range]
    assignments: Assignments
    whole: bool

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
    bodies: list[Body] = []
    for text in files.texts:
        with problems.collect():
            bodies.append(text.parse())
    problems.stop_if_fatal()
    module = gather(bodies, problems)
    whole = not problems.fatal
    requirements.check_version(module, files.directory)
    plugins = requirements.required_plugins(module, files.directory, problems)
    declared = variables.declare(module, files.directory, problems)
    found = locals.declare(module, files.directory, problems)
    broken = [name for name in _labels(module, "variable") if name not in declared]
    assignments = Assignments(declared, broken, request, files.directory, problems)
    assignments.collect(files.auto_variables)
    problems.secrets |= {
        text
        for name, assigned in assignments.values.items()
        if declared[name].sensitive
        for text in secret_strings(assigned.value)
    }
    return Read(request, files, module, problems, declared, found, plugins, assignments, whole)


def value_template(read: Read, strict: bool = True) -> Valued:
    """Compute locals and read the build blocks; what is wrong is noted among the problems.

    strict: what has no right value is unknown, and what needs it is not reported again; otherwise (for `inspect`) it
    is not there at all.
    """
    doubtful_variables = read.doubtful_variables() if strict else {}
    doubtful_locals = read.doubtful_locals() if strict else {}
    around = around_of(read)
    for block in read.module.of("data"):
        help = "Put the value into a variable, and give it with -var."
        read.problems.error(block.range, "Data sources are not supported yet", "", help)
        around = replace(around.adding({"data": unknown()}), doubtful=True)
    for block in read.module.of("hcp_packer_registry"):
        builds.registry_ignored(block, read.problems)
    values = {name: assigned.value for name, assigned in read.assignments.values.items()}
    around = around.adding({"var": object_of(values | doubtful_variables)})
    found = locals.evaluate_all(read.locals, around, read.problems, doubtful_locals)
    for name, value in found.items():
        if read.locals[name].sensitive:
            read.problems.secrets |= secret_strings(value)
    if strict:
        doubtful_locals |= {name: unknown() for name in read.locals if name not in found}
    around = around.adding({"local": object_of(found | doubtful_locals)})
    around = replace(around, doubtful=around.doubtful or bool(doubtful_variables or doubtful_locals))
    around = replace(around, moving=moving_locals(read.locals))
    blocks = builds.builds(read.module, builds.sources(read.module, read.problems), around, read.problems)
    return Valued(read, dict(read.assignments.values), found, around, blocks)


def secret_strings(value: Value) -> set[str]:
    """Every string in a value that is sensitive."""
    return set(strings(to_python(value)))


def _labels(module: Module, type: str) -> list[str]:
    return [block.labels[0] for block in module.of(type)]


def around_of(read: Read) -> Surroundings:
    request, files = read.request, read.files
    return Surroundings(files.directory, request.cwd, contextual(files.root, request.cwd))


def printable(values: Mapping[str, Value]) -> dict[str, str]:
    """Values by name as `inspect` prints them."""
    return {name: render(value) for name, value in sorted(values.items())}
