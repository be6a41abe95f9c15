"""Collecting what is wrong with a template, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from bakehouse.errors import Diagnostic, Location, TemplateError
from bakehouse.template.syntax.tree import Range


class Problems:
    """Diagnostics, each once: a block that is used by three builds is wrong once."""

    def __init__(self) -> None:
        self._found: dict[Diagnostic, None] = {}

    @property
    def found(self) -> list[Diagnostic]:
        """All of them: what has no place first, then file by file from top to bottom."""
        return sorted(self._found, key=_order)

    @property
    def fatal(self) -> bool:
        """Whether one of them is an error."""
        return any(diagnostic.severity == "error" for diagnostic in self._found)

    def error(self, place: Range | None, summary: str, detail: str = "", help: str = "") -> None:
        """Note an error at a place of a template."""
        self.add([diagnostic(place, summary, detail, help)])

    def warning(self, place: Range | None, summary: str, detail: str = "", help: str = "") -> None:
        """Note a warning."""
        self.add([diagnostic(place, summary, detail, help, "warning")])

    def add(self, diagnostics: Iterable[Diagnostic], place: Range | None = None) -> None:
        """Note diagnostics made elsewhere; those that have no place get `place`."""
        for found in diagnostics:
            if found.location is None and place is not None:
                found = replace(found, location=place.location, source=place.first_line)
            self._found.setdefault(found)

    @contextmanager
    def collect(self, place: Range | None = None) -> Iterator[None]:
        """Note what a TemplateError carries instead of letting it through."""
        try:
            yield
        except TemplateError as error:
            self.add(error.diagnostics, place)

    def stop_if_fatal(self) -> None:
        """Raise TemplateError with everything found if any of it is an error."""
        if self.fatal:
            raise TemplateError(self.found)


def _order(found: Diagnostic) -> tuple[str, int, int]:
    where = found.location
    return (where.file, where.line, where.column) if where else ("", 0, 0)


def diagnostic(
    place: Range | None, summary: str, detail: str = "", help: str = "", severity: str = "error"
) -> Diagnostic:
    """A diagnostic about a place of a template."""
    location: Location | None = place.location if place is not None else None
    source = place.first_line if place is not None else ""
    return Diagnostic(summary, detail, location, severity, source, help)


def mistake(place: Range | None, summary: str, detail: str = "", help: str = "") -> TemplateError:
    """One error about a place, to be raised."""
    return TemplateError([diagnostic(place, summary, detail, help)])
