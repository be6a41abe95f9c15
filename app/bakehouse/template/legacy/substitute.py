"""`{{ }}` that only legacy templates know, replaced before the common engine renders a string.

`{{user `x`}}`, `{{build_name}}`, `{{build_type}}`, `{{template_dir}}` and `{{pwd}}` are known when the template is
read: each becomes a string constant where it stands, so that ``{{user `x` | upper}}`` works as before.
``{{build `ID`}}`` becomes HCL's `${build.ID}`, as a quoted string, for the machinery that evaluates it when the step
starts; a text with one of these is an HCL template then, and everything else in it is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bakehouse.sdk.go_template.constants import quoted
from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.lexer import Token, tokens
from bakehouse.sdk.go_template.literals import unquote

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Substituted:
    """text: with constants. template: the same as an HCL template, if it needs facts of the machine, else None."""

    text: str
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What a text may name. users: the variables; one that is not there is empty. words: the other constants.

    facts: whether `build` may stand there.
    """

    users: Mapping[str, str]
    words: Mapping[str, str]
    facts: bool = False


def substitute(text: str, known: Known) -> Substituted:
    """The text with what is known put in. What cannot be read is left for the engine to refuse."""
    if "{{" not in text:
        return Substituted(text)
    try:
        found = list(_found(text, known))
    except GoTemplateError:
        return Substituted(text)
    constants: list[str] = []
    template: list[str] = []
    position = 0
    for start, end, constant, fact in found:
        between = text[position:start]
        constants += between, constant
        template += escaped(between), f"${{jsonencode(build.{fact})}}" if fact else escaped(constant)
        position = end
    rest = text[position:]
    late = any(fact for _, _, _, fact in found)
    return Substituted("".join(constants) + rest, "".join(template) + escaped(rest) if late else None)


def escaped(text: str) -> str:
    """The text as part of an HCL template that stands for it."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _found(text: str, known: Known) -> Iterator[tuple[int, int, str, str]]:
    """Each place to replace: where it starts and ends, the constant for it, or the fact of the machine."""
    seen = [token for token in tokens(text) if token.kind != "space"]
    for token, following in zip(seen, [*seen[1:], Token("eof", "", len(text))], strict=True):
        if token.kind != "word":
            continue
        argument = unquote(following.text) if following.kind in ("string", "raw") else None
        if token.text == "user" and argument is not None:
            yield token.start, following.end, quoted(known.users.get(argument, "")), ""
        elif token.text == "build" and known.facts and argument is not None and _IDENTIFIER.fullmatch(argument):
            yield token.start, following.end, "", argument
        elif token.text in known.words:
            yield token.start, token.end, quoted(known.words[token.text]), ""


def users(text: str) -> list[str]:
    """The variables that a text names by `user`; none if it cannot be read."""
    try:
        seen = [token for token in tokens(text) if token.kind != "space"]
    except GoTemplateError:
        return []
    return [
        unquote(name.text)
        for word, name in zip(seen, seen[1:], strict=False)
        if word.kind == "word" and word.text == "user" and name.kind in ("string", "raw")
    ]
