"""`bakehouse init`: whether all plugins that a template asks for are there."""

from __future__ import annotations

from bakehouse.cli import requirements, template
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page
from bakehouse.cli.telling import wrong

PAGE = Page(
    "init [flags] TEMPLATE",
    "Says of each plugin that a template requires whether it is built in. Downloads\nnothing: what Bakehouse can do is "
    "built in.",
    (
        Flag("upgrade"),
        Flag("force"),
        Flag("json", help="one JSON object a line"),
        *template.FLAGS,
    ),
    (("init .", "a directory"), ("init -only='docker.*' .", "only what some builds need")),
    least=1,
    most=1,
    wanted=template.WANTED,
)


def main(arguments: list[str]) -> int:
    """Exit code 0 if every plugin that is needed is there, else 1."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    surveyed = requirements.survey(template.request(parsed))
    missing = [each for each in surveyed if each.standing == "missing"]
    if parsed.on("json"):
        requirements.as_json(surveyed)
        return 1 if missing else 0
    for each in surveyed:
        print(requirements.words(each))
    if not surveyed:
        print("The template asks for no plugins, so there is nothing to do.")
    if missing:
        from bakehouse.template.known_plugins import WHAT_TO_DO

        names = ", ".join(f'"{each.requirement.accessor}"' for each in missing)
        wrong(f"Error: {names} {'is' if len(missing) == 1 else 'are'} not built in.\n{WHAT_TO_DO}")
    return 1 if missing else 0
