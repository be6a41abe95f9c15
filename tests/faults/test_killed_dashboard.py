"""SIGKILL of an engine that a dashboard has started, and of the dashboard."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.record.rundir import RunDirectory, installation
from support.faults import COMMAND, bakehouse, eventually, only_run, processes, sane, settings_of, sockets, tree
from support.terminals import OnTerminal

TEMPLATE = """
source "null" "a" { communicator = "none" }
build {
  sources = ["null.a"]
  provisioner "shell-local" { inline = ["setsid sleep 31536401 & echo $PPID; echo begun", "sleep 31536401"] }
}
"""


@pytest.fixture
def terminal(workshop: Path) -> Iterator[OnTerminal]:
    """A dashboard whose build has come to its long sleep."""
    (workshop / "t.pkr.hcl").write_text(TEMPLATE)
    environment = settings_of({"TERM": "xterm-256color", "LINES": "24", "COLUMNS": "80"})
    made = OnTerminal([COMMAND, "build", "--ui", "tui", "t.pkr.hcl"], workshop, environment)
    try:
        made.read_until("begun")
        yield made
    finally:
        made.kill()
        for run in RunDirectory.list():
            for pid in processes(f"BAKEHOUSE_CLAIM={run.run}-", *([str(run.info.pid)] if run.alive else [])):
                os.kill(pid, signal.SIGKILL)
            if run.alive:
                os.kill(run.info.pid, signal.SIGKILL)


def test_the_engine(terminal: OnTerminal, workshop: Path) -> None:
    run = only_run()
    os.kill(run.info.pid, signal.SIGKILL)
    terminal.read_until("engine")
    eventually(lambda: run.status == "lost", "the run is lost")
    terminal.type("\x11")
    assert terminal.wait() == 1
    after = terminal.shown.rpartition("\x1b[?1049l")[2]
    assert run.run in after
    assert "went away" in after
    assert "bakehouse gc" in after
    listed = sane(bakehouse("gc", "--dry-run"))
    assert listed.count(f"(run {run.run}, lost)") == 1
    assert sane(bakehouse("gc")) == listed.replace("would remove", "removed")
    assert processes(f"BAKEHOUSE_CLAIM={run.run}-") == []
    assert sockets([run.run]) == []
    assert tree(workshop.parent / "tmp") == set()
    assert tree(workshop) == {str(workshop / "t.pkr.hcl")}
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
    assert installation() == run.info.installation


def test_the_dashboard_and_then_nothing_is_lost(terminal: OnTerminal) -> None:
    run = only_run()
    terminal.kill()
    assert run.status == "running"
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
    assert sane(bakehouse("ctl", run.run, "stop")) != ""
    eventually(lambda: run.status == "finished", "the run ends")
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
    assert sockets([run.run]) == []
