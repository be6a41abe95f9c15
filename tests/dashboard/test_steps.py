"""The step list: checkpoints and breakpoints in its gutter, commands of scripts, what failed unnoticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.dashboard.app import DashboardApp
from bakehouse.dashboard.pause import stops
from bakehouse.dashboard.widgets.step_rows import select, unnoticed
from bakehouse.record import events
from bakehouse.record.fold import fold
from support.dashboard import opened, text, until
from support.scenes import DOCKER, LXD, Scene, paused, running


def row(app: DashboardApp, name: str) -> str:
    return next((row[:36] for row in text(app) if name in row[:36]), "")


async def test_checkpoints_and_breakpoints_stand_in_the_gutter(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.saved(DOCKER, 3, 1)
    scene.saved(DOCKER, 6, 2)
    scene.stop_at(1, "before", 6, DOCKER, LXD)
    scene.stop_at(2, "after", 7, DOCKER)
    scene.stop_at(3, "before", 5, LXD)
    async with opened(scene, (120, 40)) as (app, pilot):
        assert row(app, "update-packages").startswith(" ◊ ✓  3 update-packages")
        assert row(app, "harden-ssh").startswith("◊b ◌  6 harden-ssh")
        assert row(app, "smoke-test").startswith(" B ◌  7 smoke-test")
        assert row(app, "copy-site").startswith("   ◌  5 copy-site")
        scene.session.tell(events.BreakpointCleared(1))
        scene.session.tell(events.CheckpointGone(1), DOCKER)
        await until(pilot, lambda: row(app, "harden-ssh").startswith(" ◊ ◌  6"))
        assert row(app, "update-packages").startswith("   ✓  3")


async def test_gutter_beside_the_cursor(tmp_path: Path) -> None:
    scene = running(tmp_path)
    scene.saved(DOCKER, 4, 1)
    scene.stop_at(1, "before", 4, DOCKER)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("shift+tab")
        assert row(app, "4 install-nginx").startswith("▌◊b◉  4 install-nginx")


async def test_the_paused_step_unfolds_its_commands(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.command(DOCKER, 4, 11, "apt-get update -q", seconds=4)
    scene.command(DOCKER, 4, 12, "apt-get install -y nginx-lite curl", "failed", 3)
    async with opened(scene, (120, 40)) as (app, _):
        rows = text(app)
        at = next(y for y, line in enumerate(rows) if "▮▮ 4 install-nginx" in line[:36])
        assert rows[at + 1][:36] == "     ✓ 11 apt-get update -q    0:04 "
        assert rows[at + 2][:36].startswith("     ✗ 12 apt-get install -y")
        assert "5 copy-site" in rows[at + 3]


async def test_many_commands_show_the_last_ones_and_the_failed_one(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.command(DOCKER, 4, 1, "false", "failed")
    for line in range(2, 40):
        scene.command(DOCKER, 4, line, f"true {line}")
    scene.command(DOCKER, 4, 40, "sleep 60", "")
    commands = [fold(scene.session.facts).spans[n] for n in range(scene.span - 39, scene.span + 1)]
    assert [span.line for span in select(commands)] == [1, 37, 38, 39, 40]
    async with opened(scene, (120, 40)) as (app, _):
        assert "37 more commands" in row(app, "more commands")
        assert row(app, "sleep 60").startswith("    ▮▮ 40 sleep 60")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_commands_push_no_step_away(tmp_path: Path, size: tuple[int, int]) -> None:
    scene = paused(tmp_path)
    for line in range(1, 30):
        scene.command(DOCKER, 4, line, f"true {line}")
    scene.command(DOCKER, 4, 30, "sleep 60", "")
    async with opened(scene, size) as (app, _):
        shown = [line[: 36 if size[0] >= 120 else 30] for line in text(app)]
        assert any("30 sleep 60" in line for line in shown)
        for name in ["5 copy-site"] if size[0] < 120 else ["1 Pull image", "5 copy-site", "9 manifest"]:
            assert any(name in line for line in shown), name


async def test_a_green_step_says_what_failed_in_it_unnoticed(tmp_path: Path) -> None:
    scene = running(tmp_path)
    step = scene.infos[DOCKER].steps[2].key
    scene.session.tell(events.FailureSwallowed(step, 14, "curl -f http://x", 22), DOCKER)
    async with opened(scene, (120, 40)) as (app, pilot):
        assert row(app, "unnoticed").strip() == "line 14 failed unnoticed"
        await pilot.press("g")
        header = "3 update-packages    1:10   211 lines   line 14 failed unnoticed"
        await until(pilot, lambda: any(header in line[37:] for line in text(app)))
        scene.session.tell(events.FailureSwallowed(step, 20, "grep x y", 1, "pipe"), DOCKER)
        await until(pilot, lambda: "2 unnoticed: 14, 20" in row(app, "unnoticed"))
    state = fold(scene.session.facts).builds[DOCKER].steps[step]
    assert unnoticed(state) == "2 failed unnoticed: line 14, 20"


async def test_a_step_of_an_earlier_run_says_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.start(DOCKER)
    step = scene.infos[DOCKER].steps[2].key
    scene.session.tell(events.StepCached(step, True), DOCKER)
    scene.begin(DOCKER, 4)
    async with opened(scene, (120, 40)) as (app, _):
        assert row(app, "update-packages").rstrip().endswith("update-packages     earlier")


def test_where_a_breakpoint_stands(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    scene.stop_at(1, "before", 4, DOCKER)
    scene.stop_at(2, "after", 4, DOCKER, LXD)
    scene.session.tell(events.BreakpointSet(3, "exit!=0", "exit", "command line"))
    state = fold(scene.session.facts)
    builds = list(state.builds.values())
    assert [stops.place(stop, builds) for stop in state.breakpoints.values()] == [
        "4 install-nginx in web.docker.debian", "4 install-nginx in 2 builds", "any step of any build",
    ]  # fmt: skip
    assert stops.called(state.breakpoints[1], builds) == "before:install-nginx"
    assert [stops.alone(stop) for stop in state.breakpoints.values()] == [True, False, False]


async def test_the_number_of_changed_files_is_known_before_anybody_asks(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    step = scene.infos[DOCKER].steps[2].key
    scene.saved(DOCKER, 3, 1)
    span = fold(scene.session.facts).builds[DOCKER].pause
    assert span is not None
    scene.session.tell(events.EvidenceCollected("4", "/e", [], 12, step), DOCKER, span.span)
    async with opened(scene, (120, 40)) as (app, _):
        assert "12 files changed since before 3" in "".join(text(app))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_the_line_of_a_stop_is_never_cut(tmp_path: Path, size: tuple[int, int]) -> None:
    scene = paused(tmp_path)
    step = scene.infos[DOCKER].steps[3]
    pause = events.BuildPaused(
        step.key, "breakpoint", until=scene.session.clock() + 14_397 * 10**9, place="line", line=117
    )
    scene.session.tell(pause, DOCKER, scene.span)
    async with opened(scene, size) as (app, _):
        assert any("paused in 4 install-nginx, line 117  " in line for line in text(app))
