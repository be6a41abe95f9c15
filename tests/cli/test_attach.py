"""`bakehouse attach` to runs with a real engine: which one, by whom, and that whoever goes touches nothing."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bakehouse.cli.find import state_of
from bakehouse.record.rundir import RunDirectory
from support.ordinary import nobody
from support.terminals import PATIENCE, bakehouse_on_terminal

TEMPLATE = """
source "null" "a" { communicator = "none" }
build {
  sources = ["null.a"]
  provisioner "shell-local" { inline = ["echo one", "echo two", "test -e go"] }
}
"""
BAKEHOUSE = [sys.executable, "-m", "bakehouse"]


class Bench:
    """Runs in the background, each paused; their output in files."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = cwd
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *flags: str) -> RunDirectory:
        """A run that is paused by now."""
        command = [*BAKEHOUSE, "build", "--on-error=pause", "--hold=5m", *flags, "t.pkr.hcl"]
        before = {run.run for run in RunDirectory.list()}
        with (self.cwd / f"out{len(self.processes)}").open("wb") as out:
            self.processes.append(
                subprocess.Popen(command, cwd=self.cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            )
        until(lambda: any(run.run not in before and state_of(run).paused for run in RunDirectory.list()))
        return next(run for run in RunDirectory.list() if run.run not in before)

    def finish(self, run: RunDirectory) -> None:
        """Let it succeed."""
        (self.cwd / "go").touch()
        assert bakehouse("ctl", run.run, "a", "retry").returncode == 0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE)
    bench = Bench(tmp_path)
    yield bench
    for process in bench.processes:
        if process.poll() is None:
            process.terminate()
        process.wait(timeout=PATIENCE)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def bakehouse(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*BAKEHOUSE, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def test_of_several_runs_one_is_chosen(bench: Bench) -> None:
    first, second = bench.start(), bench.start()
    done = bakehouse("attach")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: 2 runs are alive; say which one:\n")
    assert f"  bakehouse attach {first.run}   t.pkr.hcl, since " in done.stderr
    assert ", 1 paused" in done.stderr

    terminal = bakehouse_on_terminal("attach", "--ui", "plain", cwd=bench.cwd)
    terminal.read_until("Which run? 1 to 2: ")
    assert f"1  {second.run}" in terminal.shown, "the newest first"
    terminal.type("7\r")
    terminal.read_until('"7" is none of them.')
    terminal.type(f"{first.run}\r")
    terminal.read_until("null.a: two")
    bench.finish(first)
    assert terminal.wait() == 0
    assert bench.processes[0].wait(timeout=PATIENCE) == 0
    assert bench.processes[1].poll() is None


def test_what_cannot_be_attached_to_is_said(bench: Bench) -> None:
    run = bench.start()
    bench.processes[0].kill()
    bench.processes[0].wait()
    lost = bakehouse("attach", run.run)
    assert lost.returncode == 1
    assert f"Run {run.run} is lost: its engine went away without a word." in lost.stderr
    assert f"bakehouse logs {run.run}" in lost.stderr
    assert "bakehouse gc" in lost.stderr
    assert 'There is no run "zzzz"' in bakehouse("attach", "zzzz").stderr
    assert "No run is alive" in bakehouse("attach").stderr


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGHUP, None])
def test_a_viewer_that_goes_leaves_the_run_as_it_is(bench: Bench, end: signal.Signals | None) -> None:
    run = bench.start()
    viewer = bakehouse_on_terminal("attach", cwd=bench.cwd)
    until(lambda: state_of(run).driver != 0)
    if end is None:
        viewer.hang_up()
    else:
        os.kill(viewer.pid, end)
    until(lambda: state_of(run).driver == 0)
    viewer.kill()
    assert state_of(run).paused
    bench.finish(run)
    assert bench.processes[0].wait(timeout=PATIENCE) == 0


@pytest.mark.parametrize("words", [("attach",), ("build", "t.pkr.hcl")])
def test_sigterm_is_leaving_with_the_terminal_as_it_was(bench: Bench, words: tuple[str, ...]) -> None:
    if words == ("attach",):
        bench.start()
    viewer = bakehouse_on_terminal(*words, cwd=bench.cwd)
    until(lambda: any(state_of(run).paused and state_of(run).driver for run in RunDirectory.list()))
    (run,) = RunDirectory.list()
    viewer.read_until("\x1b[?1049h")

    os.kill(viewer.process.pid, signal.SIGTERM)

    assert viewer.wait() == (0 if words == ("attach",) else 75)
    screen, closed, after = viewer.shown.rpartition("\x1b[?1049l")
    assert closed, "the terminal is on its usual screen again"
    assert screen.rfind("\x1b[?1000l") > screen.rfind("\x1b[?1000h"), "the mouse is the terminal's again"
    assert f"come back     bakehouse attach {run.run}" in re.sub(r"\x1b\[\d*m", "", after)
    assert state_of(run).paused
    bench.finish(run)
    until(lambda: not run.alive)


def test_a_killed_engine_is_said_to_be_lost(bench: Bench) -> None:
    run = bench.start()
    viewers = [
        subprocess.Popen([*BAKEHOUSE, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for words in (("attach", "--ui", "plain"), ("attach", "--json"), ("logs", run.run, "-f"))
    ]
    for viewer in viewers:
        assert viewer.stdout is not None
        while "two" not in viewer.stdout.readline():
            pass
    bench.processes[0].kill()
    for viewer in viewers:
        _, said = viewer.communicate(timeout=PATIENCE)
        assert viewer.returncode == 1, viewer.args
        assert f"Error: Run {run.run} is lost: its engine went away without a word." in said, viewer.args
        assert "bakehouse gc" in said


def test_an_engine_that_is_stopped_is_said(bench: Bench) -> None:
    run = bench.start()
    slow = (
        "from bakehouse.cli import listening; from bakehouse.session import line; from bakehouse.__main__ import main"
    )
    code = f"{slow}; listening.LOOK = line.GREETING = 0.3; raise SystemExit(main())"
    viewer = subprocess.Popen(
        [sys.executable, "-c", code, "attach", "--ui", "plain"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert viewer.stdout is not None and viewer.stderr is not None
    while "two" not in viewer.stdout.readline():
        pass
    bench.processes[0].send_signal(signal.SIGSTOP)
    try:
        assert viewer.stderr.readline() == "The engine does not answer: it may be stopped. Waiting for it.\n"
    finally:
        bench.processes[0].send_signal(signal.SIGCONT)
    assert viewer.stderr.readline() == "The engine answers again.\n"
    bench.finish(run)
    assert viewer.wait(timeout=PATIENCE) == 0
    viewer.stdout.close()
    viewer.stderr.close()


def test_sigterm_chooses_no_run(bench: Bench) -> None:
    runs = bench.start(), bench.start()
    viewer = bakehouse_on_terminal("attach", cwd=bench.cwd)
    viewer.read_until(runs[0].run)
    os.kill(viewer.process.pid, signal.SIGTERM)
    assert viewer.wait() == 1
    assert "Error: No run was chosen." in viewer.shown.rpartition("\x1b[?1049l")[2]


def test_sigterm_ends_plain_attach_quietly(bench: Bench) -> None:
    run = bench.start()
    viewer = bakehouse_on_terminal("attach", "--ui", "plain", cwd=bench.cwd)
    viewer.read_until("null.a: two")
    os.kill(viewer.pid, signal.SIGTERM)
    assert viewer.wait() == 0
    assert "Traceback" not in viewer.shown
    bench.finish(run)


def test_the_launching_terminal_goes_and_another_takes_over(bench: Bench) -> None:
    launched = bakehouse_on_terminal("build", "t.pkr.hcl", cwd=bench.cwd)
    until(lambda: any(state_of(run).paused for run in RunDirectory.list()))
    (run,) = RunDirectory.list()
    until(lambda: state_of(run).driver == 1)
    watcher = bakehouse_on_terminal("attach", cwd=bench.cwd)
    watcher.read_until("watching")
    launched.hang_up()
    launched.process.wait(timeout=PATIENCE)
    until(lambda: state_of(run).driver == 0)
    watcher.type("T")
    until(lambda: state_of(run).driver == 2)
    bench.finish(run)
    assert watcher.wait() == 0
    assert state_of(run).exit_code == 0


@pytest.mark.needs("root", "ordinary-user")
def test_a_colleague_attaches_to_a_shared_run_and_nobody_else(bench: Bench) -> None:
    private, run = bench.start(), bench.start("--share", "nogroup")
    with nobody() as colleague:
        watching = subprocess.Popen(
            [*colleague.prefix, "-m", "bakehouse", "attach", run.run[:3], "--ui", "plain"],
            cwd=colleague.home / "work",
            env=colleague.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        until(lambda: "nobody is attached and watches." in run.events.read_text())
        assert f"Shared with you:\n  bakehouse attach {run.run}   a run of root\n" in colleague.call("runs").stdout
        refused = colleague.call("attach", private.run)
        assert f'There is no run "{private.run}"' in refused.stderr
        bench.finish(run)
        shown, _ = watching.communicate(timeout=PATIENCE)
        assert watching.returncode == 0
        assert "null.a: one" in shown
        assert "null.a: two" in shown
        assert not list((colleague.home / "tmp").iterdir()), "the copy of the record is gone"
    assert bench.processes[1].wait(timeout=PATIENCE) == 0


@pytest.mark.needs("root", "ordinary-user")
def test_a_colleague_who_may_drive_reads_the_log_and_gives_commands(bench: Bench) -> None:
    run, watched = bench.start("--share", "nogroup", "--share-drive"), bench.start("--share", "nogroup")
    with nobody() as colleague:
        assert "null.a: two\n" in colleague.call("logs", run.run[:3]).stdout
        step = colleague.call("logs", run.run, "a", "--step", "1")
        assert step.stdout.splitlines()[1:3] == ["one", "two"], step
        unknown = colleague.call("ctl", run.run, "b", "retry")
        assert 'has no build "b". It has:\n  001-a   null.a' in unknown.stderr, unknown
        replayed = colleague.call("replay", run.run)
        assert f"Run {run.run} is a run of root: it is watched with bakehouse attach" in replayed.stderr
        refused = json.loads(colleague.call("ctl", watched.run, "a", "retry").stdout)
        assert (refused["code"], "let in to watch" in refused["reason"]) == ("role", True)
        (bench.cwd / "go").touch()
        given = colleague.call("ctl", run.run, "a", "retry")
        assert json.loads(given.stdout)["accepted"], given
        assert bench.processes[0].wait(timeout=PATIENCE) == 0
        assert not list((colleague.home / "tmp").iterdir()), "no copy of the record is left"


def test_sharing_that_cannot_be_is_said_before_anything_runs(bench: Bench) -> None:
    for words, said in (
        (("--share", "devz"), 'There is no group "devz"'),
        (("--share-drive",), "it needs -share=GROUP"),
    ):
        done = subprocess.run([*BAKEHOUSE, "build", *words, "t.pkr.hcl"], cwd=bench.cwd, capture_output=True, text=True)
        assert done.returncode == 1
        assert said in done.stderr
    assert not RunDirectory.list()


def test_json_for_programs(bench: Bench) -> None:
    run = bench.start()
    with subprocess.Popen([*BAKEHOUSE, "attach", "--json"], stdout=subprocess.PIPE, text=True) as viewer:
        assert viewer.stdout is not None
        assert isinstance(json.loads(viewer.stdout.readline()), dict)
        bench.finish(run)
        rest = [json.loads(line) for line in viewer.stdout]
    assert viewer.returncode == 0
    assert "RunFinished" in {line.get("kind") or line.get("event") for line in rest}
    assert state_of(run).driver == 0, "it never drove"


@pytest.mark.needs("root", "ordinary-user")
def test_root_is_let_in_and_that_is_recorded(bench: Bench) -> None:
    with nobody() as owner:
        (owner.home / "work" / "t.pkr.hcl").write_text(TEMPLATE)
        command = [*owner.prefix, "-m", "bakehouse", "build", "--on-error=pause", "--hold=5m", "t.pkr.hcl"]
        process = subprocess.Popen(
            command, cwd=owner.home / "work", env=owner.environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            runs = owner.home / "state" / "bakehouse" / "runs"
            until(lambda: any("BuildPaused" in path.read_text() for path in runs.glob("*/events.jsonl")))
            (events,) = runs.glob("*/events.jsonl")
            viewer = subprocess.Popen(
                [*BAKEHOUSE, "attach", events.parent.name, "--ui", "plain"], stdout=subprocess.PIPE
            )
            until(lambda: '"text":"root is attached."' in events.read_text())
            viewer.kill()
            viewer.communicate()
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)
