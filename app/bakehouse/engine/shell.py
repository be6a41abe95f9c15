"""Shells in the machine of a paused build, for people at the other end of the session (DESIGN 6).

A shell goes on when the person leaves, and ends with its program or when the build lets go of the machine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bakehouse.engine.breakpoints import Breakpoints
from bakehouse.engine.ports import Commands, Decision, ShellTerminal, Sink
from bakehouse.errors import BakehouseError, first_of
from bakehouse.record.events import SpanFinished
from bakehouse.record.log import STDOUT
from bakehouse.sdk import Machine, Terminal

GONE = "This shell ends here: its build lets go of the machine."


class _Transcript(Terminal):
    """Passes everything on, and what is shown to the log as well."""

    def __init__(self, terminal: ShellTerminal, sink: Sink, span: int) -> None:
        self.rows, self.columns = terminal.rows, terminal.columns
        self._terminal = terminal
        self._sink = sink
        self._span = span
        terminal.on_resize(self._resized)

    async def read(self) -> bytes:
        return await self._terminal.read()

    def write(self, data: bytes) -> None:
        self._sink.output(self._span, STDOUT, data)
        self._terminal.write(data)

    def on_resize(self, callback: Callable[[int, int], None]) -> None:
        self._terminal.on_resize(callback)

    def _resized(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns


class Shells:
    """The open shells of one build."""

    def __init__(
        self, group: asyncio.TaskGroup, commands: Commands, sink: Sink, breakpoints: Breakpoints, machine: Machine
    ) -> None:
        self._group = group
        self._commands = commands
        self._sink = sink
        self._breakpoints = breakpoints
        self._machine = machine
        self._open: set[asyncio.Task[None]] = set()
        self._why_closed = ""

    def open(self, decision: Decision) -> None:
        """Start one. Its span was begun by who decided."""
        task = self._group.create_task(self._run(decision))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def close(self, why: str = "") -> None:
        """End them all: the machine goes away. why: told to who is in one."""
        self._why_closed = why
        await asyncio.sleep(0)  # one that was opened in this instant begins first, so that it can say that it ends
        for task in list(self._open):
            task.cancel()
        if self._open:
            await asyncio.wait(self._open)

    async def _run(self, decision: Decision) -> None:
        terminal = self._commands.terminal(decision.span)
        status, outcome, text = 1, "cancelled", ""
        try:
            communicator = self._machine.communicator
            if communicator is None:  # it went away since the desk looked
                raise BakehouseError("There is no machine to open a shell in.")
            self._breakpoints.taint("opened a shell", "", decision.by, mark="opened a shell")
            transcript = _Transcript(terminal, self._sink, decision.span)
            status = await communicator.interactive(transcript)
            outcome = "ok"
        except asyncio.CancelledError:
            terminal.write(f"\r\n{self._why_closed or GONE}\r\n".encode())
            raise
        except Exception as error:
            cause = first_of(error) if isinstance(error, ExceptionGroup) else error
            outcome, text = "failed", str(cause) or type(cause).__name__
            terminal.write(text.encode() + b"\r\n")
        finally:
            terminal.finish(status)
            self._sink.emit(SpanFinished(outcome, text, status), decision.span)
