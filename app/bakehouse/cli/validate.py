"""`bakehouse validate`: everything that can be known before a machine exists."""

from __future__ import annotations

import os

from bakehouse.cli import template
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.cli.telling import complain, diagnostics
from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.plan import Request

PAGE = Page(
    "validate [flags] TEMPLATE",
    "Finds what is wrong with a template. Runs nothing, changes nothing.",
    (
        Flag("syntax-only", help="only whether the files can be parsed"),
        Flag("no-warn-undeclared-var", help="say nothing of variables that are set but not declared"),
        Flag("evaluate-datasources", help="read data sources, too"),
        Flag("json", help="what is wrong as one JSON object"),
        template.COLOUR,
        *template.FLAGS,
    ),
    (
        ("validate app.pkr.hcl", "one file"),
        ("validate -var-file=ci.pkrvars.hcl .", "a directory, with values"),
    ),
    least=1,
    most=1,
    wanted=template.WANTED,
)


def main(arguments: list[str]) -> int:
    """Exit code 0 if the template is right, else 1."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    syntax_only = parsed.on("syntax-only")
    request = template.request(parsed, warn=not parsed.on("no-warn-undeclared-var"))
    try:
        found = _checked_text(request) if syntax_only else _checked(request, parsed.on("evaluate-datasources"))
    except TemplateError as error:
        found = list(error.diagnostics)
    found += [] if syntax_only else _hints(request)
    wrong = any(diagnostic.severity == "error" for diagnostic in found)
    if parsed.on("json"):
        from bakehouse.cli.output import show, validated

        show(validated(request.template, found))
        return int(wrong)
    diagnostics(found, arguments)
    if wrong:
        return 1
    print("Syntax-only check passed. Everything looks okay." if syntax_only else "The configuration is valid.")
    return 0


def _checked_text(request: Request) -> list[Diagnostic]:
    from bakehouse.template.reading import check_syntax  # only that: what reads options takes 30 ms more

    return check_syntax(request)


def _checked(request: Request, read_data: bool) -> list[Diagnostic]:
    from bakehouse.template.compile import check
    from bakehouse.template.data_reading import Reading

    return check(request, Reading(execute=read_data, notice=complain))


def _hints(request: Request) -> list[Diagnostic]:
    """What there is to say of a legacy template besides; it is loaded for nothing else."""
    from bakehouse.template.files import JSON_SUFFIX, SUFFIX

    if request.template.endswith((SUFFIX, JSON_SUFFIX)) or os.path.isdir(request.template):
        return []
    from bakehouse.template.upgrade.hint import hint

    return hint(request)
