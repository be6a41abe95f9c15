"""`bakehouse gc` after an engine was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch
from bakehouse.record.rundir import RunDirectory

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
