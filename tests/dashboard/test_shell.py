"""The terminal handed over to a shell: bytes both ways, ctrl+], sizes, and the terminal as it was afterwards."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bakehouse.dashboard.app import DashboardApp
from bakehouse.dashboard.terminal import emulator
from bakehouse.dashboard.terminal.probe import line_is_wide
from bakehouse.dashboard.terminal.shell import Terminal, relay
from bakehouse.errors import Disconnected, Refused
from support.dashboard import opened, text, until
from support.scenes import paused
from support.session import FakeStream


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """The person's end and the program's end of a terminal of 30x100."""
    person, program = pty.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    yield person, program
    os.close(person)
    os.close(program)


async def read_until(fd: int, wanted: bytes) -> bytes:
    """What the person sees, up to `wanted`."""
    seen = b""
    while wanted not in seen:
        seen += await asyncio.to_thread(os.read, fd, 4096)
    return seen


async def test_ctrl_bracket_leaves_and_what_was_typed_before_it_still_goes(ends: tuple[int, int]) -> None:
    person, program = ends
    before = termios.tcgetattr(program)
    stream = FakeStream()
    os.write(person, b"l")
    async with asyncio.TaskGroup() as tasks:
        shown = tasks.create_task(relay(stream, Terminal(program, program)))
        await read_until(person, b"root@machine:/# l")
        os.write(person, b"s\x03\x11\x1dnot sent")
    assert shown.result() == "left"
    assert stream.typed == b"ls\x03\x11"
    assert termios.tcgetattr(program) == before


async def test_the_end_of_the_program_comes_back(ends: tuple[int, int]) -> None:
    person, program = ends
    stream = FakeStream()
    async with asyncio.TaskGroup() as tasks:
        shown = tasks.create_task(relay(stream, Terminal(program, program)))
        await read_until(person, b"# ")
        os.write(person, b"exit\r")
    assert shown.result() == "ended"


@pytest.mark.parametrize("inside", [b"", b"\x1b[?1049", b"\x1b[?1049h\x1b[5;9rvi"])
async def test_leaving_writes_over_nothing(ends: tuple[int, int], inside: bytes) -> None:
    person, program = ends
    stream, screen = FakeStream(), emulator.make(30, 100)
    assert screen is not None
    if inside.endswith(b"9"):
        stream.output.put_nowait(inside)  # cut within a sequence
        inside = b"hvi"
    stream.output.put_nowait(inside + b"SHOWN" if inside else b"SHOWN")
    screen.feed(b"a\r\nb\r\n$ bakehouse shell 7f3\r\n")

    async with asyncio.TaskGroup() as tasks:
        left = tasks.create_task(relay(stream, Terminal(program, program)))
        screen.feed(await read_until(person, b"SHOWN"))
        os.write(person, b"\x1d")
    os.write(program, b"Left.\r\nEND")
    screen.feed(await read_until(person, b"END"))

    assert left.result() == "left"
    rows = ["".join(text for text, _ in row).rstrip() for row in screen.rows()[:5]]
    assert rows[:3] == ["a", "b", "$ bakehouse shell 7f3"]
    assert "Left." in rows[3]
    assert rows[4] == "END"


async def test_a_lost_socket_comes_back(ends: tuple[int, int]) -> None:
    class Lost(FakeStream):
        async def read(self) -> bytes:
            raise Disconnected("gone")

    assert await relay(Lost(), Terminal(ends[1], ends[1])) == "lost"


async def test_the_engines_goodbye_is_the_end_of_the_socket(ends: tuple[int, int]) -> None:
    class Ending(FakeStream):
        async def read(self) -> bytes:
            if self.output.empty():
                raise Refused("The run has ended.")
            return await super().read()

    assert await relay(Ending(), Terminal(ends[1], ends[1])) == "lost"


async def test_a_shell_that_is_not_there_is_refused_with_its_reason(ends: tuple[int, int]) -> None:
    class Nothing(FakeStream):
        async def read(self) -> bytes:
            raise Refused("There is no shell 77.")

    with pytest.raises(Refused, match="There is no shell 77"):
        await relay(Nothing(), Terminal(ends[1], ends[1]))


async def test_a_new_size_is_passed_on(ends: tuple[int, int]) -> None:
    person, program = ends
    stream = FakeStream()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(relay(stream, Terminal(program, program)))
        await read_until(person, b"# ")
        fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 132, 0, 0))
        os.kill(os.getpid(), 28)
        async with asyncio.timeout(5):
            while not stream.sizes:
                await asyncio.sleep(0)
        os.write(person, b"\x1d")
    assert stream.sizes == [(50, 132)]


async def test_without_a_terminal_engine_the_terminal_is_lent_out(
    tmp_path: Path, ends: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    person, program = ends

    @contextmanager
    def suspend(_: DashboardApp) -> Iterator[None]:
        yield

    monkeypatch.setattr(DashboardApp, "suspend", suspend)
    monkeypatch.setitem(sys.modules, "avt", None)
    scene = paused(tmp_path)
    scene.session.answer = lambda sent: 77
    async with opened(scene, (120, 40)) as (app, pilot):
        app.terminal = lambda: Terminal(program, program)
        await pilot.press("!")
        await until(pilot, lambda: 77 in scene.session.streams)
        assert b"Shell in web.docker.debian. ctrl+] leaves." in await read_until(person, b"# ")
        os.write(person, b"id\x1d")
        await until(pilot, lambda: "You left the shell" in text(app)[39])
        stream = scene.session.streams[77]
        assert stream.typed == b"id" and stream.sizes == [(30, 100)] and stream.closed
        assert scene.session.sent[0].arguments == {"rows": 30, "columns": 100}


async def test_a_shell_that_is_refused_is_said(tmp_path: Path, ends: tuple[int, int]) -> None:
    scene = paused(tmp_path)
    scene.session.refusal = Refused("This machine has no shell: its communicator is none.")
    async with opened(scene, (120, 40)) as (app, pilot):
        app.terminal = lambda: Terminal(ends[1], ends[1])
        await pilot.press("!")
        await until(pilot, lambda: "This machine has no shell" in text(app)[39])


@pytest.mark.parametrize(("answer", "wide"), [(b"\x1b[7;2R", False), (b"x\x1b[7;3R", True), (b"", False)])
def test_a_terminal_that_draws_a_line_two_cells_wide_is_found_out(
    ends: tuple[int, int], answer: bytes, wide: bool
) -> None:
    person, program = ends
    os.write(person, answer)
    before = termios.tcgetattr(program)
    assert line_is_wide(program, program, 0.05 if not answer else 5) is wide
    assert termios.tcgetattr(program) == before


def test_what_is_no_terminal_is_not_asked(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb+") as file:
        assert not line_is_wide(file.fileno(), file.fileno())
        assert file.tell() == 0
