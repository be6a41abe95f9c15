"""A legacy template from its files to values and blocks: what `bakehouse.template.reading` asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from bakehouse.sdk.go_template.constants import words_of
from bakehouse.template.assignments import Assigned
from bakehouse.template.builds import BuildBlock
from bakehouse.template.files import TemplateFiles, TextFile
from bakehouse.template.json_syntax.nodes import JsonValue
from bakehouse.template.json_syntax.reader import Places, read_json
from bakehouse.template.kinds import STRING
from bakehouse.template.legacy import variables
from bakehouse.template.legacy.checks import check_minimum, check_whole
from bakehouse.template.legacy.functions import ASKING
from bakehouse.template.legacy.lower import Lowering
from bakehouse.template.legacy.reading import read_parts
from bakehouse.template.legacy.strangers import warn_of_strangers
from bakehouse.template.legacy.structure import LegacyTemplate
from bakehouse.template.plan import Request
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.values import SENSITIVE, string
from bakehouse.template.variables import Declaration


@dataclass(slots=True)
class Legacy:
    """given: to every variable, before `{{ }}` in it is rendered. files: of variables, that were read."""

    template: LegacyTemplate
    root: JsonValue
    given: dict[str, variables.Given] = field(default_factory=dict)
    files: list[TextFile] = field(default_factory=list)


@dataclass(slots=True)
class LegacyValues:
    """What the template comes to, in the language's own terms."""

    declared: dict[str, Declaration]
    values: dict[str, Assigned]
    blocks: list[BuildBlock]


def parse_legacy(request: Request, files: TemplateFiles, problems: Problems) -> Legacy:
    """The parts of a template. What is wrong is noted. Raises TemplateError for what is no JSON."""
    text = files.texts[0]
    root = read_json(text.source)
    if text.damaged:
        at = text.source.text.index("\ufffd")
        place = Places(text.source).range(at, at + 1)
        raise mistake(place, "This is not UTF-8", "A byte here is no character.")
    legacy = Legacy(read_parts(root, problems), root)
    legacy.given = variables.collect(legacy.template, request, legacy.files, problems)
    given = (legacy.given.get(name) for name in legacy.template.sensitive)
    problems.secrets |= {each.text for each in given if each is not None and each.text}
    return legacy


def value_legacy(legacy: Legacy, request: Request, directory: str, problems: Problems) -> LegacyValues:
    """Its variables' values and its builds. What is wrong is noted."""
    template = legacy.template
    check_minimum(template, problems)
    check_whole(template, legacy.root.range, problems)
    variables.missing(template, legacy.given, problems)
    known = {name for name, variable in template.variables.items() if variable.default is None} - set(legacy.given)
    values = variables.render_all(legacy.given, problems, frozenset(known))
    warn_of_strangers(template, {*template.variables, *legacy.given}, problems)
    asking = {name for name, one in legacy.given.items() if words_of(one.text) & ASKING.keys()}
    secret = asking.union(template.sensitive)
    problems.secrets |= {text for name, text in values.items() if name in secret and text}
    assigned = {}
    declared = {}
    for name, text in values.items():
        value = string(text).marked(SENSITIVE) if name in secret else string(text)
        assigned[name] = Assigned(value, legacy.given[name].origin)
        place = template.variables[name].place if name in template.variables else legacy.root.range
        declared[name] = Declaration(
            name=name,
            type=STRING,
            defaults=None,
            literal=True,
            default=None,
            sensitive=name in secret,
            validations=(),
            place=place,
        )
    if len(values) < len(legacy.given) or known:
        return LegacyValues(declared, assigned, [])  # what needs a value that is wrong would be told once more
    blocks = Lowering(values, {"template_dir": directory, "pwd": request.cwd}, problems).blocks(template)
    return LegacyValues(declared, assigned, blocks)
