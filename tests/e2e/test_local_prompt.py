"""A local step that asks something is answered from another terminal, and gets no terminal where nobody is at one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
        shell = Pane([*BAKEHOUSE, "shell", found[1], "null.asks"], cwd=tmp_path, environment=environment)
        try:
            shell.wait_for("Continue? [y/N]")
            shell.type("yes")
            shell.keys("Enter")
            shell.wait_for("the answer is yes.", "exit code 0")
        finally:
            shell.close()
        build.wait_for("exit code 0")
    finally:
        build.close()


def test_headless_it_has_none(tmp_path: Path) -> None:
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE)
    done = subprocess.run(
        [*BAKEHOUSE, "build", "t.pkr.hcl"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert "the answer is ." in done.stdout
    assert "waits for input" not in done.stdout
