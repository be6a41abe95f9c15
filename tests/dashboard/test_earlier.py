"""Edits that change what paused builds have behind them, as the dashboard tells of them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bakehouse.errors import Refused
from bakehouse.session.protocol import Changes, Earlier, FileChange
from support.dashboard import arguments, key_of, opened, text, until, whole
from support.scenes import DIFF, DOCKER, LXD, QEMU, Scene, paused, running


def at_the_same_error(tmp_path: Path) -> Scene:
    scene = Scene(tmp_path, builds=3)
    for second, key in enumerate((LXD, DOCKER, QEMU)):
        scene.at(10 * second)
        scene.start(key)
        span = scene.begin(key, 4)
        scene.session.complain(key, span, "E: Unable to locate package nginx-lite\n" if key != QEMU else "no space\n")
        scene.pause(key, span, 4)
    return scene


@pytest.mark.parametrize("possible", [True, False])
async def test_a_new_step_before_the_pause_is_said_to_be_run_first(tmp_path: Path, possible: bool) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 3, 1)
    key = "docker/provisioner:shell.renamed#1"  # no step of the plan in force
    told = Earlier(key, 3, "renamed", possible, change="new", checkpoint=1, at=3, until=5, new=["3 renamed"])
    scene.session.on_disk = Changes(0, [FileChange("app.pkr.hcl", DIFF)], earlier={DOCKER: told})
    scene.session.refusal = Refused("Changed", code="changed")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: "Step 3 renamed is new." in whole(app))
        assert "runs 3 renamed first; with the change" in whole(app)
        assert ("machine as before 3, run 3 to 5" in whole(app)) is possible
        if possible:
            await pilot.press("R")
            await until(pilot, lambda: len(scene.session.sent) == 2)
            assert arguments(scene)[1] == ("edit-retry", {"to": key})


async def test_a_removed_step_is_what_is_said_to_have_gone(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 3, 1)
    told = Earlier(
        key_of(scene, 4),
        3,
        "install-nginx",
        True,
        change="removed",
        gone="3 update-packages",
        checkpoint=1,
        at=3,
        until=3,
    )
    scene.session.on_disk = Changes(0, [FileChange("app.pkr.hcl", DIFF)], earlier={DOCKER: told}, revised=True)
    scene.session.refusal = Refused("Changed", code="changed")
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("r")
        await until(pilot, lambda: "Step 3 update-packages was taken out, but what it did" in whole(app))
        assert "ran as it was before" not in whole(app)
        assert "with the files that ran before" not in whole(app)  # another revision is in force


async def test_retry_all_runs_with_what_has_changed_and_says_so(tmp_path: Path) -> None:
    scene = at_the_same_error(tmp_path)
    told = Earlier(key_of(scene, 3), 3, "update-packages", True)
    scene.session.on_disk = Changes(0, [FileChange("scripts/setup.sh", DIFF)], earlier={DOCKER: told})
    async with opened(scene, (120, 40)) as (app, pilot):
        await until(pilot, lambda: "The same error in 2 builds" in text(app)[3])
        await pilot.press("a")
        await until(pilot, lambda: "Each runs with the change in scripts/setup.sh." in whole(app))
        assert "Step 3 update-packages has changed" in whole(app)
        await pilot.press("r")
        await until(pilot, lambda: len(scene.session.sent) == 2)
        assert [given for _, given in arguments(scene)] == [{"changed": True}] * 2


async def test_a_breakpoint_says_who_set_it_and_not_with_what(tmp_path: Path) -> None:
    scene = running(tmp_path)
    scene.stop_at(7, "before", 6, DOCKER)  # by ctl, or by a viewer: the record knows no difference
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press(":", *"breakpoints", "enter")
        await until(pilot, lambda: "Number 7, set by mara." in whole(app))


async def test_a_roll_back_names_the_steps_that_act_on_the_host_once_more(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 3, 1, "tmpfs /run")
    async with opened(scene, (120, 40)) as (app, pilot):
        step = app.model.state.builds[DOCKER].steps[key_of(scene, 3)]
        step.info = msgspec.structs.replace(step.info, on_host=True)
        await pilot.press("u")
        await until(pilot, lambda: "On the host nothing is rolled back: 3 update-packages will act" in whole(app))
