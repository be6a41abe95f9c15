"""`bakehouse version`, asked for with arguments; without any it is answered before this is imported."""

from __future__ import annotations

from bakehouse.cli import verbs
from bakehouse.cli.page import Page

PAGE = Page("version", "Prints the version.", examples=(("version", "the version of this program"),))


def main(arguments: list[str]) -> int:
    """Exit code 0."""
    return 0 if PAGE.read(arguments) is None else verbs.version()
