"""Collecting what is wrong with a template, so that all of it is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bakehouse.errors import Diagnostic, Location, TemplateError
from bakehouse.excerpt import harmless
from bakehouse.redact import Redactor
from bakehouse.template.syntax.tree import Range


class Problems:
    """Diagnostics, each once: a block that is used by three builds is wrong once.

    secrets: what no diagnostic may show, as far as it is known; it grows.
    """

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self._found: dict[Diagnostic, Diagnostic] = {}  # the same whatever values its names have
        self._not_yet: list[Diagnostic] = []
        self._block: Range | None = None

    @property
    def found(self) -> list[Diagnostic]:
        """All of them, masked: what has no place first, then file by file from top to bottom."""
        return self._masked(sorted(self._found.values(), key=_order))

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

    def not_yet(self, diagnostics: Iterable[Diagnostic], place: Range) -> None:
        """Note what is right, and what no build can do yet: warnings until something is to be built."""
        for found in diagnostics:
            if found.location is None:
                found = replace(found, location=place.location, source=place.first_line)
            self._not_yet.append(found)
            self.add([replace(found, severity="warning")])

    def add(self, diagnostics: Iterable[Diagnostic], place: Range | None = None) -> None:
        """Note diagnostics made elsewhere; those that have no place get `place`."""
        for found in diagnostics:
            if found.location is None and place is not None:
                found = replace(found, location=place.location, source=place.first_line)
            if self._block is not None and found.severity == "error":
                found = with_block(found, self._block)
            self._found.setdefault(replace(found, values=None), found)

    @contextmanager
    def within(self, block: Range) -> Iterator[None]:
        """What is wrong and noted meanwhile is about something in this block, and says where the block begins."""
        before, self._block = self._block, block
        try:
            yield
        finally:
            self._block = before

    @contextmanager
    def collect(self, place: Range | None = None) -> Iterator[None]:
        """Note what a TemplateError carries instead of letting it through."""
        try:
            yield
        except TemplateError as error:
            self.add(error.diagnostics, place)

    @contextmanager
    def masking(self) -> Iterator[None]:
        """Mask what a TemplateError carries that comes through."""
        try:
            yield
        except TemplateError as error:
            raise TemplateError(self._masked(error.diagnostics)) from None

    def mask(self, text: str) -> str:
        """The text without the secrets that are known."""
        return Redactor(self.secrets).text(text) if self.secrets else text

    def shown(self, text: str) -> str:
        """A name as people see it: masked, and without what commands a terminal."""
        return harmless(self.mask(text))

    def stop_if_fatal(self) -> None:
        """Raise TemplateError with everything found if any of it is an error."""
        if self.fatal:
            raise TemplateError(self.found)

    def stop_if_not_yet(self) -> None:
        """Raise TemplateError with what no build can do yet."""
        if self._not_yet:
            raise TemplateError(self._masked(list(dict.fromkeys(self._not_yet))))

    def _masked(self, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
        """A line of the template with a secret in it is not shown at all: the caret would stand elsewhere."""
        if not (diagnostics and self.secrets):
            return list(diagnostics)
        text = Redactor(self.secrets).text
        return [
            replace(
                each,
                summary=text(each.summary),
                detail=text(each.detail),
                help=text(each.help),
                values=each.values and tuple(map(text, each.values)),
                source=each.source if text(each.source) == each.source else "",
            )
            for each in diagnostics
        ]


def _order(found: Diagnostic) -> tuple[str, int, int]:
    where = found.location
    return (where.file, where.line, where.column) if where else ("", 0, 0)


def with_block(found: Diagnostic, block: Range) -> Diagnostic:
    """The diagnostic about something in a block, and where the block begins, if that is on another line."""
    if found.location is None or (found.location.file, found.location.line) == (block.location.file, block.line):
        return found
    where = f"In the {block.text} of {block.location.file}:{block.line}."
    if where in found.detail:
        return found
    return replace(found, detail=f"{found.detail}\n{where}" if found.detail else where)


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
