"""Into a container by Docker's API: commands by exec, files by archives."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path, PurePosixPath
from shlex import quote
from typing import Any

from bakehouse.clients import docker_archive as archive
from bakehouse.clients.docker import Docker, DockerError, connect
from bakehouse.clients.docker_marks import INTERACTIVE, KILL, RUN, Marks
from bakehouse.clients.docker_streams import Attached, create_exec, inspect_exec, resize_exec, start_exec
from bakehouse.errors import StepError
from bakehouse.sdk import flow
from bakehouse.sdk.communicator import Command, Communicator, OnOutput, Stream, Terminal

DAEMON_GRACE = 0.2
KILL_LIMIT = 10.0
POLL = 0.05
END_GRACE = 1.0
KILLED = 128 + 9
ROOT = ("", "0", "root")
SCRIPT = "BAKEHOUSE_SCRIPT"
"""The variable that carries a script into the machine; the script itself does not see it."""
SHORT = 64 * 1024
"""Bytes; Linux allows 128 KiB to a variable (MAX_ARG_STRLEN)."""
NOT_WRITTEN = 126


class DockerExec(Communicator):
    """A container, by name or id. user: who runs commands and owns what is uploaded; "" is root."""

    def __init__(self, container: str, user: str = "") -> None:
        self.container = container
        self.user = user
        self._owner: archive.Owner | None = None

    async def run(self, command: Command, on_output: OnOutput) -> int:
        marks = Marks(on_output)
        user = self.user if command.user is None else command.user
        async with connect() as docker, AsyncExitStack() as stack:
            exec_id = await create_exec(
                docker,
                self.container,
                ["/bin/sh", "-c", RUN, command.line, *marks.halves],
                environment=command.environment,
                user=user,
                stdin=command.stdin is not None,
            )
            # once it is asked for, the command may run: so asking is not cut short, or nobody could end it
            opening = asyncio.gather(stack.enter_async_context(start_exec(docker, exec_id, marks, tty=False)))
            try:
                [attached] = await asyncio.shield(opening)
                if command.stdin is not None:
                    attached.write(command.stdin)
                    attached.close_stdin()
                with flow.current().heeded(attached.hold, attached.go_on):
                    return await self._status(docker, exec_id, attached, marks)
            except BaseException:
                [attached] = await opening
                await self._kill(docker, attached, marks)
                raise

    async def run_script(self, content: bytes, path: str, command: Command, on_output: OnOutput) -> int:
        """A short script of root's goes along with the command that uses it: an archive costs 50 ms more, each time."""
        text = _short_text(content)
        if text is None or self.user not in ROOT or command.user is not None:
            return await super().run_script(content, path, command, on_output)
        file = quote(path)
        line = (
            f'printf %s "${SCRIPT}" >{file} && chmod 755 {file} || exit {NOT_WRITTEN}\nunset {SCRIPT}\n{command.line}'
        )
        status = await self.run(Command(line, {**command.environment, SCRIPT: text}, command.stdin), on_output)
        if status == NOT_WRITTEN:
            await self._explain(path)
        return status

    async def _explain(self, path: str) -> None:
        """Raises StepError if it is for want of a directory that a file could not be written."""
        parent = str(PurePosixPath("/", path).parent)
        async with connect() as docker:
            if await archive.look(docker, self.container, parent) is None:
                raise StepError(f"There is no directory {parent} in the machine for {PurePosixPath(path).name}")

    async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None:
        path = PurePosixPath("/", destination)
        async with connect() as docker:
            chunks = archive.file_chunks(path.name, content, mode, await self._uploader(docker))
            try:
                await archive.put(docker, self.container, str(path.parent), chunks)
            except DockerError as error:
                if error.status == 404:
                    await self._explain(str(path))
                raise

    async def upload_directory(self, source: Path, destination: str) -> None:
        path = str(PurePosixPath("/", destination))
        async with connect() as docker:
            owner = await self._uploader(docker)
            if await archive.look(docker, self.container, path) is None:
                await archive.put(docker, self.container, "/", archive.new_directory_chunks(path, owner))
            await archive.put(docker, self.container, path, archive.directory_chunks(source, owner))

    async def download(self, source: str, destination: Path) -> None:
        async with connect() as docker:
            path, found = await archive.resolve(docker, self.container, str(PurePosixPath("/", source)))
            if found.directory:
                raise StepError(f"{source} is a directory in the machine, and a file was asked for")
            await archive.get(docker, self.container, path, archive.unpack_file(destination))

    async def download_directory(self, source: str, destination: Path) -> None:
        async with connect() as docker:
            path, found = await archive.resolve(docker, self.container, str(PurePosixPath("/", source)))
            if not found.directory:
                raise StepError(f"{source} is not a directory in the machine")
            await archive.get(docker, self.container, path, archive.unpack_directory(destination))

    async def interactive(self, terminal: Terminal) -> int:
        marks = Marks(lambda stream, data: terminal.write(data), terminal=True)
        async with connect() as docker:
            exec_id = await create_exec(
                docker,
                self.container,
                ["/bin/sh", "-c", INTERACTIVE, *marks.halves],
                environment={"TERM": "xterm-256color"},
                user=self.user,
                stdin=True,
                tty=True,
            )
            async with start_exec(docker, exec_id, marks, tty=True) as attached:
                try:
                    await self._converse(docker, exec_id, attached, terminal, marks)
                except BaseException:
                    await self._kill(docker, attached, marks)
                    raise
            return await self._exit_code(docker, exec_id)

    async def _status(self, docker: Docker, exec_id: str, attached: Attached, marks: Marks) -> int:
        await _either(attached.ended, marks.status)
        if marks.status.done():
            await asyncio.wait({attached.ended}, timeout=DAEMON_GRACE)
        if attached.ended.done():
            attached.ended.result()
        if marks.status.done():
            if marks.status.result() == KILLED:
                await self._ended(docker)
            return marks.status.result()
        marks.flush()
        return await self._exit_code(docker, exec_id)

    async def _ended(self, docker: Docker) -> None:
        """A command was killed: by the end of its container, perhaps, of which the daemon hears a little later.

        Raises StepError then, or what Docker says of a container that is not there any more.
        """
        for _ in range(int(END_GRACE / POLL)):
            state = await docker.api.containers.container(self.container).show()
            if not state["State"]["Running"]:
                raise StepError(f"The container {self.container} ended while a command ran in it")
            await asyncio.sleep(POLL)

    async def _exit_code(self, docker: Docker, exec_id: str) -> int:
        """Of an exec whose streams have ended. Raises StepError if it is the container that ended."""
        state = await docker.api.containers.container(self.container).show()
        if not state["State"]["Running"]:
            raise StepError(f"The container {self.container} ended while a command ran in it")
        for _ in range(int(KILL_LIMIT / POLL)):
            found = await inspect_exec(docker, exec_id)
            if not found["Running"]:
                if found["ExitCode"] == KILLED:
                    await self._ended(docker)
                return int(found["ExitCode"])
            await asyncio.sleep(POLL)
        raise StepError(f"Docker does not say how a command in {self.container} ended")

    async def _kill(self, docker: Docker, attached: Attached, marks: Marks) -> None:
        """End the command and all that it started: its session, its descendants and theirs."""
        await _either(attached.ended, marks.pid, timeout=KILL_LIMIT)
        if not marks.pid.done():
            return
        arguments = ["/bin/sh", "-c", KILL, str(marks.pid.result())]
        try:
            exec_id = await create_exec(docker, self.container, arguments, user="0")
            said = asyncio.get_running_loop().create_future()

            def ended(stream: Stream, data: bytes) -> None:
                if not said.done():
                    said.set_result(data)

            async with start_exec(docker, exec_id, ended, tty=False) as killing:
                await _either(killing.ended, said, timeout=KILL_LIMIT)
        except DockerError as error:
            if error.status not in (404, 409):  # the container is gone or stopped, and the command with it
                raise

    async def _converse(
        self, docker: Docker, exec_id: str, attached: Attached, terminal: Terminal, marks: Marks
    ) -> None:
        sizes: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
        terminal.on_resize(lambda rows, columns: sizes.put_nowait((rows, columns)))
        await resize_exec(docker, exec_id, terminal.rows, terminal.columns)  # before the first key
        async with asyncio.TaskGroup() as group:
            typing = group.create_task(self._type(docker, attached, terminal, marks))
            resizing = group.create_task(self._resize(docker, exec_id, sizes))
            await attached.ended
            typing.cancel()
            resizing.cancel()

    async def _type(self, docker: Docker, attached: Attached, terminal: Terminal, marks: Marks) -> None:
        while data := await terminal.read():
            attached.write(data)
        await self._kill(docker, attached, marks)

    async def _resize(self, docker: Docker, exec_id: str, sizes: asyncio.Queue[tuple[int, int]]) -> None:
        while True:
            await resize_exec(docker, exec_id, *await sizes.get())

    async def _uploader(self, docker: Docker) -> archive.Owner:
        """Who owns what is uploaded: the user that commands run as, so that it may remove it again."""
        if self._owner is None:
            self._owner = archive.Owner()
            if self.user not in ROOT:
                self._owner = await self._identity(docker)
        return self._owner

    async def _identity(self, docker: Docker) -> archive.Owner:
        printed: list[bytes] = []

        def collect(stream: Stream, data: bytes) -> None:
            printed.append(data)

        exec_id = await create_exec(docker, self.container, ["/bin/sh", "-c", "id -u && id -g"], user=self.user)
        async with start_exec(docker, exec_id, collect, tty=False) as attached:
            await attached.ended
        numbers = b"".join(printed).split()
        if len(numbers) != 2 or not all(number.isdigit() for number in numbers):
            raise StepError(
                f"The machine does not know the user {self.user}: {b''.join(printed).decode(errors='replace')}"
            )
        return archive.Owner(int(numbers[0]), int(numbers[1]))


def _short_text(content: bytes) -> str | None:
    """What fits into a variable, as text; else None."""
    if len(content) > SHORT or b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


async def _either(one: asyncio.Future[Any], other: asyncio.Future[Any], *, timeout: float | None = None) -> None:
    await asyncio.wait({one, other}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
