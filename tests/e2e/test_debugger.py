"""A person's whole session with the debugger, on an embedded machine and in a real container at once.

The template fails twice: `install` because of a mistake in the script of the step before it, `license check` because
of the world. Breakpoint, look, edit, roll back and retry, skip, shell, leave, attach again, take control, finish; then
the images are looked into.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.ctl import BAKEHOUSE, bakehouse, files_of, runs
from support.docker import docker, docker_image
from support.tmux import Pane, terminal_environment

__all__ = ["docker_image"]

pytestmark = [pytest.mark.needs("tmux", "docker"), pytest.mark.timeout(240)]


@dataclass
class Session:
    """The terminals of one story, and where it happens."""

    place: Path
    image: str
    panes: list[Pane]

    def open(self, *words: str) -> Pane:
        environment = terminal_environment(EDITOR=str(self.place / "editor"))
        pane = Pane([BAKEHOUSE, *words], cwd=self.place, environment=environment, columns=120, rows=40)
        self.panes.append(pane)
        return pane

    @property
    def run(self) -> str:
        (run,) = runs(self.place)
        return str(run["run"])


@pytest.fixture
def session(tmp_path: Path, docker_image: str, panes: list[Pane]) -> Session:
    shutil.copytree(Path(__file__).parent / "debugger", tmp_path, dirs_exist_ok=True)
    editor = tmp_path / "editor"
    editor.write_text(f'#!/bin/sh\nsed -i "s/8080/9090/" {tmp_path}/scripts/configure.sh\n')
    editor.chmod(0o755)
    return Session(tmp_path, docker_image, panes)


def test_a_whole_session(session: Session) -> None:
    first = session.open("build", "-var", f"image={session.image}", "--break", "before:configure", "bake.pkr.hcl")
    stop_and_look(first)
    run_into_the_failure(first)
    edit_roll_back_and_retry(first)
    second = leave_and_attach(session, first)
    look_inside_by_shell(second)
    third = take_control(session, second)
    run = session.run
    skip_and_finish(third)
    second.wait_for("exit code 0")
    images(session, run)


def stop_and_look(pane: Pane) -> None:
    """The breakpoint holds both builds before a step that has not run."""
    pane.wait_for("2 need you", "paused before 4 configure", "before:configure", "4 has not run yet")
    pane.keys("d")
    pane.wait_for("Files", "layers", "+1", "of earlier steps too")
    pane.keys("Escape")
    pane.wait_for("What next?")


def run_into_the_failure(pane: Pane) -> None:
    """Going on, both fail at the next step; the commands of its script are told one by one."""
    pane.keys("c")
    pane.wait_for("box paused at 5 install", "config has no port 9090", "exited 3")
    pane.wait_for("3 echo half >>", "4 grep -q")
    pane.keys("}")
    pane.wait_for("paused before 4 configure")
    pane.keys("c")
    pane.wait_for("docker.box paused at 5 install", "2 need you")


def edit_roll_back_and_retry(pane: Pane) -> None:
    """The cause is a step earlier: the edit shows that, and a roll back builds what the files now say."""
    pane.keys("e")
    pane.wait_for("port=9090", "An earlier step has changed too", "roll back, retry")
    pane.keys("R")
    pane.wait_for("docker.box paused before 4 configure")  # the breakpoint stands still
    pane.keys("c")
    pane.wait_for("docker.box paused at 7 license check", "no license server")
    pane.keys("{")
    pane.wait_for("rootfs.box paused at 5 install")
    pane.keys("R")  # the other build has taken the edit already; what this one ran is what counts
    pane.wait_for("port=9090", "An earlier step has changed too", "roll back more")
    pane.keys("R")
    pane.wait_for("paused before 4 configure")
    pane.keys("c")
    pane.wait_for("rootfs.box paused at 7 license check", "2 need you")


def leave_and_attach(session: Session, first: Pane) -> Pane:
    """The terminal that started the run goes away; the run does not."""
    first.keys("C-q")
    first.wait_for("Leave running")
    first.keys("d")
    first.wait_for("exit code 75", f"bakehouse attach {session.run}")
    second = session.open("attach")
    second.wait_for("2 need you", "paused at 7 license check", "What next?")
    return second


def look_inside_by_shell(pane: Pane) -> None:
    """A real terminal in the machine, and back."""
    pane.wait_for("docker.box paused at 7")  # it waits longest
    pane.keys("!")
    pane.wait_for("Shell root in bake.docker.box", "#")
    pane.type("cat /srv/app/layers; tty")
    pane.keys("Enter")
    pane.wait_for("extras", "/dev/pts/")
    pane.keys("C-]")
    pane.wait_for("What next?", absent="All keys go to the shell")


def take_control(session: Session, driver: Pane) -> Pane:
    """A third terminal watches, asks, and is given the run."""
    third = session.open("attach", session.run)
    third.wait_for("watching", "take control")
    third.keys("s")
    third.wait_for("watching", "2 wait for")
    third.keys("T")
    driver.wait_for("asks for control")
    driver.keys("y")
    third.wait_for("What next?")
    driver.wait_for("watching")
    return third


def skip_and_finish(pane: Pane) -> None:
    """What cannot be repaired is left out, and that is written down."""
    pane.wait_for("docker.box paused at 7")
    pane.keys("s")
    pane.wait_for("1 needs you")
    pane.keys("{")
    pane.wait_for("rootfs.box paused at 7")
    pane.keys("s")
    screen = pane.wait_for("exit code 0", "2 done")
    assert "tainted" in screen


def images(session: Session, run: str) -> None:
    """What was built is what the repaired files say, no more, and says who touched it."""
    layers = ["base", "configured", "half", "installed", "extras"]
    inside = files_of(session.place / "box.tar")
    assert inside["srv/app/layers"].decode().split() == layers
    assert not [name for name in inside if name.startswith("tmp/")]
    name = f"bakehouse/{run}:002-box"
    shown = docker("run", "--rm", "--entrypoint", "/bin/cat", name, "/srv/app/layers", "/srv/app/config")
    assert shown.split() == [*layers, "port=9090"]
    assert json.loads(docker("image", "inspect", name))[0]["Config"]["Labels"] in (None, {})
    builds = json.loads((session.place / "manifest.json").read_text())["builds"]
    taints = [build["bakehouse"]["tainted"] for build in builds]
    assert all(
        (taint[-1]["what"], taint[-1]["step"].split(".")[-1][:13]) == ("skipped", "license check") for taint in taints
    )
    docker("rmi", "--force", name)
    assert "Nothing is left" in bakehouse(session.place, "gc", "--dry-run").stdout
