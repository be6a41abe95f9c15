"""Input variables: their declarations. Source of the rules: Packer's `hcl2template/types.variables.go`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bakehouse.errors import TemplateError
from bakehouse.template import functions
from bakehouse.template.convert import convert
from bakehouse.template.evaluate import references
from bakehouse.template.fault import Fault
from bakehouse.template.kinds import BOOL, DYNAMIC, NUMBER, STRING, Type
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.schema import Module, check_content
from bakehouse.template.surroundings import constant
from bakehouse.template.syntax.tree import Block, Body, Expression, Range
from bakehouse.template.types import Defaults, parse_type, written_type
from bakehouse.template.values import SENSITIVE, Value

OPTIONS = ("type", "default", "description", "sensitive")
NAME = re.compile(r"[^\W\d][\w-]*")
NAMES = "A name begins with a letter or _ and holds letters, digits, _ and -."


@dataclass(frozen=True, slots=True)
class Validation:
    """A rule for a variable's value."""

    condition: Expression
    message: Expression
    place: Range


@dataclass(frozen=True, slots=True)
class Declaration:
    """One variable. type: what values are converted to (without `type`, the default's own). literal: a text from
    the command line or the environment is the value itself, not an expression. default: None if it must be given.
    """

    name: str
    type: Type
    defaults: Defaults | None
    literal: bool
    default: Value | None
    sensitive: bool
    validations: tuple[Validation, ...]
    place: Range

    def accept(self, value: Value, place: Range | None, origin: str = "") -> Value:
        """The value as the variable holds it, marked if it is sensitive. Raises TemplateError at `place`."""
        try:
            fitting = self.defaults.apply(value) if self.defaults else value
            converted = convert(fitting, self.type)
        except Fault as fault:
            detail = "It does not have the variable's type." if self.sensitive else fault.detail or fault.summary
            where = f" ({origin})" if origin else ""
            raise mistake(place, f'Wrong value for variable "{self.name}"{where}', detail, self.expected()) from None
        return converted.marked(SENSITIVE) if self.sensitive else converted

    def expected(self) -> str:
        """A sentence that says which type it has; defaults inside the type of a sensitive one are left out."""
        written = written_type(self.type, None if self.sensitive else self.defaults)
        return f"Its type is {written}." if self.type != DYNAMIC else ""


def declare(module: Module, directory: str, problems: Problems) -> dict[str, Declaration]:
    """All variables of a template, by name, in order."""
    declared: dict[str, Declaration] = {}
    for block in module.of("variable"):
        with problems.collect():
            _add(declared, _variable(block, directory, problems), problems)
    for block in module.of("variables"):
        check_content(block.body, "a variables block", block.body.attributes, (), problems)
        for attribute in block.body.attributes.values():
            with problems.collect():
                default = constant(attribute.expression, directory, "The default of a variable", functions.ENV)
                _add(declared, _untyped(attribute.name, default, attribute.range), problems)
    return declared


def _add(declared: dict[str, Declaration], found: Declaration, problems: Problems) -> None:
    if other := declared.get(found.name):
        where = f"{other.place.location.file}:{other.place.line}"
        problems.error(found.place, f'Variable "{found.name}" is declared twice', f"The first time was in {where}.")
        return
    declared[found.name] = found


def _untyped(name: str, default: Value, place: Range) -> Declaration:
    return Declaration(name, default.type, None, _is_literal(default.type), default, False, (), place)


def _is_literal(type: Type) -> bool:
    return type in (STRING, NUMBER, DYNAMIC)


def _variable(block: Block, directory: str, problems: Problems) -> Declaration:
    name, body = block.labels[0], block.body
    if not NAME.fullmatch(name):
        problems.error(block.label_ranges[0], f'"{name}" cannot be the name of a variable', NAMES)
    check_content(body, "a variable block", OPTIONS, ("validation",), problems)
    attributes = body.attributes
    misspelt = any(name not in OPTIONS and get_close_matches(name, OPTIONS, 1) for name in attributes)
    if misspelt and "default" not in attributes:
        raise TemplateError([])  # that it has no value is not one mistake more
    type, defaults = parse_type(attributes["type"].expression) if "type" in attributes else (DYNAMIC, None)
    sensitive = False
    if "sensitive" in attributes:
        sensitive = _constant(body, "sensitive", BOOL, directory).payload is True
    if "description" in attributes:
        _constant(body, "description", STRING, directory)
    declaration = Declaration(
        name, type, defaults, _is_literal(type), None, sensitive, _validations(name, body, problems), block.range
    )
    return _with_default(declaration, body, directory)


def _with_default(declaration: Declaration, body: Body, directory: str) -> Declaration:
    attribute = body.attributes.get("default")
    if attribute is None:
        return declaration
    given = constant(attribute.expression, directory, "The default of a variable", functions.ENV)
    default = declaration.accept(given, _default_place(body), "its default")
    type, literal = declaration.type, declaration.literal
    if type == DYNAMIC:
        type = default.type
        literal = "type" in body.attributes or _is_literal(type)
    return replace(declaration, type=type, literal=literal, default=default)


def _default_place(body: Body) -> Range:
    return body.attributes["default"].expression.range


def _constant(body: Body, name: str, type: Type, directory: str) -> Value:
    expression = body.attributes[name].expression
    value = constant(expression, directory, f'"{name}"')
    try:
        return convert(value, type)
    except Fault as fault:
        raise mistake(expression.range, f'Wrong value for "{name}"', fault.detail or fault.summary) from None


def _validations(name: str, body: Body, problems: Problems) -> tuple[Validation, ...]:
    found = []
    for block in body.blocks:
        if block.type != "validation":
            continue
        check_content(block.body, "a validation block", ("condition", "error_message"), (), problems)
        attributes = block.body.attributes
        missing = [each for each in ("condition", "error_message") if each not in attributes]
        for each in missing:
            problems.error(block.range, f'The validation block has no "{each}"')
        condition = attributes["condition"].expression if "condition" in attributes else None
        if condition is None or not _looks_at(name, condition, problems) or missing:
            continue
        found.append(Validation(condition, attributes["error_message"].expression, condition.range))
    return tuple(found)


def _looks_at(name: str, condition: Expression, problems: Problems) -> bool:
    """Whether a condition names its variable and nothing else; if not, that is noted."""
    used = references(condition)
    foreign = sorted({".".join(path) for path in used if path[:2] != ("var", name)})
    if foreign or not used:
        summary = f"{foreign[0]} cannot be used here" if foreign else f"The condition does not look at var.{name}"
        problems.error(condition.range, summary, f"It may only name var.{name}.")
    return bool(used) and not foreign


def message_of(validation: Validation, directory: str) -> str:
    """A rule's message. Raises TemplateError unless it is a sentence, as Packer asks."""
    value = constant(validation.message, directory, "An error_message")
    text = value.payload
    if not isinstance(text, str) or not _is_sentence(text.strip()):
        raise mistake(
            validation.message.range,
            "The error_message is not a sentence",
            "It must begin with a capital letter and end with a full stop, a question mark or an exclamation mark.",
        )
    return text


def _is_sentence(text: str) -> bool:
    """Whether Packer takes it for one: what begins with no letter at all may."""
    return bool(text) and (text[0].isupper() or not text[0].isalpha()) and text[-1] in ".?!"
