"""`{{ }}` texts rendered while a legacy template is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.sdk.go_template import nodes
from bakehouse.sdk.go_template.constants import MOVING
from bakehouse.sdk.go_template.errors import GoTemplateError
from bakehouse.sdk.go_template.functions import FUNCTIONS
from bakehouse.sdk.go_template.template import Template

HELP = {
    "env": "Only a variable's default may use env: declare a variable, and name it with user.",
    "user": "Name a variable by a constant: {{user `NAME`}}.",
    "build": "Only provisioners and post-processors know facts of the machine; name one by a constant.",
}


def rendered(text: str, functions: Mapping[str, Callable[..., Any]] = FUNCTIONS) -> str:
    """The text with its actions done. Raises TemplateError without a place."""
    if "{{" not in text:
        return text
    try:
        return Template.parse(text, functions, HELP).execute({})
    except GoTemplateError as error:
        found = Diagnostic("{{ }} cannot be rendered", f"{error}.", help=error.help)
        raise TemplateError([found]) from None


def settled(text: str) -> str | None:
    """The text with its actions done; None if they are not to be done here, or are not right."""
    try:
        template = Template.parse(text, FUNCTIONS, HELP)
        parsed = (template.parsed.body, tuple(template.parsed.defined.values()))
        if any(map(_is_for_later, nodes.walk(parsed))):
            return None
        return template.execute({})
    except GoTemplateError:
        return None


def _is_for_later(node: nodes.Node) -> bool:
    """Whether it is `.`, or a function that gives another value in each run, which the step is to know of."""
    return isinstance(node, nodes.Dot | nodes.Fields) or (isinstance(node, nodes.Function) and node.name in MOVING)


def literal(text: str) -> str:
    """A text that stays what it is when it is rendered once more."""
    return text.replace("{{", '{{"{{"}}')
