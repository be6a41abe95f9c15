"""`bakehouse fmt`: puts the blanks of templates right."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from bakehouse.cli.flags import Flag, Parsed
from bakehouse.cli.page import Page
from bakehouse.cli.telling import diagnostics
from bakehouse.errors import TemplateError

if TYPE_CHECKING:
    from bakehouse.template.fmt.files import Formatted

STDIN = "-"
DIFFERS = 3
PAGE = Page(
    "fmt [flags] PATH...",
    "Puts the blanks of templates and variable files right, and prints the names of those that changed.\n"
    "Takes files, directories, and - for standard input.",
    (
        Flag("check", help="change nothing; exit 3 if a file would change"),
        Flag("diff", help="print what changes"),
        Flag("write", help="whether to write the files; true unless with -check", value="false"),
        Flag("recursive", help="also the directories inside the given ones"),
    ),
    (
        ("fmt .", "the files of this directory"),
        ("fmt -check -recursive .", "for CI"),
        ("fmt - < app.pkr.hcl", "print one formatted"),
    ),
    least=1,
    most=None,
    wanted="needs files or directories, or - for standard input",
)


def main(arguments: list[str]) -> int:
    """Exit code 0, 3 if -check found what would change, 1 for an error; the other files are done all the same."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    failed = differs = False
    for path in parsed.arguments:
        for formatted in _formatted(path, parsed):
            try:
                differs |= _settle(formatted(), parsed)
            except TemplateError as error:
                diagnostics(error.diagnostics)
                failed = True
    if failed:
        return 1
    return DIFFERS if differs and parsed.on("check") else 0


def _formatted(path: str, parsed: Parsed) -> Iterator[Callable[[], Formatted]]:
    """Each file that a path stands for, still to be formatted. A directory that cannot be read is one that fails."""
    from bakehouse.template.fmt import files

    cwd = os.getcwd()
    if path == STDIN:
        yield lambda: files.format_stream(sys.stdin.buffer.read())
    elif os.path.isdir(path):
        for found in files.find_files(cwd, path, recursive=parsed.on("recursive")):
            yield partial(_fail, found) if isinstance(found, TemplateError) else partial(files.format_file, cwd, found)
    else:
        yield partial(files.format_file, cwd, path)


def _fail(error: TemplateError) -> Formatted:
    raise error


def _settle(formatted: Formatted, parsed: Parsed) -> bool:
    """Write or print what the flags ask for; returns whether anything is different. Raises TemplateError."""
    writes = parsed.on("write", True) and not parsed.on("check")
    if not formatted.path:
        if writes:
            sys.stdout.flush()
            sys.stdout.buffer.write(formatted.after)
    elif formatted.changed:
        print(formatted.name)
        if writes:
            formatted.write()
    if parsed.on("diff"):
        print(formatted.difference(), end="")
    return formatted.changed
