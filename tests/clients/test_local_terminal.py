"""A local program on a PTY of the engine's: it can ask, people can answer, and the log has what it showed."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bakehouse.clients import process
from bakehouse.sdk import Terminal
from support.context import RecordingContext, make_context


class Seat(Terminal):
    """A person who types an answer once a word is shown."""

    rows, columns = 30, 100

    def __init__(self, word: bytes = b"", answer: bytes = b"") -> None:
        self.shown = b""
        self._word, self._answer = word, answer
        self._news = asyncio.Event()

    async def read(self) -> bytes:
        while not self._word or self._word not in self.shown:
            self._news.clear()
            await self._news.wait()
        self._word = b""
        return self._answer

    def write(self, data: bytes) -> None:
        self.shown += data
        self._news.set()

    def on_resize(self, callback: Callable[[int, int], None]) -> None:
        return


@dataclasses.dataclass
class Seated(RecordingContext):
    seat: Seat | None = None

    @contextmanager
    def terminal(self) -> Iterator[Terminal | None]:
        yield self.seat


async def run(directory: Path, script: str, seat: Seat | None) -> tuple[int, Seated, bytes]:
    context = Seated(build=make_context(directory).build, owner="process", seat=seat)
    heard: list[bytes] = []
    command = ["/bin/sh", "-c", script]
    status = await process.run_local(context, command, lambda stream, data: heard.append(data), interactive=True)
    return status, context, b"".join(heard)


async def test_it_has_a_terminal_of_its_own(tmp_path: Path) -> None:
    script = "test -t 0 && test -t 1 && test -t 2 && tty >/dev/tty && stty size; echo err >&2; exit 3"
    status, context, heard = await run(tmp_path, script, Seat())
    assert status == 3
    device, size, error = heard.decode().splitlines()
    assert device.startswith("/dev/pts/")
    assert (size, error) == ("30 100", "err")
    assert b"\r" not in heard
    assert context.claims == []


async def test_a_question_without_a_newline_is_told_and_answered(tmp_path: Path) -> None:
    script = "stty -echo; printf 'Password: '; read word; stty echo; echo; echo got $word"
    seat = Seat(b"Password: ", b"")

    async def answer() -> bytes:
        while not any("waits for input: Password:" in text for text in said):
            await asyncio.sleep(0.02)
        seat.read = nobody  # type: ignore[method-assign]
        return b"secret\n"

    async def nobody() -> bytes:
        await asyncio.Event().wait()
        return b""

    context = Seated(build=make_context(tmp_path).build, owner="process", seat=seat)
    said = context.said
    seat.read = answer  # type: ignore[method-assign]
    heard: list[bytes] = []
    command = ["/bin/sh", "-c", script]
    status = await process.run_local(context, command, lambda stream, data: heard.append(data), interactive=True)
    assert status == 0
    assert b"".join(heard) == b"Password: \ngot secret\n"


async def test_headless_it_stays_on_pipes(tmp_path: Path) -> None:
    status, _, heard = await run(tmp_path, "test -t 1; echo $?; printf 'a\\r\\n'", None)
    assert (status, heard) == (0, b"1\na\r\n")


async def test_cancelling_ends_it_and_what_it_started(tmp_path: Path) -> None:
    task = asyncio.get_running_loop().create_task(run(tmp_path, "sleep 31536191 & echo here; wait", (seat := Seat())))
    while b"here" not in seat.shown:
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    from support.rootfs import processes

    assert processes("31536191") == []


async def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    from bakehouse.sdk import StepError

    context = Seated(build=make_context(tmp_path).build, owner="process", seat=Seat())
    with pytest.raises(StepError, match="cannot run /no/such: No such file or directory"):
        await process.run_local(context, ["/no/such"], context.output, interactive=True)
    assert context.claims == []
