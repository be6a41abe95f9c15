"""What `init` and `plugins required` tell of the plugins that a template asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakehouse.errors import BakehouseError

if TYPE_CHECKING:
    from bakehouse.template.plan import Request
    from bakehouse.template.plugins import Survey


def survey(request: Request) -> list[Survey]:
    """How each plugin stands. Raises TemplateError, and BakehouseError for a legacy JSON template."""
    from bakehouse.template.compile import survey_plugins
    from bakehouse.template.files import find_template

    if find_template(request).legacy:
        raise BakehouseError(
            f'"{request.template}" is a legacy JSON template: it cannot ask for plugins. Everything that it may use is '
            "built in; bakehouse validate says what is not there. bakehouse hcl2_upgrade writes it anew in HCL."
        )
    return survey_plugins(request)


def as_json(surveyed: list[Survey]) -> None:
    """Print them for programs, each as one object."""
    from bakehouse.cli.output import Place, Plugin, show

    for each in surveyed:
        wanted, at = each.requirement, each.requirement.place.location
        place = Place(at.file, at.line, at.column, at.end_line, at.end_column)
        show(Plugin(wanted.accessor, wanted.source, wanted.constraint, each.standing, list(each.components), place))


def words(each: Survey) -> str:
    """One line about it."""
    wanted = each.requirement
    uses = f" (for {', '.join(each.components)})" if each.components else ""
    return f"{wanted.accessor}  {wanted.source} {wanted.constraint}  {each.standing}{uses}"
