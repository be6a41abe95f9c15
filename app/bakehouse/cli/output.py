"""`--json`: what verbs print for programs, one object a line. Names are never taken away; new ones may come.

docs/json.md is made of these structs; the events of `build --json` are in docs/events.md.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from bakehouse.errors import Diagnostic


class Place(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where something stands. Lines and columns count from 1, columns in characters; the end is exclusive."""

    file: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


class Problem(msgspec.Struct, frozen=True):
    """Something that is wrong. severity: "error" or "warning". place: null if it is in no file.

    source: the line at the place. values: what the names in the expression at fault have for values, as in
    `var.size is "5"`. detail: more about it. help: what to do.
    """

    severity: str
    summary: str
    detail: str
    help: str
    place: Place | None
    source: str
    values: list[str]


class Validated(msgspec.Struct, frozen=True):
    """`validate --json`. valid: no problem is an error."""

    template: str
    valid: bool
    problems: list[Problem]


class Version(msgspec.Struct, frozen=True):
    """`version --json`. follows: the release of Packer whose behaviour is followed."""

    name: str
    version: str
    follows: str


class Plugin(msgspec.Struct, frozen=True):
    """A plugin that a template asks for. name: its key in required_plugins. version: the constraint, as written.

    standing: "built in", "missing", or "not needed" by the chosen builds. components: those that use it.
    """

    name: str
    source: str
    version: str
    standing: str
    components: list[str]
    place: Place


class Installed(msgspec.Struct, frozen=True):
    """A component. kind: "builder", "provisioner" and so on."""

    kind: str
    name: str


STRUCTS = (Validated, Problem, Place, Version, Plugin, Installed)
PRINTS = {
    "validate TEMPLATE": "one Validated",
    "inspect TEMPLATE": "one Inspection",
    "version": "one Version",
    "init TEMPLATE": "a Plugin for each that the template asks for",
    "plugins required TEMPLATE": "the same",
    "plugins installed": "an Installed for each component",
    "runs": "a Row for each run",
    "build TEMPLATE": "events and lines as they come: docs/events.md",
    "logs RUN": "lines, as build does",
}
"""By command, what it prints with --json."""


def problem(found: Diagnostic) -> Problem:
    """A diagnostic for a program."""
    at = found.location
    place = Place(at.file, at.line, at.column, at.end_line, at.end_column) if at is not None else None
    return Problem(
        found.severity, found.summary, found.detail, found.help, place, found.source, list(found.values or ())
    )


def validated(template: str, found: Iterable[Diagnostic]) -> Validated:
    """What `validate --json` prints."""
    problems = [problem(each) for each in found]
    return Validated(template, not any(each.severity == "error" for each in problems), problems)


def show(value: msgspec.Struct) -> None:
    """Print one object as one line."""
    print(msgspec.json.encode(value).decode())
