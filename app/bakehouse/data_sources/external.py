"""Data source `external`: a program of the host answers a question.

The protocol is that of Terraform's data source of this name, and of the Packer plugin that follows it: the program
gets `query` as a JSON object on standard input and prints a JSON object whose values are strings; if it fails, it says
why on standard error and ends with another status than 0.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from bakehouse.sdk import Argument, DataError, DataSource, Diagnostic, option

SHOWN = 2000
"""Characters of what a program printed that an error repeats."""


class External(DataSource, type="external"):
    """Runs `program`, and gives what it printed as `result`. Cancelling ends it and what it started."""

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """program: the program and its arguments, without a shell. working_dir: where it runs; "" for where
        bakehouse was started. query: handed to it.
        """

        program: list[str]
        working_dir: str = ""
        query: dict[str, str] = option(factory=dict)

    @dataclass(frozen=True, kw_only=True)
    class Output:
        """result: what the program printed."""

        result: dict[str, str]

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        """There must be a program."""
        given = arguments.get("program")
        if given is None or not isinstance(given.value, list | str) or (config.program and config.program[0]):
            return []
        help = 'Write program = ["COMMAND", "ARGUMENT", …].'
        return [Diagnostic('"program" is empty', "", given.location, source=given.source, help=help)]

    async def read(self) -> Output:
        """Run it. Raises DataError."""
        name = self.config.program[0]
        status, printed, complaint = await self._run(name)
        if status:
            how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            said = complaint.decode(errors="replace").strip()[-SHOWN:]
            raise DataError(f'"{name}" {how}{f": {said}" if said else " and said nothing."}')
        return self.Output(result=_strings(name, printed))

    async def _run(self, name: str) -> tuple[int, bytes, bytes]:
        """Exit status, negative for a signal, standard output, standard error."""
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self.config.program,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                cwd=self.config.working_dir or None,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise DataError(f'"{name}" cannot be run: {getattr(error, "strerror", None) or error}.') from None
        try:
            printed, complaint = await process.communicate(json.dumps(self.config.query).encode())
        except BaseException:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise
        return process.returncode or 0, printed, complaint


def _strings(name: str, printed: bytes) -> dict[str, str]:
    try:
        result = json.loads(printed)
    except ValueError as error:
        shown = printed[:SHOWN].decode(errors="replace").strip()
        raise DataError(f'"{name}" did not print a JSON object: {error}. It printed: {shown or "nothing"}') from None
    if not isinstance(result, dict):
        raise DataError(f'"{name}" printed JSON that is no object: {printed[:SHOWN].decode(errors="replace").strip()}')
    for key, value in result.items():
        if not isinstance(value, str):
            raise DataError(f'"{name}" printed a "{key}" that is no string: every value must be one.')
    return result
