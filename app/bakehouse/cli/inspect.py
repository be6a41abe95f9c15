"""`bakehouse inspect`: what a template is made of."""

from __future__ import annotations

from bakehouse.cli import template
from bakehouse.cli.page import Page

PAGE = Page(
    "inspect [flags] TEMPLATE",
    "Says what a template is made of: variables, locals, builds, provisioners and\npost-processors.",
    template.FLAGS,
    (("inspect app.pkr.hcl", "one file"), ("inspect .", "a directory")),
    least=1,
    most=1,
    wanted=template.WANTED,
)


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 if the template cannot be read."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    from bakehouse.template.inspect import describe

    print(describe(template.request(parsed)))
    return 0
