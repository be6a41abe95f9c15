"""The values of user variables (packer: `core.go`, `renderVarsRecursively`).

Default, then files of `-var-file`, then `-var`; whatever wins is a `{{ }}` text of its own, which may name others by
`user`, and the environment by `env`. `{{ .X }}` is left alone: it is for a component to render.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.sdk.decode import nearest
from bakehouse.sdk.go_template.constants import quoted
from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.functions import FUNCTIONS
from bakehouse.sdk.go_template.lexer import Token, tokens
from bakehouse.sdk.go_template.literals import unquote
from bakehouse.template.files import TextFile, read_text
from bakehouse.template.json_syntax.nodes import Object, Scalar
from bakehouse.template.json_syntax.reader import read_json
from bakehouse.template.legacy.functions import ASKING
from bakehouse.template.legacy.rendering import rendered
from bakehouse.template.legacy.structure import LegacyTemplate
from bakehouse.template.plan import Request
from bakehouse.template.problems import Problems, mistake
from bakehouse.template.syntax.tree import Range

_LEFT_ALONE = re.compile(r"\{\{\s?\.(.*?)\s?\}\}")


@dataclass(frozen=True, slots=True)
class Given:
    """The text that a variable has before it is rendered. origin: "-var", a file's name, "its default"."""

    text: str
    origin: str
    place: Range | None


def collect(template: LegacyTemplate, request: Request, files: list[TextFile], problems: Problems) -> dict[str, Given]:
    """What every variable is given; those that are not declared, too. Files that were read are added to `files`."""
    found = {
        each.name: Given(each.default, "its default", each.place)
        for each in template.variables.values()
        if each.default is not None
    }
    for name in request.variable_files:
        with problems.collect():
            file = read_text(request.cwd, name)
            files.append(file)
            found |= _from_file(file)
    return found | {name: Given(text, "-var", None) for name, text in request.variables}


def _from_file(file: TextFile) -> Iterator[tuple[str, Given]]:
    if not file.source.name.endswith(".json"):
        text = file.source.text.lstrip()
        if not text.startswith("{"):
            help = 'Write it as JSON: {"NAME": "VALUE"}.'
            summary = f'"{file.source.name}" is no JSON'
            raise TemplateError(
                [Diagnostic(summary, "The variables of a JSON template come from JSON files.", help=help)]
            )
    root = read_json(file.source)
    if not isinstance(root, Object):
        raise mistake(root.range, f"This is {root.kind}", "A file of variables is one object of names and values.")
    for member in root.members:
        value = member.value
        if not (isinstance(value, Scalar) and isinstance(value.value, str)):
            detail = "A variable of a JSON template is a string."
            raise mistake(value.range, f'The value of "{member.name}" is {value.kind}', detail, "Put it into quotes.")
        yield member.name, Given(value.value, file.source.name, value.range)


def missing(template: LegacyTemplate, given: Mapping[str, Given], problems: Problems) -> None:
    """Note every variable that must be given and is not."""
    for variable in template.variables.values():
        if variable.name not in given:
            problems.error(
                variable.place,
                f'Variable "{variable.name}" has no value',
                "Its default is null, so it must be given.",
                f"Give it with -var '{variable.name}=…', or in a JSON file with -var-file.",
            )


def render_all(given: Mapping[str, Given], problems: Problems, unset: frozenset[str]) -> dict[str, str]:
    """The values, each after those that it names. What cannot be rendered is noted, and left out.

    unset: variables that should have been given, which is noted already.
    """
    needs = {name: _named(_without_fields(one.text)[1]) for name, one in given.items()}
    for name, needed in needs.items():
        for other in needed:
            if other not in given and other not in unset:
                detail = f'"{name}" needs it.'
                summary = f'There is no variable "{other}"'
                help = nearest(other, list(given)) or "Declare it under variables."
                problems.error(given[name].place, summary, detail, help)
    values: dict[str, str] = {}
    for name in _in_order(needs, given, problems):
        if all(needed in values for needed in needs[name]):
            with problems.collect(given[name].place):
                kept, text = _without_fields(given[name].text)
                values[name] = _restored(_rendered(text, values), kept)
    return values


def _in_order(needs: Mapping[str, list[str]], given: Mapping[str, Given], problems: Problems) -> list[str]:
    """The variables, each behind those that it needs; none if some need each other, which is noted."""
    graph = {name: [each for each in needed if each in given] for name, needed in sorted(needs.items())}
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        first = circle.index(min(circle))
        turned = [*circle[first:-1], *circle[: first + 1]] if first else circle
        place = given[turned[0]].place
        told = f"{' -> '.join(turned)}."
        problems.error(place, "These variables need each other", told, "Give one of them a plain value.")
        return []


def _named(text: str) -> list[str]:
    """The variables that a text names."""
    return [unquote(argument.text) for word, argument in _calls(text) if word.text == "user"]


def _calls(text: str) -> Iterator[tuple[Token, Token]]:
    """Each `user "x"` and `env "x"`: the word and its argument."""
    if "{{" not in text:
        return
    try:
        seen = [token for token in tokens(text) if token.kind != "space"]
    except GoTemplateError:
        return  # whoever renders it says what is wrong
    for token, following in zip(seen, seen[1:], strict=False):
        if token.kind == "word" and token.text in ("user", "env") and following.kind in ("string", "raw"):
            yield token, following


def _rendered(text: str, values: Mapping[str, str]) -> str:
    parts: list[str] = []
    position = 0
    for word, argument in _calls(text):
        name = unquote(argument.text)
        value = values[name] if word.text == "user" else os.environ.get(name, "")
        parts += text[position : word.start], quoted(value)
        position = argument.end
    return rendered("".join(parts) + text[position:], {**FUNCTIONS, **ASKING})


def _without_fields(text: str) -> tuple[list[str], str]:
    """The text with a mark in place of each `{{ .X }}`, and these."""
    kept = [match[0] for match in _LEFT_ALONE.finditer(text)]
    places = iter(range(len(kept)))
    return kept, _LEFT_ALONE.sub(lambda match: _mark(next(places)), text)


def _restored(text: str, kept: list[str]) -> str:
    for number, action in enumerate(kept):
        text = text.replace(_mark(number), action)
    return text


def _mark(number: int) -> str:
    return f"\ue000{number}\ue001"
