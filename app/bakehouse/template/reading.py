"""The first half of compiling: files read and parsed, declarations checked, variables and locals given values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bakehouse.template import builds, locals, requirements, variables
from bakehouse.template.assignments import Assigned, Assignments
from bakehouse.template.bakery import strings
from bakehouse.template.builds import BuildBlock
from bakehouse.template.files import TemplateFiles, find_template
from bakehouse.template.plan import Request
from bakehouse.template.problems import Problems
from bakehouse.template.schema import Module, gather
from bakehouse.template.surroundings import Surroundings, contextual
from bakehouse.template.syntax.tree import Body, Range
from bakehouse.template.values import Value, object_of, render, to_python, unknown

SHORT_SECRET = 3
"""Characters: a shorter secret is only hidden as a whole word (DESIGN 8)."""


@dataclass(slots=True)
class Read:
    """A template whose text is understood, before any value is computed."""

    request: Request
    files: TemplateFiles
    module: Module
    problems: Problems
    declared: dict[str, variables.Declaration]
    locals: dict[str, locals.Local]
    plugins: dict[str, Range]
    assignments: Assignments


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
    requirements.check_version(module, files.directory)
    plugins = requirements.required_plugins(module, files.directory, problems)
    declared = variables.declare(module, files.directory, problems)
    found = locals.declare(module, files.directory, problems)
    assignments = Assignments(declared, request, files.directory, problems)
    assignments.collect(files.auto_variables)
    problems.secrets |= {
        text
        for name, assigned in assignments.values.items()
        if declared[name].sensitive
        for text in secret_strings(assigned.value)
    }
    return Read(request, files, module, problems, declared, found, plugins, assignments)


def value_template(read: Read, strict: bool = True) -> Valued:
    """Compute locals and read the build blocks; what is wrong is noted among the problems.

    strict: raise TemplateError if a local has no value, since everything that names it would be wrong too.
    """
    around = around_of(read)
    for block in read.module.of("data"):
        help = "Put the value into a variable, and give it with -var."
        read.problems.error(block.range, "Data sources are not supported yet", "", help)
        around = around.adding({"data": unknown()})
    for block in read.module.of("hcp_packer_registry"):
        builds.registry_ignored(block, read.problems)
    values = {name: assigned.value for name, assigned in read.assignments.values.items()}
    around = around.adding({"var": object_of(values)})
    found = locals.evaluate_all(read.locals, around, read.problems)
    for name, value in found.items():
        if read.locals[name].sensitive:
            read.problems.secrets |= secret_strings(value)
    if strict:
        read.problems.stop_if_fatal()
    around = around.adding({"local": object_of(found)})
    blocks = builds.builds(read.module, builds.sources(read.module, read.problems), around, read.problems)
    return Valued(read, dict(read.assignments.values), found, around, blocks)


def secret_strings(value: Value) -> set[str]:
    """Every string in a value that is sensitive."""
    return set(strings(to_python(value)))


def around_of(read: Read) -> Surroundings:
    request, files = read.request, read.files
    return Surroundings(files.directory, request.cwd, contextual(files.root, request.cwd))


def printable(values: Mapping[str, Value]) -> dict[str, str]:
    """Values by name as `inspect` prints them."""
    return {name: render(value) for name, value in sorted(values.items())}
