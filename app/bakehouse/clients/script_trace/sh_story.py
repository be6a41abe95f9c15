"""What the records of a sh trace mean. A probe's status is that of the statement before it in its own block; about
whatever else came last it says nothing."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.clients.script_trace.records import Probed
from bakehouse.clients.script_trace.show import Standing, shown
from bakehouse.clients.script_trace.statements import Statement
from bakehouse.sdk.script import ScriptWatch

MOST = 50


@dataclass(slots=True)
class _Open:
    number: int
    statement: Statement
    time: float | None


class ShStory:
    """Tells a watch of the statements of one script."""

    def __init__(self, statements: list[Statement], watch: ScriptWatch) -> None:
        self._statements = statements
        self._watch = watch
        self._open: list[_Open] = []
        self._found: dict[tuple[int, str, int], None] = {}

    def take(self, probed: Probed) -> None:
        """A record came."""
        if not 0 <= probed.number < len(self._statements):
            return
        statement = self._statements[probed.number]
        if any(command.statement.block == statement.block for command in self._open):
            self._close(statement, probed)
        number = self._watch.began(statement.line, shown(statement.text))
        self._open.append(_Open(number, statement, probed.time))

    def place(self, number: int) -> Standing | None:
        """A statement by its number."""
        if not 0 <= number < len(self._statements):
            return None
        found = self._statements[number]
        same = (other.start for other in self._statements if other.line == found.line)
        return Standing(found.line, shown(found.text), found.start == min(same))

    def skipped(self, number: int) -> None:
        """Never: it cannot be done."""

    def end(self, status: int | None) -> None:
        """The script has ended. status: None if the trace ended before."""
        while self._open:
            command = self._open.pop()
            self._watch.ended(command.number, None if self._open else status, 0.0)
        for line, text, failure in self._found:
            self._watch.swallowed(line, text, failure, "ignored")

    def _close(self, statement: Statement, probed: Probed) -> None:
        """All in and below the block of a statement that begins."""
        while True:
            command = self._open.pop()
            own = command.statement.number == statement.before
            seconds = 0.0
            if command.time is not None and probed.time is not None:
                seconds = max(0.0, probed.time - command.time)
            self._watch.ended(command.number, probed.status if own and not command.statement.job else None, seconds)
            plain = own and command.statement.plain and not command.statement.function
            if plain and probed.status and len(self._found) < MOST:
                self._found[command.statement.line, shown(command.statement.text), probed.status] = None
            if command.statement.block == statement.block:
                return
