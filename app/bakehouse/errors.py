"""Every error that Bakehouse raises on purpose.

BakehouseError
├── UsageError            a flag or an argument that cannot be (exit 1)
├── TemplateError         one or more diagnostics, known before any machine exists
├── ComponentError        a component that cannot be loaded, or breaks its contract
├── StepError             a step of a build failed; the build decides what follows
│   ├── CommandFailed     a command in the machine or on the host ended with a status not allowed
│   ├── StepTimeout       a step ran longer than its `timeout`
│   └── Unavailable       an engine, a tool or an isolation tier that is needed is not to be had
├── DataError             a data source, or a server of secrets, did not give what was asked
├── RecordError           a run directory that cannot be written, or is not one
└── SessionError          the door of a live run
    ├── Refused           a command was not accepted: stale, not the driver, not now
    ├── Incompatible      the other side speaks another protocol version
    └── Disconnected      the socket went away
        └── Silent        somebody is there, and does not answer

Anything else that escapes is a fault of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bakehouse.excerpt import excerpt, harmless


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. `line` and `column` count from 1, columns in characters; 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line},{self.column}" if self.column else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong, where, and what to do about it.

    severity: "error" or "warning". `source` is the whole line that `location` names, for the caret.
    `help` is what to do, one sentence. `values` are lines that tell the values of what the expression at fault names:
    `var.size is "5"`; None if nobody has looked for any.
    """

    summary: str
    detail: str = ""
    location: Location | None = None
    severity: str = "error"
    source: str = ""
    help: str = ""
    values: tuple[str, ...] | None = None

    def render(self, *, colour: bool = False) -> str:
        """The text people see; several lines, no trailing newline.

        Error: Unknown builder "dokcer"
          app.pkr.hcl:3,8
            3 | source "dokcer" "web" {
              |        ^^^^^^^^
          There is no builder of this name.
          Did you mean "docker"?
        """
        paint = _Paint(COLOURS.get(self.severity, "") if colour else "")
        lines = [f"{paint.strong(self.severity.capitalize() + ':')} {paint.strong(harmless(self.summary), '1')}"]
        if self.location is not None:
            lines.append(f"  {harmless(str(self.location))}")
            if self.source and self.location.line:
                lines.extend(self._excerpt(self.location, paint.strong))
        lines.extend(f"  {line}" for text in (self.detail, self.help) if text for line in harmless(text).splitlines())
        return "\n".join(lines)

    def _excerpt(self, location: Location, paint: Callable[[str], str]) -> list[str]:
        """Of several lines the first."""
        same_line = location.end_line in (0, location.line)
        end = location.end_column if same_line else len(self.source) + 1
        lines = excerpt(self.source, location.line, location.column, end, paint)
        margin = f"    {' ' * len(str(location.line))} | "
        return lines + [margin + harmless(value) for value in self.values or ()]


class _Paint:
    """Colours of one diagnostic; none without a code."""

    def __init__(self, code: str) -> None:
        self._code = code

    def strong(self, text: str, code: str = "") -> str:
        return f"\x1b[{code or self._code}m{text}\x1b[0m" if self._code else text


COLOURS = {"error": "1;31", "warning": "1;33"}


class BakehouseError(Exception):
    """The root: its text is fit to be shown to a person as it is."""


class UsageError(BakehouseError):
    """A flag or an argument that cannot be."""


class TemplateError(BakehouseError):
    """Diagnostics found before any machine exists, at least one of them an error."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n\n".join(diagnostic.render() for diagnostic in self.diagnostics))


class ComponentError(BakehouseError):
    """A component that cannot be loaded, or breaks its contract."""


class StepError(BakehouseError):
    """A step of a build failed."""


class CommandFailed(StepError):
    """A command ended with a status that is not allowed."""

    def __init__(self, message: str, *, exit_status: int) -> None:
        super().__init__(message)
        self.exit_status = exit_status


class StepTimeout(StepError):
    """A step ran longer than its `timeout`."""


class Unavailable(StepError):
    """Something that is needed cannot be had here; the text says what was tried and what would help."""


class DataError(BakehouseError):
    """A data source, or a server of secrets, did not give what was asked; the text says who, what and why."""


class RecordError(BakehouseError):
    """A run directory that cannot be written, or is not one."""


class SessionError(BakehouseError):
    """The door of a live run did not open, or did not let something through."""


class Refused(SessionError):
    """A command was not accepted. `code`: "stale", "role" (not the driver), "invalid", "changed", "unknown"."""

    def __init__(self, message: str, *, code: str = "invalid") -> None:
        super().__init__(message)
        self.code = code


class Incompatible(SessionError):
    """The other side speaks another protocol version; the text says which executable to use."""


class Disconnected(SessionError):
    """The socket of the run went away."""


class Silent(Disconnected):
    """The engine is there and does not answer: it was stopped, say."""


def first_of(group: ExceptionGroup[Exception]) -> Exception:
    """What ended a TaskGroup: "unhandled errors in a TaskGroup" says nothing to anybody.

    Raise it out of a plain `except ExceptionGroup`: up to Python 3.11.3 what is raised within `except*` is wrapped
    into a group again.
    """
    error = group.exceptions[0]
    return first_of(error) if isinstance(error, ExceptionGroup) else error
