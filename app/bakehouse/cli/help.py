"""`bakehouse help VERB`, for a verb that there is not."""

from __future__ import annotations

from bakehouse.cli import verbs
from bakehouse.cli.launcher import unknown
from bakehouse.cli.page import HELP


def main(arguments: list[str]) -> int:
    """Exit code 0, or 127 for a verb that there is not."""
    if arguments[0] in HELP:
        print(verbs.usage())
        return 0
    return unknown(arguments[0], list(verbs.VERBS))
