"""A run directory: who lives, who is lost, and what is found by a few letters."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.errors import RecordError
from bakehouse.record import events
from bakehouse.record.rundir import RunDirectory, installation, runs_root


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path


def make() -> RunDirectory:
    return RunDirectory.create("app.pkr.hcl", "/tmp", version="1", executable="bakehouse")


def test_a_new_run_is_closed_to_others_and_says_what_it_is(state: Path) -> None:
    run = make()
    assert run.path.parent == runs_root() == state / "bakehouse" / "runs"
    assert run.path.stat().st_mode & 0o777 == runs_root().stat().st_mode & 0o777 == 0o700
    assert len(run.run) == 4
    run.update(socket="/tmp/there")
    info = RunDirectory.open(run.path).info
    assert (info.run, info.template, info.socket) == (run.run, "app.pkr.hcl", "/tmp/there")
    assert info.installation == installation() == installation()


def test_running_lost_and_finished() -> None:
    run = make()
    again = RunDirectory.open(run.path)
    assert (run.status, again.status) == ("running", "running")
    run.close()
    assert again.status == "lost"
    run.events.write_bytes(events.encode(events.event(events.RunFinished(0), seq=1, at=1)))
    assert again.status == "finished"
    run.events.write_bytes(run.events.read_bytes()[:-5])
    assert again.status == "lost"


def test_a_child_does_not_keep_a_run_alive() -> None:
    run = make()
    program = [sys.executable, "-c", "print(flush=True); input()"]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False) as child:
        assert child.stdout is not None
        child.stdout.readline()  # files are closed a moment after the parent of a vfork goes on
        run.close()
        assert not RunDirectory.open(run.path).alive
        child.communicate(b"\n")


def test_runs_are_found_by_the_first_letters_of_their_id() -> None:
    runs = [make() for _ in range(3)]
    for run in runs:
        assert RunDirectory.find(run.run).path == run.path
    assert [run.run for run in RunDirectory.list()] == [run.run for run in reversed(runs)]
    with pytest.raises(RecordError, match='no run "0"'):
        RunDirectory.find("0")
    with pytest.raises(RecordError, match='no run ""'):
        RunDirectory.find("")
    (runs_root() / "aaaa").mkdir()
    (runs_root() / "aaab").mkdir()
    for name in ("aaaa", "aaab"):
        (runs_root() / name / "run.json").write_bytes((runs[0].path / "run.json").read_bytes())
    with pytest.raises(RecordError, match="Several runs"):
        RunDirectory.find("aaa")


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="not the directory of a run"):
        RunDirectory.open(tmp_path)


def test_a_state_directory_that_cannot_be_made(state: Path) -> None:
    (state / "bakehouse").write_text("a file")
    with pytest.raises(RecordError, match="cannot be made"):
        make()


def test_a_relative_state_home_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "here")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert runs_root() == tmp_path / ".local/state/bakehouse/runs"


def test_a_run_that_never_began_can_be_taken_away() -> None:
    run = make()
    run.discard()
    assert not run.path.exists()
    begun = make()
    begun.events.write_bytes(b"{}\n")
    begun.discard()
    assert begun.path.exists()


def test_a_run_that_was_killed_while_it_was_made_is_swept_away() -> None:
    dead, young, made = (runs_root() / f".new-{name}" for name in ("dead", "young", "made"))
    for path in (dead, young, made):
        path.mkdir()
        (path / "lock").touch()
    for path in (dead, made):
        os.utime(path, (1, 1))
    with (made / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        RunDirectory.sweep()
    assert [path.exists() for path in (dead, young, made)] == [False, True, True]
