"""The first part of compiling: files read and parsed, declarations checked, variables given values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakehouse.errors import Diagnostic
from bakehouse.template import locals, requirements, selection, variables
from bakehouse.template.assignments import Assignments
from bakehouse.template.files import TemplateFiles, find_template
from bakehouse.template.kinds import DYNAMIC, has_dynamic, without_optional
from bakehouse.template.plan import Request
from bakehouse.template.problems import Problems
from bakehouse.template.schema import Module, gather
from bakehouse.template.surroundings import Surroundings, contextual
from bakehouse.template.syntax.tree import Body
from bakehouse.template.values import SENSITIVE, Value, strings, to_python, unknown

if TYPE_CHECKING:
    from bakehouse.template.data import Data
    from bakehouse.template.legacy.module import Legacy


@dataclass(slots=True)
class Read:
    """A template whose text is understood, before any value is computed. whole: no block was left out of `module`."""

    request: Request
    files: TemplateFiles
    module: Module
    problems: Problems
    declared: dict[str, variables.Declaration]
    locals: dict[str, locals.Local]
    data: list[Data]
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
    sources = _declared_data(module, problems)
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


def check_syntax(request: Request) -> list[Diagnostic]:
    """The warnings that the text and the declarations of variables give, as `validate -syntax-only`. Raises
    TemplateError with every mistake."""
    read = read_template(request)
    read.problems.stop_if_fatal()
    return read.problems.found


def _declared_data(module: Module, problems: Problems) -> list[Data]:
    if not module.of("data"):
        return []
    from bakehouse.template import data  # and with it all that reads options: 20 ms

    return data.declare(module, problems)


def _read_legacy(request: Request, files: TemplateFiles, problems: Problems) -> Read:
    from bakehouse.template.legacy.module import parse_legacy

    legacy = parse_legacy(request, files, problems)
    assignments = Assignments({}, [], request, files.directory, problems)
    assignments.files += legacy.files
    return Read(request, files, Module(), problems, {}, {}, [], {}, assignments, not problems.fatal, legacy)


def secret_strings(value: Value) -> set[str]:
    """Every string in a value that is sensitive."""
    return set(strings(to_python(value)))


def _labels(module: Module, type: str) -> list[str]:
    return [block.labels[0] for block in module.of(type)]


def around_of(read: Read) -> Surroundings:
    request, files = read.request, read.files
    roots = contextual(files.root, request.cwd)
    return Surroundings(files.directory, request.cwd, roots, on_secret=read.problems.secrets.add)
