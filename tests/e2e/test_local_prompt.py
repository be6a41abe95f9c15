"""A local step that asks something is answered from another terminal, and gets no terminal where nobody is at one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.record.events import WaitsForInput
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from support.tmux import Pane, terminal_environment

TEMPLATE = """
source "null" "asks" {
  communicator = "none"
}
build {
  sources = ["source.null.asks"]
  provisioner "shell-local" {
    inline = ["test -t 0 && printf 'Continue? [y/N] ' && read answer; echo \\"the answer is $answer.\\""]
  }
}
"""
BAKEHOUSE = [sys.executable, "-m", "bakehouse"]


@pytest.mark.needs("tmux")
def test_a_question_is_told_and_answered_from_another_terminal(tmp_path: Path) -> None:
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE)
    environment = terminal_environment()
    build = Pane([*BAKEHOUSE, "build", "t.pkr.hcl"], cwd=tmp_path, environment=environment)
    try:
        screen = build.wait_for("This step waits for input: Continue? [y/N]")
        found = re.search(r"run (\w+)", screen)
        assert found is not None
        shell = Pane([*BAKEHOUSE, "shell", found[1]], cwd=tmp_path, environment=environment)
        try:
            shell.wait_for("The terminal of step 1", "of null.asks. ctrl+] leaves it", "Continue? [y/N]")
            shell.type("yes")
            shell.keys("Enter")
            shell.wait_for("the answer is yes.", "exit code 0")
        finally:
            shell.close()
        build.wait_for("exit code 0")
    finally:
        build.close()


@pytest.mark.needs("tmux")
def test_a_question_is_answered_in_the_dashboard(tmp_path: Path) -> None:
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE)
    build = Pane([*BAKEHOUSE, "build", "t.pkr.hcl"], cwd=tmp_path, environment=terminal_environment())
    try:
        build.wait_for("! answers it.")
        build.keys("!")
        build.wait_for(" Shell step 1", "Continue? [y/N]", "All keys go to the shell")
        build.keys("C-]")
        build.wait_for("You left the step's terminal", absent="All keys go to the shell")
        build.keys("!")
        build.wait_for("All keys go to the shell")
        build.type("yes")
        build.keys("Enter")
        build.wait_for("exit code 0")
    finally:
        build.close()
    (run,) = RunDirectory.list()
    facts = read_events(run.path)
    questions = [fact.decode(WaitsForInput).question for fact in facts if fact.kind == "WaitsForInput"]
    assert questions == ["Continue? [y/N]", ""]
    assert "Tainted" not in {fact.kind for fact in facts}


def test_headless_it_has_none(tmp_path: Path) -> None:
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE)
    done = subprocess.run(
        [*BAKEHOUSE, "build", "t.pkr.hcl"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert "the answer is ." in done.stdout
    assert "waits for input" not in done.stdout
