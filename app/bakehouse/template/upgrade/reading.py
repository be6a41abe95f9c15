"""Reading a legacy template for `fix` and `hcl2_upgrade`: as plain JSON, and checked in all its parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.files import find_template
from bakehouse.template.json_syntax.nodes import Array, JsonValue, Object
from bakehouse.template.json_syntax.reader import read_json
from bakehouse.template.legacy.checks import check_whole
from bakehouse.template.legacy.reading import read_parts
from bakehouse.template.legacy.structure import LegacyTemplate
from bakehouse.template.legacy.variables import Given, collect, missing
from bakehouse.template.plan import Request
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.syntax.tree import SourceFile
from bakehouse.template.upgrade.fixers.walking import Template

_BIGGEST = Decimal("1.7976931348623157e308")


@dataclass(frozen=True, slots=True)
class LegacyFile:
    """root: the JSON with its places. template: the same as plain values; of a key that is repeated the last."""

    name: str
    root: Object
    template: Template


def read_legacy(request: Request, verb: str) -> LegacyFile:
    """What the command line names. verb: who wants it, for the error. Raises TemplateError if it is no legacy one."""
    found = find_template(request)
    if not found.legacy:
        detail = "It is one in HCL already, as its name says."
        help = f"{verb} is for JSON templates of the older kind."
        raise TemplateError([Diagnostic(f'"{request.template}" is no legacy JSON template', detail, help=help)])
    return decoded(found.texts[0].source.name, found.texts[0].source.text)


def decoded(name: str, text: str) -> LegacyFile:
    """A text as a template. Raises TemplateError if it is no JSON, or no object."""
    root = read_json(SourceFile(name, text, "json"))
    if not isinstance(root, Object):
        raise mistake(root.range, "A template must be an object", f"This is {root.kind}.", 'Write {"builders": [...]}.')
    return LegacyFile(name, root, plain(root))


def check(file: LegacyFile, request: Request) -> list[Diagnostic]:
    """What is wrong with a template beyond its form: names of builders that are none, variables without a value.

    request: for the values of variables. Raises TemplateError for a form that is wrong. Nothing of it shows a secret.
    """
    problems = Problems()
    with problems.masking():
        parts = read_parts(file.root, problems)
        given = collect(parts, request, [], problems)
        problems.secrets |= _secrets(parts, given)
        problems.stop_if_fatal()
        check_whole(parts, file.root.range, problems)
        missing(parts, given, problems)
    return problems.found


def secrets_of(file: LegacyFile, request: Request) -> set[str]:
    """What the sensitive variables are given, as far as it can be told."""
    parts = read_parts(file.root, Problems())
    return _secrets(parts, collect(parts, request, [], Problems()))


def _secrets(parts: LegacyTemplate, given: Mapping[str, Given]) -> set[str]:
    return {given[name].text for name in parts.sensitive if name in given and given[name].text}


def given_variables(file: LegacyFile, request: Request) -> list[str]:
    """The variables that the command line gives a value, declared or not. Raises TemplateError."""
    problems = Problems()
    found = collect(read_parts(file.root, Problems()), request, [], problems)
    problems.stop_if_fatal()
    return list(found)


def check_fixed(file: LegacyFile, text: str, request: Request) -> None:
    """Raise TemplateError if a template is wrong after it was fixed, too. text: what it is then.

    What is wrong is shown in the file that people have, wherever it is wrong there as well.
    """
    wrong = _wrong(decoded(f"{file.name} (fixed)", text), request)
    if wrong:
        raise TemplateError(_wrong(file, request) or wrong)


def _wrong(file: LegacyFile, request: Request) -> Sequence[Diagnostic]:
    try:
        return check(file, request)
    except TemplateError as error:
        return error.diagnostics


def plain(root: Object) -> Template:
    """An object as plain values. Raises TemplateError for a number that is too big."""
    return {member.name: _plain(member.value) for member in root.members}


def _plain(node: JsonValue) -> Any:
    if isinstance(node, Object):
        return plain(node)
    if isinstance(node, Array):
        return [_plain(item) for item in node.items]
    value = node.value
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return value
    if abs(Decimal(value)) > _BIGGEST:
        raise mistake(node.range, "This number is too big", "Packer's numbers end at about 1.8e308.")
    return value if isinstance(value, int) else float(value)
