"""The script around a pause: what ran, never what the file says by now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bakehouse.dashboard.model import RunModel
from bakehouse.dashboard.pause.excerpt import Excerpts, says
from support.scenes import DOCKER, Scene, paused
from support.session import START

SCRIPT = "set -eux\napt-get update -q\napt-get install -y nginx-lite curl\nsystemctl enable nginx\n"


def model_of(scene: Scene) -> RunModel:
    model = RunModel(now=scene.session.clock)
    model.apply(scene.session.facts)
    return model


def failed_at_line_3(directory: Path) -> tuple[Scene, Path]:
    scene = paused(directory)
    scene.command(DOCKER, 4, 2, "apt-get update -q")
    scene.command(DOCKER, 4, 3, "apt-get install -y nginx-lite curl", "failed", 3)
    script = directory / "scripts" / "setup.sh"
    script.parent.mkdir()
    script.write_text(SCRIPT)
    os.utime(script, ns=(START, START))
    return scene, script


def lines(excerpts: Excerpts, model: RunModel) -> list[tuple[int, str]]:
    return [(line.number, line.text) for line in excerpts.around(model, model.state.builds[DOCKER], 3)]


ALONE = [(3, "apt-get install -y nginx-lite curl")]


def test_an_edit_does_not_change_what_is_said_to_have_run(tmp_path: Path) -> None:
    scene, script = failed_at_line_3(tmp_path)
    model, excerpts = model_of(scene), Excerpts()
    before = lines(excerpts, model)
    assert before[1:2] == ALONE and len(before) == 3
    script.write_text(SCRIPT.replace("enable", "start"))
    assert lines(excerpts, model) == before
    assert lines(Excerpts(), model) == ALONE  # who comes later cannot know the lines around it


@pytest.mark.parametrize("old, new", [("curl", "curl wget"), ("update -q", "update -qq")])
def test_a_file_that_is_not_what_ran_is_not_shown(tmp_path: Path, old: str, new: str) -> None:
    scene, script = failed_at_line_3(tmp_path)
    script.write_text(SCRIPT.replace(old, new))
    os.utime(script, ns=(START, START))
    assert lines(Excerpts(), model_of(scene)) == ALONE


@pytest.mark.parametrize(
    "line, command, same",
    [
        ("cp a b", "cp a b", True),
        ("  cp a b; rm c", "cp a b", True),
        ("cp a b > /dev/null 2>&1", "cp a b", True),
        ("if cp a b; then", "cp a b", True),
        ("cp a b \\", "cp a b ...", True),
        ("cp a b", "cp a b (deploy)", True),
        ("cp a bc", "cp a b", False),
        ("cp a b c", "cp a b", False),
        ("xcp a b", "cp a b", False),
        ("cp x b \\", "cp a b ...", False),
    ],
)
def test_a_line_has_the_whole_command_or_not(line: str, command: str, same: bool) -> None:
    assert says(line, command) is same
