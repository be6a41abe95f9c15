"""How to reach into an embedded machine: through its agent, which runs inside it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bakehouse.clients.isolation import wire
from bakehouse.clients.isolation.connection import Connection
from bakehouse.sdk import Command, Communicator, OnOutput, StepError, Terminal, flow
from bakehouse_builders.rootfs.streams import Output, attach

_DRAIN = 0.2  # seconds that output may still come after a command's end, by the communicator's contract
_TERM = "xterm-256color"


class RootfsCommunicator(Communicator):
    """environment, directory, user: what every command has unless it says otherwise. nice: what it is lowered by."""

    def __init__(
        self, connection: Connection, *, environment: Mapping[str, str], directory: str, user: str, nice: int = 0
    ) -> None:
        self._connection = connection
        self._environment = dict(environment)
        self._directory = directory
        self._user = user
        self._nice = nice

    async def run(self, command: Command, on_output: OnOutput) -> int:
        payload = {
            "arguments": ["/bin/sh", "-c", command.line],
            "environment": {**self._environment, **command.environment},
            "directory": self._directory,
            "user": command.user or self._user,
            "nice": self._nice,
        }
        stdin = _null() if command.stdin is None else wire.memory_file(command.stdin)
        outputs = [Output("stdout", on_output), Output("stderr", on_output)]
        try:
            files = (stdin, *(output.take_write_end() for output in outputs))
            exchange = self._connection.begin("run", payload, files)
            with contextlib.ExitStack() as stack:
                for output in outputs:
                    stack.enter_context(flow.current().heeded(output.hold, output.go_on))
                status = await self._connection.finish(exchange, unless={output.failed for output in outputs})
                await flow.current().opened()
            await asyncio.wait({output.ended for output in outputs}, timeout=_DRAIN)
            for output in outputs:
                output.check()
            return status
        finally:
            for output in outputs:
                output.close()

    async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None:
        source = wire.memory_file(content) if isinstance(content, bytes) else await _open(content, os.O_RDONLY)
        await self._transfer("put", destination, source, mode=mode)

    async def upload_directory(self, source: Path, destination: str) -> None:
        await self._transfer("put-tree", destination, await _open(source, os.O_RDONLY | os.O_DIRECTORY))

    async def download(self, source: str, destination: Path) -> None:
        made = await asyncio.to_thread(_make_directories, destination.parent)
        target, name = await asyncio.to_thread(tempfile.mkstemp, prefix=f".{destination.name}.", dir=destination.parent)
        try:
            await self._transfer("get", source, target)
            await asyncio.to_thread(_publish, name, destination)
        except BaseException:
            os.unlink(name)
            _unmake(made)
            raise

    async def download_directory(self, source: str, destination: Path) -> None:
        made = await asyncio.to_thread(_make_directories, destination)
        try:
            await self._transfer("get-tree", source, await _open(destination, os.O_RDONLY | os.O_DIRECTORY))
        except BaseException:
            _unmake(made)
            raise

    async def _transfer(self, verb: str, path: str, file: int, *, mode: int = 0) -> None:
        payload = {"path": os.path.join(self._directory, path), "mode": mode, "user": self._user}
        if await self._connection.call(verb, payload, (file,)):
            raise StepError(f"{path}: the transfer was ended from inside the machine")

    async def interactive(self, terminal: Terminal) -> int:
        payload = {
            "arguments": ["shell"],
            "environment": {**self._environment, "TERM": _TERM},
            "directory": self._directory,
            "user": self._user,
            "nice": self._nice,
            "rows": terminal.rows,
            "columns": terminal.columns,
        }
        exchange = self._connection.begin("shell", payload)
        try:
            master = await exchange.terminal
        except asyncio.CancelledError:
            await self._connection.cancel(exchange)
            raise
        return await attach(terminal, master, self._connection, exchange)


def _null() -> int:
    return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)


async def _open(path: Path, flags: int) -> int:
    try:
        return await asyncio.to_thread(os.open, path, flags | os.O_CLOEXEC)
    except OSError as error:
        raise StepError(f"{path}: {error.strerror}") from error


def _make_directories(path: Path) -> list[Path]:
    """Those that had to be made, the innermost first. Raises StepError."""
    missing = []
    for directory in (path, *path.parents):
        if directory.is_dir():
            break
        missing.append(directory)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StepError(f"{path}: {error.strerror}") from error
    return missing


def _unmake(directories: list[Path]) -> None:
    """Take back what was made for nothing; what is not empty stays."""
    with contextlib.suppress(OSError):
        for directory in directories:
            directory.rmdir()


def _publish(temporary: str, destination: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    os.chmod(temporary, 0o666 & ~mask)
    os.replace(temporary, destination)
