"""The values of input variables: from the environment, variable files and `-var`, each over the one before."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.sdk.decode import nearest
from bakehouse.template.evaluate import evaluate
from bakehouse.template.files import TextFile, read_text
from bakehouse.template.kinds import BOOL, ListType, MapType, ObjectType, SetType, TupleType, Type
from bakehouse.template.plan import Request
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.scope import Scope
from bakehouse.template.surroundings import Surroundings, constant
from bakehouse.template.syntax.parse import parse_expression
from bakehouse.template.syntax.tree import AttributeDefinition, Call, Range, SourceFile, Variable
from bakehouse.template.values import Value, boolean, from_python, object_of, string
from bakehouse.template.variables import Declaration, message_of


@dataclass(frozen=True, slots=True)
class Assigned:
    """The value that a variable has and where it comes from: "-var", "PKR_VAR_x", a file's name, "its default"."""

    value: Value
    origin: str


class Assignments:
    """Collects values in the order of precedence: default, PKR_VAR_*, *.auto.pkrvars.*, -var-file, -var.

    failed: the variables whose value is wrong. broken: those whose declaration is, so that no value can be judged.
    """

    def __init__(
        self,
        declared: Mapping[str, Declaration],
        broken: Collection[str],
        request: Request,
        directory: str,
        problems: Problems,
    ) -> None:
        self._declared = declared
        self._broken = broken
        self._request = request
        self._directory = directory
        self._problems = problems
        self.files: list[TextFile] = []
        self.failed: set[str] = set()
        self.values: dict[str, Assigned] = {
            name: Assigned(variable.default, "its default")
            for name, variable in declared.items()
            if variable.default is not None
        }

    def collect(self, auto_files: list[str]) -> None:
        """Read them all. What is wrong is noted among the problems."""
        for name, text in self._request.environment.items():
            if name in self._declared:
                self._text(name, text, f"PKR_VAR_{name}")
        for file in [*auto_files, *self._request.variable_files]:
            with self._problems.collect():
                self._file(file)
        for name, text in self._request.variables:
            if name in self._declared:
                self._text(name, text, "-var")
            elif name not in self._broken:
                help = nearest(name, list(self._declared)) or f'Declare it: variable "{name}" {{ }}.'
                self._problems.add([Diagnostic(f'There is no variable "{name}"', "It was given with -var.", help=help)])

    def _text(self, name: str, text: str, origin: str) -> None:
        variable = self._declared[name]
        self.failed.add(name)
        with self._problems.collect():
            if variable.literal:
                place, value = None, string(text)
            else:
                place, value = self._evaluated(variable, text, f"{origin} {name}" if origin == "-var" else origin)
            self.values[name] = Assigned(variable.accept(value, place, origin), origin)
            self.failed.discard(name)

    def _evaluated(self, variable: Declaration, text: str, origin: str) -> tuple[Range, Value]:
        """A text of the command line as the expression that it is for this type; a mistake tells how it is written."""
        try:
            expression = parse_expression(text, origin)
            return expression.range, evaluate(expression, Scope({}, {}, Path(self._directory)))
        except TemplateError as error:
            help = f'"{variable.name}" is {_shape(variable.type)}'
            raise TemplateError([replace(each, help=help) for each in error.diagnostics]) from None

    def _file(self, name: str) -> None:
        file = read_text(self._request.cwd, name)
        self.files.append(file)
        given = _json_values(file.source) if name.endswith(".json") else self._hcl_values(file)
        for variable, (value, place) in given.items():
            declaration = self._declared.get(variable)
            if declaration is not None:
                self.failed.add(variable)
                with self._problems.collect():
                    accepted = declaration.accept(value, place, file.source.name)
                    self.values[variable] = Assigned(accepted, file.source.name)
                    self.failed.discard(variable)
            elif self._request.warn_on_undeclared and variable not in self._broken:
                help = nearest(variable, list(self._declared)) or f'Declare it: variable "{variable}" {{ }}.'
                self._problems.warning(
                    place, f'There is no variable "{variable}"', "The file gives it a value that nothing uses.", help
                )

    def _hcl_values(self, file: TextFile) -> dict[str, tuple[Value, Range]]:
        source = file.source
        if not source.name.endswith(".hcl"):
            summary = f'"{source.name}" is not named as a file of variables'
            raise TemplateError([Diagnostic(summary, help="Its name must end in .pkrvars.hcl or .pkrvars.json.")])
        body = file.parse()
        for block in body.blocks:
            self._problems.error(
                block.range,
                f'A block "{block.type}" cannot stand in a file of variables',
                "It holds NAME = VALUE only.",
            )
        values = {}
        for attribute in body.attributes.values():
            with self._problems.collect():
                value = _written_out(attribute, self._directory)
                values[attribute.name] = (value, attribute.expression.range)
        return values


def _shape(type: Type) -> str:
    """A type, and how a value of it is written."""
    if type == BOOL:
        return "a bool: write true or false."
    if isinstance(type, ListType | SetType | TupleType):
        return f'of type {type}: write it like ["a", "b"].'
    if isinstance(type, MapType | ObjectType):
        return f'of type {type}: write it like {{ name = "value" }}.'
    return f"of type {type}."


def _written_out(attribute: AttributeDefinition, directory: str) -> Value:
    expression = attribute.expression
    if isinstance(expression, Call):
        detail = "A value in a file of variables must be written out."
        raise mistake(expression.range, "No function can be called here", detail, "Call it in a local of the template.")
    help = "Use a local of the template for a value that is made from others."
    if isinstance(expression, Variable):
        help = f'A text stands in quotes: {attribute.name} = "{expression.name}".'
    return constant(expression, directory, "A value in a file of variables", help=help)


def _json_values(source: SourceFile) -> dict[str, tuple[Value, Range]]:
    """What a file of variables in JSON says: `${` in its strings is only text, `//` is a comment."""
    from bakehouse.template.json_syntax.bodies import COMMENT
    from bakehouse.template.json_syntax.nodes import Object, objects_below, plain
    from bakehouse.template.json_syntax.reader import read_json
    from bakehouse.template.json_syntax.values import repeated

    root = read_json(source)
    if not isinstance(root, Object):
        raise mistake(root.range, f"This is {root.kind}", "A file of variables is one object of names and values.")
    for each in objects_below(root):
        for member, first in each.repeated():
            raise repeated(member, first)
    return {
        member.name: (from_python(plain(member.value)), member.value.range)
        for member in root.members
        if member.name != COMMENT
    }


def check_values(
    declared: Mapping[str, Declaration], assignments: Assignments, around: Surroundings, problems: Problems
) -> None:
    """Every variable must have a value, and every value must satisfy its rules; those that do not are `failed` too."""
    assigned = assignments.values
    for name, variable in declared.items():
        if name in assignments.failed:
            continue
        if name not in assigned:
            assignments.failed.add(name)
            problems.error(
                variable.place,
                f'Variable "{name}" has no value',
                "It has no default, so it must be given.",
                f"Give it with -var '{name}=…', in a file with -var-file, or as PKR_VAR_{name}.",
            )
            continue
        for diagnostic in _broken_rules(variable, assigned[name], around):
            assignments.failed.add(name)
            problems.add([diagnostic])


def _broken_rules(variable: Declaration, assigned: Assigned, around: Surroundings) -> Iterator[Diagnostic]:
    for rule in variable.validations:
        try:
            message = message_of(rule, around.directory)
            holds = around.adding({"var": object_of({variable.name: assigned.value.unmarked()})}).value(rule.condition)
        except TemplateError as error:
            yield from error.diagnostics
            continue
        if holds.unmarked() != boolean(True):
            given = "" if assigned.origin == "its default" else f" It was given by {assigned.origin}."
            yield Diagnostic(
                f'Value of variable "{variable.name}" is not allowed',
                message + given,
                rule.place.location,
                source=rule.place.first_line,
            )
