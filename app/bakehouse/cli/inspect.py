"""`bakehouse inspect`: what a template is made of."""

from __future__ import annotations

from dataclasses import replace

from bakehouse.cli import template
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page

CHOOSING = ("only", "except")
"""Accepted as by Packer, which shows every build all the same."""
PAGE = Page(
    "inspect [flags] TEMPLATE",
    "Says what a template is made of: variables, locals, builds, provisioners and\npost-processors.",
    (
        Flag("json", help="all of it as one JSON object"),
        template.COLOUR,
        *(replace(flag, help="") if flag.name in CHOOSING else flag for flag in template.FLAGS),
    ),
    (
        ("inspect app.pkr.hcl", "one file"),
        ("inspect .", "a directory"),
        ("inspect --json . | jq .builds", "for a program"),
    ),
    least=1,
    most=1,
    wanted=template.WANTED,
)


def main(arguments: list[str]) -> int:
    """Exit code 0, or 1 if the template cannot be read."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    from bakehouse.cli.inspect_text import text
    from bakehouse.cli.output import show
    from bakehouse.headless.machine_readable import screen
    from bakehouse.template.inspect import inspect

    found = inspect(template.request(parsed))
    if parsed.on("json"):
        show(found)
        return 0
    records = screen()
    for type, *data in text(found):
        if not type:
            print(*data)
        elif records is not None:
            records.machine(type, *data)
    return 0
