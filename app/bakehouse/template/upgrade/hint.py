"""What `validate` says of a legacy template that `fix` would change."""

from __future__ import annotations

from bakehouse.errors import Diagnostic, Location, TemplateError
from bakehouse.template.plan import Request
from bakehouse.template.upgrade.fixers.order import fixable
from bakehouse.template.upgrade.reading import read_legacy


def hint(request: Request) -> list[Diagnostic]:
    """A warning that names the fixers; none if the template is HCL, up to date, or cannot be read."""
    try:
        file = read_legacy(request, "fix")
    except TemplateError:
        return []
    names = fixable(file.template)
    if not names:
        return []
    help = f"bakehouse fix {request.template} prints it brought up to date."
    detail = f"These fixers would change it: {', '.join(names)}."
    return [Diagnostic("The template is out of date", detail, Location(file.name), severity="warning", help=help)]
