"""`bakehouse gc` after an engine was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bakehouse.cli.left import left_by_earlier_runs
from bakehouse.cli.verbs import dispatch
from bakehouse.record.ledger import Ledger
from bakehouse.record.rundir import RunDirectory
from bakehouse.sdk import Resource
from bakehouse.session import mirror

TEMPLATE = """
source "null" "a" { communicator = "none" }
build {
  sources = ["null.a"]
  provisioner "shell-local" { inline = ["echo $$ > pid", "echo ready", "exec sleep 60"] }
}
"""


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def left_by_a_run(*names: str, kept: bool = False, over: bool = True) -> RunDirectory:
    """A run that has claimed files in the rootfs builder's name."""
    run = RunDirectory.create("t.pkr.hcl", ".")
    ledger = Ledger(run.ledger)
    for name in names:
        details = {"machine": run.run}
        ledger.note(Resource("builder:rootfs", "file", str(Path(name).absolute()), kept=kept, details=details))
    ledger.close()
    if over:
        run.close()
    return run


def test_one_thing_is_told_of_once_and_what_a_living_run_claims_is_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(3):
        left_by_a_run("mine", "shared")
    living = left_by_a_run("shared", over=False)
    Path("shared").write_text(living.run)

    assert dispatch(["gc", "--dry-run"]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    assert line.startswith(f"would remove file {tmp_path}/mine (run ")
    assert "left 1 thing behind" in left_by_earlier_runs()
    assert dispatch(["gc"]) == 0
    (line,) = capfd.readouterr().out.splitlines()
    assert line.startswith(f"removed file {tmp_path}/mine (run ")
    assert dispatch(["gc"]) == 0
    assert capfd.readouterr().out == "Nothing is left behind.\n"
    assert Path("shared").exists()
    living.close()


def test_what_is_kept_is_left_behind_on_purpose(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    left_by_a_run("one", "two", kept=True)

    assert dispatch(["gc"]) == 0

    assert capfd.readouterr().out.splitlines() == [
        "Nothing is left behind but what somebody chose to keep.",
        "2 kept things stay: bakehouse gc --kept removes that too.",
    ]


def test_copies_for_viewers_that_were_killed_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    viewer = """
import os, sys
from pathlib import Path
from bakehouse.session.mirror import Mirror
from bakehouse.session.protocol import Hello
mirror = Mirror(Hello(1, 1, "0", "", "7f3k", "/nowhere"), None)
print(mirror.path.parent, flush=True)
os.utime(mirror.path.parent, (0, 0))
print("ready", flush=True)
sys.stdin.read()
"""
    command = [sys.executable, "-c", viewer]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as process:
        assert process.stdout is not None
        copy = Path(process.stdout.readline().strip())
        assert process.stdout.readline() == "ready\n"
        assert dispatch(["gc"]) == 0
        assert copy.is_dir(), "its viewer is there"
        process.kill()
    assert copy.is_dir()
    mirror.sweep()
    assert not copy.exists()


def test_what_a_killed_engine_left_is_listed_then_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    Path("t.pkr.hcl").write_text(TEMPLATE)
    words = [sys.executable, "-m", "bakehouse", "build", "t.pkr.hcl"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        while b"ready" not in process.stdout.readline():
            pass
        assert dispatch(["gc"]) == 0, "a run that is alive is left alone"
        assert capfd.readouterr().out == "Nothing is left behind.\n"
        process.kill()
    child = int(Path("pid").read_text())
    (run,) = RunDirectory.list()
    assert (run.status, alive(child)) == ("lost", True)
    assert dispatch(["gc", "--dry-run"]) == 0
    assert f"(run {run.run}, lost)" in capfd.readouterr().out
    assert alive(child)
    assert dispatch(["gc"]) == 0
    assert capfd.readouterr().out.startswith("removed process ")
    assert not alive(child)
    assert dispatch(["gc"]) == 0
    assert capfd.readouterr().out == "Nothing is left behind.\n"
