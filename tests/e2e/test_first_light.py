"""The whole way, as a person goes it: a real engine, a real terminal, real machines.

The example has a broken script. Builds stop at it, the script is edited through the dashboard's own keys, the step is
retried, the builds finish, and the images are looked into.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from support.ctl import BAKEHOUSE, ctl, files_of, runs, wait_for_state
from support.tmux import Pane, terminal_environment

ROOT = Path(__file__).parent.parent.parent
BROKEN = "publish=scripts/publish-broken.sh"

pytestmark = [pytest.mark.needs("tmux"), pytest.mark.timeout(180)]


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A directory with the example in it, to be edited freely, and an editor that corrects its mistake."""
    shutil.copytree(ROOT / "examples/first-light", tmp_path / "first-light")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s#/tmp/sites/#/tmp/site/#" "$1"\n')
    editor.chmod(0o755)
    return tmp_path


def open_pane(panes: list[Pane], workplace: Path, *words: str, columns: int = 120, rows: int = 40) -> Pane:
    environment = terminal_environment(EDITOR=str(workplace / "editor"))
    pane = Pane([BAKEHOUSE, *words], cwd=workplace, environment=environment, columns=columns, rows=rows)
    panes.append(pane)
    return pane


def test_a_broken_script_is_repaired_in_the_dashboard(workplace: Path, panes: list[Pane]) -> None:
    pane = open_pane(panes, workplace, "build", "-var", BROKEN, "first-light")
    screen = pane.wait_for("2 need you", "first-light.rootfs.web paused at 5 publish", "What next?")
    assert "/tmp/sites/index.html: No such file or directory" in screen

    pane.keys("e")
    pane.wait_for("/tmp/sites/index.html", "+", "/tmp/site/index.html")
    pane.keys("r")
    pane.wait_for("1 needs you")
    pane.keys("}")
    pane.wait_for("files paused at 5 publish")
    pane.keys("r")
    pane.wait_for("Files have changed since this ran", "with the change")  # this build ran it as it was
    pane.keys("r")
    pane.wait_for("exit code 0")

    (run,) = runs(workplace)
    assert run["status"] == "finished"
    inside = files_of(workplace / "output/first-light/web.tar")
    assert b"First light 2026.11" in inside["srv/www/index.html"]
    assert not any(name.startswith("tmp/") for name in inside)


def test_a_repaired_image_is_not_tainted_and_a_skipped_step_taints(workplace: Path, panes: list[Pane]) -> None:
    pane = open_pane(panes, workplace, "build", "-var", BROKEN, "first-light")
    pane.wait_for("2 need you")
    run = str(runs(workplace)[0]["run"])
    script = workplace / "first-light/scripts/publish-broken.sh"
    script.write_text(script.read_text().replace("/tmp/sites/", "/tmp/site/"))
    refused = ctl(workplace, run, "web", "retry")
    assert (refused["accepted"], refused["code"]) == (False, "changed")
    assert ctl(workplace, run, "web", "edit-retry")["accepted"]
    pane.wait_for("1 needs you")
    assert ctl(workplace, run, "files", "skip")["accepted"]
    pane.wait_for("paused at 7 smoke test")
    assert ctl(workplace, run, "files", "skip")["accepted"]
    screen = pane.wait_for("exit code")
    assert "tainted" in screen
    tainted = [line for line in screen.splitlines() if "tainted" in line or "skipped" in line]
    assert any("files" in line for line in tainted)
    assert not any("rootfs.web" in line for line in tainted)


def test_the_run_outlives_its_dashboard(workplace: Path, panes: list[Pane]) -> None:
    first = open_pane(panes, workplace, "build", "-var", BROKEN, "first-light")
    first.wait_for("2 need you")
    os.kill(first.pid(), signal.SIGKILL)
    assert wait_for_state(workplace, "paused")

    second = open_pane(panes, workplace, "attach")
    second.wait_for("2 need you")
    third = open_pane(panes, workplace, "attach", columns=80, rows=24)
    second.wait_for("2 viewers")
    third.wait_for("2 wait for", "You are watching")
    second.keys("c")
    third.wait_for("paused at 7 smoke test")

    second.keys("C-q")
    second.wait_for("exit code 0")
    run = str(runs(workplace)[0]["run"])
    assert ctl(workplace, run, "stop")["accepted"]
    wait_for_state(workplace, "failed")
    third.keys("C-q")
    third.wait_for("exit code 1")


def test_leaving_gives_the_prompt_back_and_says_how_to_return(workplace: Path, panes: list[Pane]) -> None:
    pane = open_pane(panes, workplace, "build", "-var", BROKEN, "first-light")
    pane.wait_for("2 need you")
    pane.keys("C-q")
    pane.wait_for("Leave running")
    pane.keys("d")
    screen = pane.wait_for("exit code 75")
    assert "bakehouse attach" in screen
    assert wait_for_state(workplace, "paused")


def test_when_nobody_comes_the_hold_ends_and_the_machines_go(workplace: Path, panes: list[Pane]) -> None:
    pane = open_pane(panes, workplace, "build", "--exit", "--hold", "2s", "-var", BROKEN, "first-light")
    pane.wait_for("2 need you", "kept 0:0")
    pane.wait_for("exit code 1")
    assert wait_for_state(workplace, "failed")["left"] == []


def test_a_shell_in_the_machine_of_a_paused_build(workplace: Path, panes: list[Pane]) -> None:
    pane = open_pane(panes, workplace, "build", "-var", BROKEN, "first-light")
    pane.wait_for("2 need you")
    pane.keys("!")
    pane.wait_for("ctrl+] leaves", "/ #")
    pane.type("tty; stty size; mv /tmp/site /tmp/sites; cp -r /tmp/sites /tmp/site\n")
    pane.wait_for("/dev/pts/", "33 81", "81 x 33")
    pane.resize(100, 30)
    screen = pane.wait_for("─┘", absent="81 x 33")
    size = re.search(r"(\d+) x (\d+) ─┘", screen)
    assert size is not None
    pane.type("stty size\n")
    pane.wait_for(f"{size[2]} {size[1]}")
    pane.keys("C-]")
    pane.wait_for("2 need you", "What next?")
    pane.resize(120, 40)
    pane.keys("r")
    pane.wait_for("1 needs you")


@pytest.mark.parametrize(("columns", "rows"), [(200, 50), (120, 40), (80, 24), (60, 20)])
def test_a_pause_cannot_be_overlooked_at_any_size(workplace: Path, panes: list[Pane], columns: int, rows: int) -> None:
    pane = open_pane(panes, workplace, "build", "-var", BROKEN, "first-light", columns=columns, rows=rows)
    pane.wait_for("2 need you")
    screen = pane.wait_for("2 need you", "paused at 5 publish", "retry", "skip", "cancel")
    assert all(len(line) <= columns for line in screen.splitlines())
    pane.keys("?")
    pane.wait_for("esc")
    pane.keys("Escape")
    pane.wait_for("2 need you", "retry")


def test_a_window_that_is_too_small_says_what_it_needs(workplace: Path, panes: list[Pane]) -> None:
    pane = open_pane(panes, workplace, "build", "-var", BROKEN, "first-light")
    pane.wait_for("2 need you")
    pane.resize(32, 8)
    pane.wait_for("Bakehouse needs 40x10. This is", "32x8.")
    pane.resize(120, 40)
    pane.wait_for("2 need you", "What next?")
