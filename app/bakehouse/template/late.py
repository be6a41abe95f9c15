"""Options that need `build.*`, decoded when their step starts."""

from __future__ import annotations

from collections.abc import Mapping

from bakehouse.sdk.config import Argument
from bakehouse.sdk.go_template.constants import put_in
from bakehouse.template.plan import Late, Option
from bakehouse.template.surroundings import BUILD_FACTS, Surroundings, build_value
from bakehouse.template.syntax.parse import parse_expression
from bakehouse.template.values import Value, from_json, object_of, string, to_python

_ABSENT = {
    "ID": "ERR_ID_NOT_IMPLEMENTED_BY_BUILDER",
    "PackerHTTPIP": "ERR_HTTP_IP_NOT_IMPLEMENTED_BY_BUILDER",
    "PackerHTTPPort": "ERR_HTTP_PORT_NOT_IMPLEMENTED_BY_BUILDER",
    "PackerHTTPAddr": "ERR_HTTP_ADDR_NOT_IMPLEMENTED_BY_BUILDER",
}
"""Packer's words for facts that a builder does not have; templates test for them."""


def arguments(options: Mapping[str, Option], build: Mapping[str, str] | None) -> dict[str, Argument]:
    """The options of a step, for `sdk.decode.decode`.

    build: the machine's facts by name; None while there is no machine, which makes what needs them UNKNOWN.
    Raises TemplateError if an expression cannot be evaluated with them.
    """
    return {name: Argument(_value(option, build), option.location, option.source) for name, option in options.items()}


def _value(option: Option, build: Mapping[str, str] | None) -> object:
    if option.late is None:
        return option.value
    late = option.late
    parse = parse_expression
    if late.syntax == "json":
        from bakehouse.template.json_syntax.values import parse_json_expression

        parse = parse_json_expression
    expression = parse(late.text, option.location.file, late.line, late.column)
    roots = {root: from_json(value) for root, value in late.scope.items()}
    roots["build"] = _build(late, build)
    return put_in(to_python(Surroundings(late.directory, late.cwd, roots).value(expression)), late.words)


def _build(late: Late, build: Mapping[str, str] | None) -> Value:
    known: dict[str, Value] = from_json(late.scope["build"]).payload
    if build is None:
        return build_value(known["name"].payload, BUILD_FACTS)
    facts = {name: _ABSENT.get(name, "") for name in BUILD_FACTS} | dict(build)
    return object_of({**{name: string(text) for name, text in facts.items()}, **known})
