"""`bakehouse version`, asked for with arguments; without any it is answered before this is imported."""

from __future__ import annotations

from bakehouse.cli import verbs
from bakehouse.cli.flags import Flag
from bakehouse.cli.page import Page

PAGE = Page(
    "version [flags]",
    "Prints the version.",
    (Flag("json", help="as a JSON object, with the release of Packer that is followed"),),
    (("version", "the version of this program"),),
    most=None,  # Packer ignores them
)


def main(arguments: list[str]) -> int:
    """Exit code 0."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    if not parsed.on("json"):
        return verbs.version()
    from bakehouse import PACKER_VERSION, __version__
    from bakehouse.cli.output import Version, show

    show(Version("Bakehouse", __version__, PACKER_VERSION))
    return 0
