"""`{{ }}` in options: Packer renders every string option of a component as a Go template.

Most are rendered when the component is configured. An option that was declared `late`, with the names that may stand
there as `{{ .Name }}`, is rendered by the component itself, once it knows them. A name that nobody gives is shown as
`<no value>`, as by Packer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bakehouse.sdk.go_template.errors import GoTemplateError

if TYPE_CHECKING:
    from bakehouse.sdk.go_template.template import Template  # takes 15 ms, and most options have no {{ }}

__all__ = ["GoTemplateError", "literal", "render", "strangers"]

_INSTEAD = {
    "user": "${var.NAME}",
    "env": '${var.NAME}, of a variable whose default is env("NAME")',
    "build": "${build.NAME}",
    "template_dir": "${path.root}",
    "clean_resource_name": '${regex_replace(TEXT, "[^A-Za-z0-9._-]", "-")}',
    "clean_image_name": '${regex_replace(TEXT, "[^A-Za-z0-9._-]", "-")}',
    "consul_key": '${consul_key("NAME")}',
    "vault": '${vault("PATH", "KEY")}',
    "aws_secretsmanager": '${aws_secretsmanager("NAME", "KEY")}',
    "aws_secretsmanager_raw": '${aws_secretsmanager_raw("NAME")}',
    "sed": '${regex_replace(TEXT, "PATTERN", "NEW")}',
}
"""What HCL has for functions that only other templates know."""


def render(text: str, names: Mapping[str, str], functions: Mapping[str, Callable[..., Any]] | None = None) -> str:
    """`text` with its actions done; `names` is the dot. functions: by default those of every option.

    Raises GoTemplateError, which says what to write instead.
    """
    if "{{" not in text:
        return text
    try:
        return _parsed(text, functions).execute(dict(names) or None)
    except GoTemplateError as error:
        error.text = text
        raise


def literal(text: str) -> str:
    """`text` of an option that knows no names. Raises GoTemplateError."""
    return render(text, {})


def strangers(text: str, names: tuple[str, ...]) -> list[str]:
    """The names that `text` mentions and that nobody gives, sorted. Raises GoTemplateError for what is no template."""
    return sorted(_parsed(text, None).fields() - set(names)) if "{{" in text else []


def _parsed(text: str, functions: Mapping[str, Callable[..., Any]] | None) -> Template:
    from bakehouse.sdk.go_template.functions import FUNCTIONS
    from bakehouse.sdk.go_template.lexer import BRACES_HELP
    from bakehouse.sdk.go_template.template import Template

    try:
        return Template.parse(text, FUNCTIONS if functions is None else functions)
    except GoTemplateError as error:
        instead = _INSTEAD.get(text[error.start : error.end])
        if instead and (name := re.match(r"\s*[\"`](\w+)[\"`]", text[error.end :])):
            instead = instead.replace("NAME", name[1])
        error.help = f"Write {instead} instead." if instead else error.help or BRACES_HELP
        raise
