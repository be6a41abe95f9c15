"""A run that begins with a dashboard: its engine is a process of its own, and outlives whoever watches."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.cli.find import state_of
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import RunState
from support.terminals import PATIENCE, OnTerminal, bakehouse_on_terminal

TEMPLATE = """
source "null" "a" { communicator = "none" }
build {
  sources = ["null.a"]
  provisioner "shell-local" {
    inline = [
      "until [ $(nice) = 10 ]; do sleep 0.01; done",
      "echo lowered", "ps -o tty= -p $$", "umask", "pwd", "test -e fixed"
    ]
  }
}
"""


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE)
    yield tmp_path
    for run in RunDirectory.list():
        if run.alive:
            os.kill(run.info.pid, 9)


@pytest.fixture
def dashboard(workshop: Path) -> Iterator[OnTerminal]:
    old = os.umask(0o027)
    terminal = bakehouse_on_terminal("build", "t.pkr.hcl", cwd=workshop)
    os.umask(old)
    yield terminal
    terminal.kill()


def until(condition: object, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def paused_run() -> tuple[RunDirectory, RunState]:
    until(lambda: any(state_of(run).paused for run in RunDirectory.list()), "no run paused")
    (run,) = RunDirectory.list()
    return run, state_of(run)


def bakehouse(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bakehouse", *words]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_leaving_is_75_and_the_run_goes_on(workshop: Path, dashboard: OnTerminal) -> None:
    dashboard.read_until("needs you")
    run, state = paused_run()
    lines = run.log("001-a").read_text().splitlines()
    assert lines[1].split() == ["lowered"]
    assert lines[2].startswith("pts/"), "a terminal of the engine's own"
    assert lines[3:5] == ["0027", str(workshop)], "umask and directory as they were"
    assert state.hold == 4 * 3600
    dashboard.type("\x11")
    dashboard.read_until("Leave running")
    dashboard.type("d")
    assert dashboard.wait() == 75
    assert f"come back\x1b[0m     bakehouse attach {run.run}" in dashboard.shown.replace("     \x1b[0m", "\x1b[0m     ")
    assert run.alive
    (workshop / "fixed").touch()
    assert json.loads(bakehouse("ctl", run.run, "a", "retry").stdout)["accepted"]
    until(lambda: not run.alive, "the engine did not end with its run")
    assert state_of(run).exit_code == 0


def test_a_dashboard_that_is_killed_leaves_the_run_to_others(workshop: Path, dashboard: OnTerminal) -> None:
    dashboard.read_until("needs you")
    run, _ = paused_run()
    dashboard.kill()
    assert run.alive
    with subprocess.Popen([sys.executable, "-m", "bakehouse", "attach"], stdout=subprocess.PIPE, text=True) as attached:
        assert attached.stdout is not None
        while "lowered" not in attached.stdout.readline():
            pass
        assert bakehouse("ctl", run.run, "a", "cancel").returncode == 0
        assert "errored after" in attached.stdout.read()
    assert attached.returncode == 1
    assert (run.path / "engine.log").read_bytes() == b""


def test_the_terminal_going_away_leaves_the_run_alive(workshop: Path, dashboard: OnTerminal) -> None:
    dashboard.read_until("needs you")
    run, _ = paused_run()
    dashboard.hang_up()
    dashboard.process.wait(timeout=PATIENCE)
    assert run.alive
    assert bakehouse("ctl", run.run, "stop").returncode == 0
    until(lambda: not run.alive, "the engine did not end with its run")


def test_a_run_that_is_over_at_once_is_summed_up(workshop: Path) -> None:
    (workshop / "t.pkr.hcl").write_text('source "null" "a" { communicator = "none" }\nbuild { sources = ["null.a"] }\n')
    terminal = bakehouse_on_terminal("build", "t.pkr.hcl", cwd=workshop, NO_COLOR="1")
    assert terminal.wait() == 0
    assert "1 build: \u2713 1 done" in terminal.shown
    assert "Error" not in terminal.shown


def test_an_engine_that_is_killed_is_exit_code_1(workshop: Path, dashboard: OnTerminal) -> None:
    dashboard.read_until("needs you")
    run, _ = paused_run()
    os.kill(run.info.pid, 9)
    dashboard.read_until("is gone")
    dashboard.type("\x11")
    assert dashboard.wait() == 1
    assert "went away without a word" in dashboard.shown
    assert "The run goes on" not in dashboard.shown


def test_a_terminal_that_goes_unannounced_ends_its_viewer(workshop: Path) -> None:
    words = f"trap '' HUP; exec {sys.executable} -m bakehouse build t.pkr.hcl"
    terminal = OnTerminal(["sh", "-c", words], workshop, {**os.environ, "TERM": "xterm-256color"})
    try:
        terminal.read_until("needs you")
        terminal.hang_up()
        assert terminal.process.wait(PATIENCE) == 75
        assert paused_run()[0].alive
    finally:
        terminal.kill()
