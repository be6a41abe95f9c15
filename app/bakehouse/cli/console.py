"""`bakehouse console`: evaluates expressions by hand, at a terminal or from a pipe."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bakehouse.cli import template
from bakehouse.cli.page import Page
from bakehouse.cli.telling import complain, diagnostics
from bakehouse.errors import TemplateError, UsageError

if TYPE_CHECKING:
    from bakehouse.template.asking import Answers

PAGE = Page(
    "console [flags] [TEMPLATE]",
    "Evaluates expressions by hand, with the variables and locals of a template if one is given.\n"
    "From a pipe it reads one expression a line and prints the last one's value.",
    template.FLAGS,
    (
        ("console .", "with the template of this directory"),
        ("console -var=size=3 app.pkr.hcl", "with a value"),
    ),
    most=None,
)


def main(arguments: list[str]) -> int:
    """Exit code 0; from a pipe 1 if an expression has no value."""
    parsed = PAGE.read(arguments)
    if parsed is None:
        return 0
    if "-" in parsed.arguments:
        raise UsageError("console reads expressions from standard input, so the template must be a file.")
    if len(parsed.arguments) > 1:
        complain(f"Warning: console takes one template; {', '.join(parsed.arguments[1:])} is not used.")
    from bakehouse.template.console import open_console

    console = open_console(template.request(parsed))
    if sys.stdin.isatty() and sys.stdout.isatty():
        from bakehouse.cli.console_prompt import converse

        return converse(console)
    if _is_pipe():
        return _last(console, _lines())
    return _each(console, _lines())


def _is_pipe() -> bool:
    """Whether a program writes our input; then it wants one answer."""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _lines() -> Iterator[str]:
    for line in sys.stdin.buffer:
        yield line.decode(errors="replace")


def _last(console: Answers, lines: Iterable[str]) -> int:
    """Print the last line's value only. Raises TemplateError at the first line that has none."""
    answer = ""
    for line in lines:
        answer = console.answer(line)
    print(answer)
    return 0


def _each(console: Answers, lines: Iterable[str]) -> int:
    """Print every line's value, or what is wrong with it."""
    for line in lines:
        if line.strip() == "exit":
            break
        try:
            answer = console.answer(line)
        except TemplateError as error:
            diagnostics(error.diagnostics)
            continue
        if answer or line.strip():
            print(answer)
    return 0
