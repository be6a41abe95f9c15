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
import subprocess
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from typing import IO

from bakehouse.sdk import Argument, DataError, DataSource, Diagnostic, option

MOST_PRINTED = 16 << 20
"""Bytes of an answer."""
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
        """Exit status, negative for a signal, standard output, standard error.

        A thread waits for it: what waits for an event loop's children in Python 3.11 is one thing for all loops.
        """
        process = _begin(self.config, name)
        talking = asyncio.get_running_loop().run_in_executor(None, _talk, process, json.dumps(self.config.query))
        try:
            printed, complaint = await asyncio.shield(talking)
        except BaseException:
            _kill(process)
            await talking
            raise
        if printed is None:
            raise DataError(f'"{name}" printed more than {MOST_PRINTED >> 20} MiB.')
        return process.returncode, printed, complaint


def _begin(config: External.Config, name: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            config.program, stdin=pipe, stdout=pipe, stderr=pipe, cwd=config.working_dir or None, start_new_session=True
        )
    except (OSError, ValueError) as error:
        raise DataError(f'"{name}" cannot be run: {getattr(error, "strerror", None) or error}.') from None


def _talk(process: subprocess.Popen[bytes], query: str) -> tuple[bytes | None, bytes]:
    """What it printed, None if that is too much, and the end of what it complained of; then it has ended."""
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    complaint: list[bytes] = []
    listener = threading.Thread(target=_listen, args=(process.stderr, complaint), daemon=True)
    asker = threading.Thread(target=_ask, args=(process.stdin, query), daemon=True)
    listener.start()
    asker.start()
    printed = process.stdout.read(MOST_PRINTED + 1)
    if len(printed) > MOST_PRINTED:
        _kill(process)
    process.wait()
    asker.join()
    listener.join()
    process.stdout.close()
    process.stderr.close()
    return (None if len(printed) > MOST_PRINTED else printed), b"".join(complaint)


def _ask(stream: IO[bytes], query: str) -> None:
    with suppress(BrokenPipeError), stream:
        stream.write(query.encode())


def _listen(stream: IO[bytes], kept: list[bytes]) -> None:
    """Read to the end; keep the last part."""
    while data := stream.read1(1 << 16) if isinstance(stream, BufferedReader) else stream.read(1 << 16):
        kept[:] = [b"".join(kept)[-(1 << 16) :], data]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """It and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


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
