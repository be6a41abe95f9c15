"""A shell in a pane of the dashboard, as a person uses it: real machines, full-screen programs, sizes, Ctrl-C."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.docker import docker_image
from support.tmux import Pane, terminal_environment

__all__ = ["docker_image"]
BAKEHOUSE = str(Path(sys.executable).with_name("bakehouse"))
BUILD = """
build {
  sources = ["source.%s.x"]
  provisioner "shell" {
    name   = "fail"
    inline = ["echo here it stops", "exit 3"]
  }
}
"""
ROOTFS = 'source "rootfs" "x" {\n  base = "busybox"\n  output = "out.tar"\n}\n' + BUILD % "rootfs"

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.timeout(120)]


def bakehouse(place: Path, *words: str) -> str:
    return subprocess.run([BAKEHOUSE, *words], cwd=place, capture_output=True, text=True, check=False).stdout


def paused(panes: list[Pane], place: Path, template: str) -> Pane:
    """The dashboard, at the pause."""
    (place / "x.pkr.hcl").write_text(template)
    pane = Pane([BAKEHOUSE, "build", "x.pkr.hcl"], cwd=place, environment=terminal_environment())
    panes.append(pane)
    pane.wait_for("1 needs you", "What next?")
    return pane


def enter(pane: Pane) -> None:
    pane.type("!")
    pane.wait_for("ctrl+] leaves", "81 x 33", "All keys go to the shell.")
    pane.type("PS1='in: '; echo re''ady\n")
    pane.wait_for("ready", "in:")


def programs(pane: Pane, place: Path) -> None:
    """vi, less and top, each on a screen of its own that is gone afterwards; Ctrl-C; a size."""
    pane.type("vi /tmp/note\n")
    pane.wait_for("/tmp/note", absent="ready")
    pane.type("iwritten in vi")
    pane.wait_for("written in vi", "I /tmp/note")
    pane.keys("Escape")
    pane.wait_for("- /tmp/note")
    pane.type(":wq\n")
    pane.wait_for("ready", "in:")
    pane.type("clear; cat /tmp/note\n")
    pane.wait_for("written in vi", "in:", absent="ready")
    pane.type("seq 1 500 > /tmp/many; less /tmp/many\n")
    pane.wait_for("│32 ", absent="written in vi")
    pane.type("G")
    pane.wait_for("│500 ", absent="│32 ")
    pane.type("q")
    pane.wait_for("│in: ")
    pane.type("clear; top -d 1\n")
    pane.wait_for("PID", "COMMAND")
    pane.type("q")
    pane.wait_for("│in: ")
    pane.type("clear; echo slee''ping; sleep 600\n")
    pane.wait_for("sleeping", absent="PID")
    pane.keys("C-c")
    pane.type("echo inter''rupted $?\n")
    pane.wait_for("interrupted 130")
    pane.resize(140, 45)
    pane.wait_for("101 x 38")
    pane.type("stty size\n")
    pane.wait_for("38 101")
    pane.keys("C-q", "C-p", "C-u")
    pane.type("echo still ''here\n")
    pane.wait_for("still here", "All keys go to the shell.")


def leave_and_come_back(pane: Pane) -> None:
    """ctrl+] leaves it as it is; ! comes back to what it showed; exit ends it."""
    pane.type("clear; mark=kept\n")
    pane.keys("C-]")
    pane.wait_for("What next?", "You left the shell open")
    pane.type("!")
    pane.wait_for("All keys go to the shell.", "in:")
    pane.type("echo it is $mark\n")
    pane.wait_for("it is kept")
    pane.type("exit\n")
    pane.wait_for("What next?", "The shell ended")


def end(pane: Pane, place: Path) -> None:
    pane.type("A")
    pane.wait_for("Cancel, clean up")
    pane.type("C")
    pane.wait_for("The run ended at")
    pane.keys("C-q")
    pane.wait_for("exit code 1", "tainted")
    deadline = time.monotonic() + 10
    while True:
        (row,) = [json.loads(line) for line in bakehouse(place, "runs", "--json").splitlines()]
        if row["status"] == "failed":
            break
        assert time.monotonic() < deadline, row
    assert not row["left"]


def test_on_rootfs(panes: list[Pane], tmp_path: Path) -> None:
    pane = paused(panes, tmp_path, ROOTFS)
    enter(pane)
    programs(pane, tmp_path)
    leave_and_come_back(pane)
    end(pane, tmp_path)


@pytest.mark.needs("docker")
def test_in_docker(panes: list[Pane], tmp_path: Path, docker_image: str) -> None:
    source = f'source "docker" "x" {{\n  image = "{docker_image}"\n  pull = false\n  commit = true\n}}\n'
    pane = paused(panes, tmp_path, source + BUILD % "docker")
    enter(pane)
    programs(pane, tmp_path)
    leave_and_come_back(pane)
    end(pane, tmp_path)
