"""Marked lines are taken out wherever the output is cut, and the shell around a command says what it should."""

from __future__ import annotations

import asyncio
import os
import subprocess

import pytest

from bakehouse.clients.docker_marks import INTERACTIVE, KILL, RUN, Marks
from bakehouse.sdk import Stream

SHELLS = [["sh"], ["bash"], ["busybox", "sh"]]


class Heard:
    def __init__(self) -> None:
        self.text: dict[Stream, bytes] = {"stdout": b"", "stderr": b""}

    def __call__(self, stream: Stream, data: bytes) -> None:
        assert data
        self.text[stream] += data


def token(marks: Marks) -> bytes:
    return "".join(marks.halves).encode()


@pytest.mark.parametrize("size", [1, 2, 7, 33, 1000])
async def test_marks_are_found_however_the_output_is_cut(size: int) -> None:
    heard = Heard()
    marks = Marks(heard)
    name = token(marks)
    streams: dict[Stream, bytes] = {
        "stderr": name + b" 17\nerr" + name + b" 3\nlate err",
        "stdout": b"out\n" + name[:20] + b"\nno end" + name + b" 3\n",
    }
    for stream, text in streams.items():
        for at in range(0, len(text), size):
            marks(stream, text[at : at + size])
    assert heard.text == {"stdout": b"out\n" + name[:20] + b"\nno end", "stderr": b"errlate err"}
    assert marks.pid.result() == 17
    assert marks.status.result() == 3


async def test_the_status_waits_for_both_streams() -> None:
    marks = Marks(Heard())
    marks("stderr", token(marks) + b" 17\n" + token(marks) + b" 0\n")
    assert not marks.status.done()
    marks("stdout", b"last words" + token(marks) + b" 0\n")
    assert marks.status.result() == 0


async def test_what_looked_like_a_mark_is_passed_on_at_the_end() -> None:
    heard = Heard()
    marks = Marks(heard)
    marks("stdout", b"x" + token(marks)[:9])
    assert heard.text["stdout"] == b"x"
    marks.flush()
    assert heard.text["stdout"] == b"x" + token(marks)[:9]


async def test_a_listener_that_fails_does_not_hide_the_pid() -> None:
    def full(stream: Stream, data: bytes) -> None:
        raise OSError("full")

    marks = Marks(full)
    marks("stdout", b"x")
    marks("stderr", token(marks) + b" 17\ny")
    assert marks.pid.result() == 17
    assert isinstance(marks.status.exception(), OSError)


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
async def test_the_shell_around_a_command(shell: list[str]) -> None:
    heard = Heard()
    marks = Marks(heard)
    line = 'echo out; printf %s "$0" >&2; kill -9 $$'
    done = subprocess.run([*shell, "-c", RUN, line, *marks.halves], capture_output=True)
    marks("stdout", done.stdout)
    marks("stderr", done.stderr)
    assert done.returncode == marks.status.result() == 137
    assert heard.text == {"stdout": b"out\n", "stderr": b"/bin/sh"}


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
async def test_the_shell_that_ends_a_command_and_what_it_started(shell: list[str]) -> None:
    """Outside of a container: the session and the descendants go, a younger orphan is left to whom it belongs."""
    nap = f"sleep 3153{os.getpid()}"  # another's test on this host sleeps otherwise
    command = f"{nap}1 & setsid sh -c '{nap}2; :' & echo on; {nap}3"
    leader = subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, start_new_session=True)
    assert leader.stdout is not None
    with leader, leader.stdout:
        assert leader.stdout.readline() == b"on\n"
        done = subprocess.run([*shell, "-c", KILL, str(leader.pid)], capture_output=True, timeout=30)
        assert done.stdout == b"ended\n"
        assert leader.wait(10) == -9
    left = subprocess.run(["pgrep", "-f", nap], capture_output=True, text=True).stdout
    assert left == ""


async def test_the_shell_that_ends_a_command_that_has_ended() -> None:
    done = subprocess.run(["sh", "-c", KILL, "4194304"], capture_output=True, timeout=30)
    assert done.stdout == b"ended\n"


def test_the_interactive_shell_says_its_pid_and_is_the_shell() -> None:
    text = subprocess.run(["sh", "-c", INTERACTIVE, "ab", "cd"], input=b"echo $$; exit 6", capture_output=True)
    said, own = text.stdout.split(b"\n")[:2]
    assert said == b"abcd " + own
    assert text.returncode == 6


async def test_a_terminal_says_only_the_pid() -> None:
    heard = Heard()
    marks = Marks(heard, terminal=True)
    marks("stdout", token(marks) + b" 21\r\n$ ")
    assert marks.pid.result() == 21
    assert heard.text["stdout"] == b"$ "
    await asyncio.sleep(0)
    assert not marks.status.done()
