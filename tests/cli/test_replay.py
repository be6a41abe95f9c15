"""`bakehouse replay` as a whole process: plain lines with their times, and the dashboard in a terminal."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.past import past
from support.scenes import DOCKER
from support.tmux import Pane, terminal_environment


async def bakehouse(*words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bakehouse", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_in_a_pipe_it_prints_every_line_with_its_time() -> None:
    past()
    code, out, err = await bakehouse("replay", "7f3")
    assert code == 0
    lines = out.splitlines()
    assert all(line.startswith("2026-05-28T") for line in lines if line)
    assert any(line.endswith("    web.docker.debian: E: Unable to locate package nginx-lite") for line in lines)
    assert any("==> web.docker.debian: paused at 4 install-nginx" in line for line in lines)
    assert sum("of Pull image" in line for line in lines) > 20
    assert err == "The record ends here: the engine of this run went away without a word.\n"


async def test_damage_is_said_beside_what_can_be_read() -> None:
    run = past()
    run.events.write_bytes(run.events.read_bytes().replace(b"\n", b"\nx\n", 1)[:-3])
    code, out, err = await bakehouse("replay", "7f3")
    assert code == 0 and "Unable to locate" in out
    assert "Warning: events.jsonl line 2 is no event.\n" in err and "ends in the middle of line" in err
    assert "Traceback" not in err


async def test_a_log_without_its_index_is_named() -> None:
    run = past()
    (run.path / "logs" / f"{DOCKER}.idx").unlink()
    code, out, err = await bakehouse("replay", "7f3")
    assert code == 0 and "Unable to locate" not in out
    assert f"Warning: logs/{DOCKER}.idx is missing" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("zzz",), 'Error: There is no run "zzz".'),
        ((), "replay takes one run"),
        (("7f3", "--speed", "5x"), "-speed is one of 1x, 10x, 60x, max"),
        (("7f3", "--at", "50%"), "-at is for the dashboard"),
        (("7f3", "--ui", "tui"), "The dashboard cannot open: standard input is no terminal"),
    ],
)
async def test_bad_words_are_refused(words: tuple[str, ...], message: str) -> None:
    past()
    code, out, err = await bakehouse("replay", *words)
    assert (code, out) == (1, "") and message in err


async def test_nothing_to_read_is_an_error() -> None:
    past().events.write_bytes(b"")
    code, out, err = await bakehouse("replay", "7f3")
    assert (code, out) == (1, "") and "has no events that can be read" in err


@pytest.fixture
def pane(tmp_path: Path) -> Iterator[Pane]:
    past()
    command = [sys.executable, "-m", "bakehouse", "replay", "7f3", "--at", "1:58"]
    shown = Pane(command, cwd=tmp_path, environment=terminal_environment(XDG_STATE_HOME=os.environ["XDG_STATE_HOME"]))
    yield shown
    shown.close()


@pytest.mark.needs("tmux")
def test_in_a_terminal_it_is_the_dashboard(pane: Pane) -> None:
    pane.wait_for("paused at 4 install-nginx", " replay", "of 2:37", "Unable to locate package nginx-lite")
    pane.keys("Space")
    pane.wait_for("stands")
    pane.type("2")
    pane.wait_for("0:31 of 2:37", absent="paused at 4")
    pane.keys("C-q")
    pane.wait_for("exit code 0")
