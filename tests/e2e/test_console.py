"""The console as a person has it: keys in, screen out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.tmux import Pane, terminal_environment


@pytest.mark.needs("tmux")
def test_a_conversation(tmp_path: Path, panes: list[Pane]) -> None:
    (tmp_path / "a.pkr.hcl").write_text('variable "size" { default = 3 }\nlocals { broken = upper([]) }')
    environment = terminal_environment(XDG_STATE_HOME=str(tmp_path / "state"))
    pane = Pane([sys.executable, "-m", "bakehouse", "console", "a.pkr.hcl"], cwd=tmp_path, environment=environment)
    panes.append(pane)
    pane.wait_for("Ctrl-D ends.\nError: ", "a.pkr.hcl:2,25", "\n>")

    pane.type("[1,")
    pane.keys("Enter")
    pane.type("1 + 1]")
    pane.keys("Enter")
    pane.wait_for("> [1,\n  1 + 1]\n[\n  1,\n  2,\n]\n>")

    pane.type('uppr("x")')
    pane.keys("Enter")
    pane.wait_for('    1 | uppr("x")\n      | ^^^^', 'Did you mean "upper"?')

    pane.type("var.si")
    pane.keys("Tab")
    pane.wait_for("> var.size")
    pane.keys("Enter")
    pane.wait_for("> var.size\n3\n>")

    pane.type("half a line")
    pane.keys("C-c")
    pane.wait_for("> half a line\n>")
    pane.keys("Up")
    pane.wait_for("> half a line\n> var.size")
    pane.keys("C-c")
    pane.type("help")
    pane.keys("Enter")
    pane.wait_for("Tab completes names.\n>")
    pane.keys("C-d")
    pane.wait_for("exit code 0")
    history = tmp_path / "state" / "bakehouse" / "console-history"
    assert history.stat().st_mode & 0o777 == 0o600
    assert "+var.size\n" in history.read_text()
