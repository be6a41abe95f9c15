"""What a process in a container prints and reads: Docker's attached streams of an exec.

A connection is hijacked after HTTP 101 (Docker Engine API, "Exec start"). Without a terminal the bytes come in
frames of an eight-byte header (stream, three zeros, length big-endian); with one they come as they are.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bakehouse.clients.docker import Docker, DockerError
from bakehouse.errors import StepError
from bakehouse.sdk.communicator import OnOutput, Stream

HEADER = 8


async def create_exec(
    docker: Docker,
    container: str,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    user: str = "",
    stdin: bool = False,
    tty: bool = False,
) -> str:
    """Make an exec, not yet started; its id. `user`: "" is the container's own. Raises DockerError."""
    body = {
        "Cmd": list(arguments),
        "Env": [f"{name}={value}" for name, value in (environment or {}).items()],
        "User": user,
        "AttachStdin": stdin,
        "AttachStdout": True,
        "AttachStderr": True,
        "Tty": tty,
    }
    async with docker.request("POST", f"containers/{container}/exec", data=json.dumps(body)) as response:
        return str((await response.json())["Id"])


async def inspect_exec(docker: Docker, exec_id: str) -> dict[str, Any]:
    """What the daemon knows of an exec: Running, ExitCode (None while it runs). Raises DockerError."""
    async with docker.request("GET", f"exec/{exec_id}/json") as response:
        answer: dict[str, Any] = await response.json()
    return answer


async def resize_exec(docker: Docker, exec_id: str, rows: int, columns: int) -> None:
    """Tell an exec's terminal its size. An exec that has ended meanwhile is no error."""
    try:
        async with docker.request("POST", f"exec/{exec_id}/resize", params={"h": str(rows), "w": str(columns)}):
            return
    except DockerError as error:
        if error.status not in (404, 409, 500):
            raise


@asynccontextmanager
async def start_exec(docker: Docker, exec_id: str, on_output: OnOutput, *, tty: bool) -> AsyncIterator[Attached]:
    """Start it; its output goes to `on_output` from inside the loop's read callback, many frames in one piece."""
    body = json.dumps({"Detach": False, "Tty": tty})
    upgrade = {"Connection": "Upgrade", "Upgrade": "tcp"}
    path = f"exec/{exec_id}/start"
    async with docker.request("POST", path, data=body, headers=upgrade, read_until_eof=False) as response:
        connection = response.connection
        if connection is None or connection.protocol is None or connection.transport is None:
            raise StepError("Docker did not open the streams of the command it was given")
        attached = Attached(connection.transport, on_output, tty=tty)
        connection.protocol.set_parser(attached, attached)
        connection.protocol.force_close()
        try:
            yield attached
        finally:
            attached.abort()
            response.close()


class Attached:
    """The streams of a running exec. aiohttp calls `feed_data` and `feed_eof`, as it does for websockets."""

    def __init__(self, transport: asyncio.Transport, on_output: OnOutput, *, tty: bool) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport = transport
        self._on_output = on_output
        self._take: Callable[[bytes], None] = self._take_raw if tty else self._take_frames
        self._rest = b""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        if not self.ended.done():
            try:
                self._take(data)
            except Exception as error:  # a full disk behind on_output: raised where `ended` is awaited
                self.set_exception(error)
        return False, b""

    def feed_eof(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)

    def set_exception(self, error: BaseException, cause: BaseException | None = None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)

    def is_eof(self) -> bool:
        return self.ended.done()

    def write(self, data: bytes) -> None:
        """Give it to the process; what it has not read yet waits in memory."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def close_stdin(self) -> None:
        """End of file for the process. Raises StepError over TLS, which cannot say it."""
        if self._transport.is_closing():
            return
        if not self._transport.can_write_eof():
            raise StepError("a command with standard input needs a Docker daemon that is reached without TLS")
        self._transport.write_eof()

    def hold(self) -> None:
        """Leave unread what is printed, until `go_on`."""
        self._transport.pause_reading()

    def go_on(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def abort(self) -> None:
        """Let go at once, also of input that nobody reads."""
        self._transport.abort()

    def _take_raw(self, data: bytes) -> None:
        self._on_output("stdout", data)

    def _take_frames(self, data: bytes) -> None:
        buffer = self._rest + data if self._rest else data
        stream: Stream = "stdout"
        pieces: list[bytes] = []
        at, end = 0, len(buffer)
        while end - at >= HEADER:
            stop = at + HEADER + int.from_bytes(buffer[at + 4 : at + HEADER], "big")
            if stop > end:
                break
            source: Stream = "stderr" if buffer[at] == 2 else "stdout"
            if source != stream and pieces:
                self._on_output(stream, b"".join(pieces))
                pieces.clear()
            stream = source
            pieces.append(buffer[at + HEADER : stop])
            at = stop
        self._rest = buffer[at:]
        if pieces:
            self._on_output(stream, b"".join(pieces))
