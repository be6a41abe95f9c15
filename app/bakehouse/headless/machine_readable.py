"""`-machine-readable`: one record a line, `UNIX TIME,TARGET,TYPE,DATA...`, in the shapes in which Packer writes them.

In the data a comma is `%!(PACKER_COMMA)`, and the ends of lines are `\\n` and `\\r`, written out: a reader splits at
newlines, then at commas. Source: Packer's documentation of machine-readable output, and what 1.16 prints.
"""

from __future__ import annotations

import io
import sys
import time

from bakehouse.headless.output import Output

COMMA = "%!(PACKER_COMMA)"
SAY, ERROR = "say", "error"


def escaped(text: str) -> str:
    """`text` as data of a record."""
    return text.replace(",", COMMA).replace("\r", "\\r").replace("\n", "\\n")


def record(target: str, type: str, *data: str, at: int | None = None) -> bytes:
    """One line. target: the name of a build, "" for the whole run. at: seconds since 1970, default now."""
    moment = int(time.time()) if at is None else at
    return f"{','.join((str(moment), target, type, *map(escaped, data)))}\n".encode(errors="surrogateescape")


class Screen(io.TextIOBase):
    """Stands in for standard output: every `print` becomes one record `ui,say`, written at once. It is no terminal."""

    encoding = "utf-8"

    def __init__(self, descriptor: int = 1) -> None:
        self._output = Output(descriptor)
        self._line = ""

    def writable(self) -> bool:
        """Always."""
        return True

    @property
    def buffer(self) -> Output:
        """For what is no message but a file, such as what `fmt -` formatted: it goes out as it is."""
        return self._output

    def fileno(self) -> int:
        """None: what has no terminal behind it must not be written past this."""
        raise io.UnsupportedOperation("fileno")

    def write(self, text: str) -> int:
        """Collect what one `print` hands over piece by piece; its end comes as a piece of its own."""
        if text == "\n":
            self.ui(SAY, self._line)
            self._line = ""
        else:
            self._line += text
        return len(text)

    def flush(self) -> None:
        """Write out what has no end yet."""
        if self._line:
            self.ui(SAY, self._line.removesuffix("\n"))
            self._line = ""

    def ui(self, kind: str, text: str) -> None:
        """Write what a person would read. kind: SAY or ERROR. Raises OSError."""
        self._output.write(record("", "ui", kind, text))

    def machine(self, type: str, *data: str, target: str = "") -> None:
        """Write what only programs read. Raises OSError."""
        self._output.write(record(target, type, *data))


class Lines:
    """Takes the place of an `Output`: every line that is written becomes a record."""

    def __init__(self) -> None:
        self._output = Output()

    def write(self, data: bytes) -> None:
        """Write whole lines. Raises OSError."""
        lines = data.decode(errors="replace").removesuffix("\n").split("\n")
        self._output.write(b"".join(record("", "ui", SAY, line) for line in lines))


def install() -> None:
    """From here on everything that is printed is records."""
    sys.stdout = Screen()


def screen() -> Screen | None:
    """Standard output, if it is records."""
    return sys.stdout if isinstance(sys.stdout, Screen) else None
