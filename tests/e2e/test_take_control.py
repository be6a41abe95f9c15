"""Two terminals at one run: the second watches, asks for control, gets it, and answers the pause."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.tmux import Pane, terminal_environment

BAKEHOUSE = str(Path(sys.executable).with_name("bakehouse"))
TEMPLATE = """
source "rootfs" "x" {
  base   = "busybox"
  output = "out.tar"
}
build {
  sources = ["source.rootfs.x"]
  provisioner "shell" {
    name   = "fail"
    inline = ["echo here it stops", "exit 3"]
  }
}
"""

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.timeout(120)]


def terminal(panes: list[Pane], place: Path, *words: str) -> Pane:
    pane = Pane([BAKEHOUSE, *words], cwd=place, environment=terminal_environment())
    panes.append(pane)
    return pane


def test_control_is_asked_for_kept_and_given(panes: list[Pane], tmp_path: Path) -> None:
    (tmp_path / "x.pkr.hcl").write_text(TEMPLATE)
    first = terminal(panes, tmp_path, "build", "x.pkr.hcl")
    first.wait_for("1 needs you", "What next?")
    second = terminal(panes, tmp_path, "attach")
    screen = second.wait_for("watching", "You are watching", "take control", "Here")
    assert "1 waits for" in screen and "What next?" not in screen
    first.wait_for("2 viewers", "Here")
    second.type("s")
    second.wait_for("T asks to take control.")

    second.type("T")
    first.wait_for("asks for control: y gives it, n keeps it,")
    second.wait_for("You have asked")
    first.type("n")
    second.wait_for("keeps control.")
    first.wait_for("You keep control.", "What next?")

    second.type("T")
    first.wait_for("asks for control: y gives it")
    first.type("y")
    second.wait_for("You drive now;", "What next?", "1 needs you")
    first.wait_for("drives now; you watch.", "You are watching")

    second.type("s")
    second.wait_for("exit code 0", "tainted")
    first.wait_for("exit code 0", "tainted")


def test_who_drove_leaves_and_the_watcher_takes_over(panes: list[Pane], tmp_path: Path) -> None:
    (tmp_path / "x.pkr.hcl").write_text(TEMPLATE)
    first = terminal(panes, tmp_path, "build", "x.pkr.hcl")
    first.wait_for("What next?")
    second = terminal(panes, tmp_path, "attach")
    second.wait_for("You are watching")
    first.type(":")
    first.type("detach")
    first.keys("Enter")
    first.wait_for("exit code 75", "The run goes on")
    second.wait_for("Nobody drives.", "yours at once")
    second.type("T")
    second.wait_for("You drive now.", "What next?")
    second.type("A")
    second.wait_for("Cancel, clean up")
    second.type("C")
    second.wait_for("The run ended at")


def test_of_several_runs_one_is_chosen_on_a_screen(panes: list[Pane], tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.pkr.hcl").write_text(TEMPLATE.replace("out.tar", f"{name}.tar"))
        terminal(panes, tmp_path, "build", f"{name}.pkr.hcl").wait_for("What next?")
    chooser = terminal(panes, tmp_path, "attach")
    chooser.wait_for("Attach to which run?", "one.pkr.hcl", "two.pkr.hcl", "1 needs you")
    chooser.keys("Down", "Enter")
    chooser.wait_for("one.pkr.hcl", "You are watching")
    again = terminal(panes, tmp_path, "attach")
    again.wait_for("Attach to which run?")
    again.keys("Escape")
    again.wait_for("No run was chosen.", "exit code 1")
