"""Programs on the host: run, watched, ended with all that they started, and found again after a crash."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import IO

from bakehouse.clients.local_terminal import LocalTerminal, with_terminal
from bakehouse.errors import StepError
from bakehouse.sdk.communicator import OnOutput, Stream, Terminal
from bakehouse.sdk.flow import current
from bakehouse.sdk.machine import Context
from bakehouse.sdk.resource import Resource

OWNER = "process"
COOKIE = "BAKEHOUSE_CLAIM"
"""A variable in the environment of every local child: its value is the name of its claim, and children inherit it."""

LINGER = 0.2
GRACE = 2.0
_STREAMS: dict[int, Stream] = {1: "stdout", 2: "stderr"}


class _Output(asyncio.SubprocessProtocol):
    """Passes output on as it comes and notes the end of both pipes and of the process."""

    def __init__(self, on_output: OnOutput) -> None:
        loop = asyncio.get_running_loop()
        self._on_output = on_output
        self._open = {1, 2}
        self.exited: asyncio.Future[None] = loop.create_future()
        self.drained: asyncio.Future[None] = loop.create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._on_output(_STREAMS[fd], data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open and not self.drained.done():
            self.drained.set_result(None)

    def process_exited(self) -> None:
        if not self.exited.done():
            self.exited.set_result(None)


class _Pipes:
    """Both pipes of a child, which can be left unread."""

    def __init__(self, transport: asyncio.SubprocessTransport) -> None:
        pipes = [transport.get_pipe_transport(fd) for fd in _STREAMS]
        self._pipes = [pipe for pipe in pipes if isinstance(pipe, asyncio.ReadTransport)]

    def hold(self) -> None:
        for pipe in self._pipes:
            pipe.pause_reading()

    def go_on(self) -> None:
        for pipe in self._pipes:
            pipe.resume_reading()


async def run_local(
    context: Context,
    arguments: Sequence[str],
    on_output: OnOutput,
    *,
    environment: Mapping[str, str] | None = None,
    stdin: IO[bytes] | int = asyncio.subprocess.DEVNULL,
    script: tuple[str, bytes] | None = None,
    interactive: bool = False,
) -> int:
    """Run a program in the current directory and return its exit status; 128 + N for death by signal N.

    environment: added to Bakehouse's own. script: a path and what is written there (mode 0700) for as long as the
    program runs. Child and script are claimed before they are there. Cancelling ends the child and everything that it
    started. It ends when the program exits; what a daemon left behind prints is passed on for 0.2 s.
    interactive: where people may be at a terminal (`Context.terminal`), it gets one, and its output is one stream.
    Raises StepError if the script cannot be written or the program cannot be started.
    """
    cookie = f"{context.build.run_id}-{uuid.uuid4().hex[:12]}"
    details = {"program": arguments[0], **({"script": script[0]} if script else {})}
    resource = await context.claim("process", cookie, details, owner=OWNER)
    try:
        if script and (reason := _write_script(*script)):
            await context.gone(resource)
            raise StepError(f"Cannot write the script to {script[0]}: {reason}. TMPDIR names another place.")
        with context.terminal() if interactive else nullcontext() as terminal:
            if terminal is not None:
                return await _run_at(terminal, context, resource, arguments, on_output, environment or {})
            return await _run(context, resource, arguments, on_output, environment or {}, stdin)
    finally:
        if script:
            Path(script[0]).unlink(missing_ok=True)


def _write_script(path: str, content: bytes) -> str:
    """Why it cannot be; "" if it is written."""
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o700), "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), 0o700)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


async def _run(
    context: Context,
    resource: Resource,
    arguments: Sequence[str],
    on_output: OnOutput,
    environment: Mapping[str, str],
    stdin: IO[bytes] | int,
    *,
    local: LocalTerminal | None = None,
) -> int:
    streams = asyncio.subprocess.PIPE if local is None else local.slave
    program = {**os.environ, **environment, COOKIE: resource.name}
    starting = asyncio.get_running_loop().create_task(_start(arguments, on_output, program, stdin, streams))
    try:
        transport, output = await asyncio.shield(starting)
    except OSError as error:
        await context.gone(resource)
        raise StepError(f"cannot run {arguments[0]}: {error.strerror}") from error
    except asyncio.CancelledError:
        with suppress(OSError):
            (await starting)[0].close()
        await asyncio.shield(remove(resource))
        raise
    if local is not None:
        local.started()
    _lower(transport.get_pid(), context.build.nice)
    pipes = _Pipes(transport) if local is None else local
    try:
        with current().heeded(pipes.hold, pipes.go_on):
            await output.exited
            await current().opened()
        with suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                await (output.drained if local is None else local.drained)
    except asyncio.CancelledError:
        await asyncio.shield(remove(resource))
        raise
    finally:
        transport.close()
    await context.gone(resource)
    status = transport.get_returncode() or 0
    return status if status >= 0 else 128 - status


async def _run_at(
    terminal: Terminal,
    context: Context,
    resource: Resource,
    arguments: Sequence[str],
    on_output: OnOutput,
    environment: Mapping[str, str],
) -> int:
    def asks(line: str) -> None:
        if line:
            context.say(f"This step waits for input: {line}")
        context.asks(line)

    if shutil.which(arguments[0]) is None:  # told here: afterwards it would be the helper's own trouble
        await context.gone(resource)
        raise StepError(f"cannot run {arguments[0]}: {os.strerror(errno.ENOENT)}")
    local = LocalTerminal(terminal, on_output, asks)
    try:
        async with asyncio.TaskGroup() as group:
            typing = group.create_task(local.type())
            try:
                return await _run(
                    context, resource, with_terminal(arguments), on_output, environment, local.slave, local=local
                )
            finally:
                typing.cancel()
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    finally:
        local.close()


async def _start(
    arguments: Sequence[str],
    on_output: OnOutput,
    environment: Mapping[str, str],
    stdin: IO[bytes] | int,
    streams: int,
) -> tuple[asyncio.SubprocessTransport, _Output]:
    """In a task of its own: asyncio hangs if it is cancelled between the fork and its own bookkeeping of it."""
    return await asyncio.get_running_loop().subprocess_exec(
        lambda: _Output(on_output),
        *arguments,
        stdin=stdin,
        stdout=streams,
        stderr=streams,
        env=environment,
        start_new_session=True,
    )


def _lower(pid: int, nice: int) -> None:
    """Nice alone does nothing between sessions: the scheduler weighs autogroups. Best effort, as DESIGN 6 says."""
    if not nice:
        return
    with suppress(OSError):
        os.setpriority(os.PRIO_PGRP, pid, nice)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))


async def remove(resource: Resource) -> None:
    """End every process that bears the claim's cookie: SIGTERM, SIGKILL after 2 s; remove its script.

    Raises StepError if a process stays.
    """
    if script := resource.details.get("script"):
        Path(script).unlink(missing_ok=True)
    needle = f"{COOKIE}={resource.name}".encode()
    for signum, patience in ((signal.SIGTERM, GRACE), (signal.SIGKILL, GRACE)):
        deadline = time.monotonic() + patience
        pids = bearers(needle)
        for pid in pids:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signum)
        while pids and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
            pids = bearers(needle)
        if not pids:
            return
    raise StepError(f"process {', '.join(map(str, pids))} does not end")


def bearers(needle: bytes) -> list[int]:
    """Pids of living processes whose first environment holds `NAME=value` exactly."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            if needle in Path(entry.path, "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found
