"""`bakehouse fix`: a legacy JSON template, brought up to date."""

from __future__ import annotations

from bakehouse.cli import template
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page

PAGE = Page(
    "fix [flags] TEMPLATE.json",
    "Brings what is outdated in a legacy JSON template up to date, and prints the result.\nThe file stays as it is.",
    (
        Flag("validate", help="check the result; on unless -validate=false"),
        *(flag for flag in template.FLAGS if not flag.help),
        *(Flag(flag.name, flag.kind) for flag in template.FLAGS if flag.help),
    ),
    (
        ("fix old.json > new.json", "a file with the result"),
        ("fix -validate=false old.json", "whether or not the result is right"),
    ),
    least=1,
    most=1,
    wanted="needs one legacy template in JSON",
)


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 if the template cannot be read or the result is not right."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    from bakehouse.template.upgrade.fixers.order import fix
    from bakehouse.template.upgrade.go_json import render
    from bakehouse.template.upgrade.reading import check_fixed, read_legacy

    request = template.request(parsed)
    read = read_legacy(request, "fix")
    text = render(fix(read.template)) + "\n"
    if parsed.on("validate", default=True):
        check_fixed(read, text, request)
    print(text)
    return 0
