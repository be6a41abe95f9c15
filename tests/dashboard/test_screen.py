"""The screen at its sizes, and what keys do to what is shown, over a scripted session."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.record import events
from support.dashboard import opened, text, until, whole
from support.scenes import DOCKER, LXD, PODMAN, Scene, first_run, paused, running


async def test_running_screen_shows_builds_steps_and_log(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, _):
        rows = text(app)
        assert "web.pkr.hcl  run 7f3  5 builds  ◉ 3  ✓ 1  ◌ 1" in rows[0]
        assert "2:31 elapsed   1 viewer" in rows[0]
        assert rows[4].startswith("▌◉  web.docker.debian          2:31")
        assert rows[16].startswith(" ◌  web.podman.debian") and "waits for a slot" in rows[17]
        assert rows[19].startswith(" Steps            web.docker.debian")
        assert "4 install-nginx   0:41   following" in rows[2]
        assert rows[5][37:].startswith("     ▾ ◉  4 install-nginx      0:41   342 lines")
        assert "╎debconf: delaying" in whole(app)
        assert rows[38].rstrip(" ┃").endswith("test is successful")
        assert rows[25][37:].rstrip().endswith("› │")


async def test_no_history_no_bar_and_no_estimate(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, _):
        assert not set("╌~") & set(whole(app))


async def test_first_run_says_that_nothing_is_printed_yet(tmp_path: Path) -> None:
    async with opened(first_run(tmp_path), (120, 40)) as (app, _):
        assert "Nothing printed yet. Pull image has run for 0:04." in whole(app)
        assert "1/9  Pull image" in whole(app)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 50)])
async def test_pause_is_seen_at_every_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with opened(paused(tmp_path), size) as (app, _):
        shown = whole(app)
        assert "▮▮ 1 needs you" in shown
        assert "▮▮ web.docker.debian paused at 4 install-nginx" in shown
        assert "kept 12:50 more" in shown
        assert "E: Unable to locate package nginx-lite" in shown
        assert "setup.sh exited 100 after 0:07, attempt 1." in shown
        assert "What next?" in shown and "edit+retry" in shown


async def test_pause_on_a_small_screen_is_its_first_tab(tmp_path: Path) -> None:
    async with opened(paused(tmp_path), (60, 20)) as (app, pilot):
        rows = text(app)
        assert rows[2].startswith(" Pause   Builds   Steps   Log")
        assert rows[4].startswith(" ▮▮ docker paused at 4 install-nginx")
        assert rows[13].startswith(" c  continue   as it is ⚑")
        await pilot.press("tab", "tab", "tab")
        assert "E: Unable to locate" in text(app)[18]


async def test_pause_at_the_smallest_size_still_has_its_verbs(tmp_path: Path) -> None:
    async with opened(paused(tmp_path), (40, 10)) as (app, _):
        shown = whole(app)
        assert "▮▮ 1 needs you" in shown and "paused" in shown and "E: Unable to locate" in shown
        assert all(name in shown for name in ("continue", "retry", "edit+retry", "roll back", "shell", "cancel"))


async def test_too_small(tmp_path: Path) -> None:
    async with opened(paused(tmp_path), (32, 8)) as (app, pilot):
        assert " ".join(" ".join(text(app)).split()) == "Bakehouse needs 40x10. This is 32x8."
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "What next?" in whole(app))


async def test_what_does_not_exist_yet_is_absent(tmp_path: Path) -> None:
    async with opened(paused(tmp_path), (120, 40)) as (app, _):
        assert not any(word in whole(app) for word in ("Console", "search"))


async def test_ascii_without_colour_has_the_same_layout(tmp_path: Path) -> None:
    async with opened(paused(tmp_path / "a"), (120, 40)) as (app, _):
        fine = text(app)
    async with opened(paused(tmp_path / "b"), (120, 40), palette="mono", ascii=True) as (app, _):
        plain = text(app)
    assert all(row.isascii() for row in plain)
    for fine_row, plain_row in zip(fine, plain, strict=True):
        words = [(i, c) for i, c in enumerate(fine_row) if c.isalnum()]
        assert [(i, plain_row[i]) for i, _ in words] == words


async def test_split_at_200_shows_four_logs(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (200, 50)) as (app, pilot):
        titles = [pane.build.name for pane in app.main.shown_panes if pane.build is not None]
        assert titles == ["web.docker.debian", "web.lxd.debian", "web.qemu.debian", "base.rootfs.busybox"]
        await pilot.press("tab")
        assert app.model.selected == LXD
        assert "web.lxd.debian" in text(app)[19]


async def test_split_and_zoom_at_120(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("|")
        await until(pilot, lambda: len(app.main.shown_panes) == 2)
        assert "web.docker.debian › ◉ 4 install-nginx" in whole(app)
        await pilot.press("z")
        await until(pilot, lambda: app.main.current.size.width == 120)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.main.shown_panes) == 2)


async def test_tab_goes_round_the_panels_and_letters_belong_to_the_focused_one(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        assert app.main.panel == "Log"
        await pilot.press("tab")
        assert app.main.panel == "Builds"
        await pilot.press("j")
        assert app.model.selected == LXD
        assert app.main.current.key == LXD
        await pilot.press("enter")
        assert app.main.panel == "Steps"
        await pilot.press("w")
        assert not app.main.current.wrap


async def test_braces_choose_the_build_from_anywhere(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("{")
        assert app.model.selected == PODMAN
        assert "waits for a slot" in text(app)[4]
        await pilot.press("}")
        assert app.model.selected == DOCKER
        assert app.main.panel == "Log"


async def test_scrolling_up_ends_following_and_counts_what_is_new(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("k")
        before = text(app)[10:20]
        for _ in range(214):
            scene.session.print(DOCKER, 4, "more\n")
        await until(pilot, lambda: "▾ 214 new" in text(app)[2])
        assert text(app)[10:20] == before
        await pilot.press("G")
        await until(pilot, lambda: "following" in text(app)[2])
        assert "more" in text(app)[38]


async def test_scrolling_down_to_the_end_follows_again(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("pageup", "pageup")
        assert not app.main.current.follow
        await pilot.press("pagedown", "pagedown", "pagedown")
        assert app.main.current.follow


async def test_first_line_and_header_of_the_step_in_view(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("g")
        assert "▸ ✓  1 Pull image" in text(app)[4]
        await pilot.press("G", "k", "k")
        assert "▾ ◉  4 install-nginx" in text(app)[4]


async def test_time_modes_in_turn(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        assert text(app)[38][37:].startswith("  0:41 nginx")
        await pilot.press("t")
        assert text(app)[38][37:].startswith(" +0.0 nginx") or "+0.0 nginx" in text(app)[38]
        await pilot.press("t")
        assert text(app)[38][37:].startswith("  nginx: configuration")
        await pilot.press("t")
        assert "." in text(app)[38][37:51]


async def test_times_of_a_retry_count_from_its_own_start_also_when_its_lines_come_first(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        scene.at(300)
        scene.session.tell(events.BuildResumed("retry"), DOCKER)
        scene.session.print(DOCKER, scene.span + 1, "the first\n")
        await until(pilot, lambda: "the first" in whole(app))
        span = scene.begin(DOCKER, 4, attempt=2)
        scene.at(301)
        scene.session.print(DOCKER, span, "the second\n")
        await until(pilot, lambda: "  0:01 the second" in whole(app))
        assert "  0:00 the first" in whole(app)


async def test_wrap_shows_the_whole_line_and_l_moves_along(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("l", "l")
        assert "configuration file" not in text(app)[38] and "test is successful" in text(app)[38]
        await pilot.press("w")
        assert "+deb12u3 [112 kB]" in whole(app).replace("\n", "") or "deb12u3 [112 kB]" in whole(app)
        assert "›" not in whole(app)[200:]


async def test_an_open_line_is_shown(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        scene.session.print(DOCKER, 4, "Password: ")
        await until(pilot, lambda: "Password:" in text(app)[38])


async def test_a_line_that_would_clear_the_screen_does_not(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        scene.session.print(DOCKER, 4, b"before\x1b[2J\x1b[Hafter\n")
        await until(pilot, lambda: "beforeafter" in text(app)[38])
        strips = app.main.current.render_lines(app.main.current.size.region)
        assert not any("\x1b" in segment.text for strip in strips for segment in strip)


async def test_fold_and_open_step(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("shift+tab", "g", "enter")
        assert app.main.panel == "Steps"
        assert "▾ ✓  1 Pull image" in text(app)[4]
        assert "line 1 of Pull image" in text(app)[5]
        await pilot.press("G", "enter")
        assert "Runs after 8 Commit image." in whole(app)
        await pilot.press("escape")
        assert "Runs after" not in whole(app)


async def test_another_builds_pause_changes_its_row_and_the_badge_and_nothing_else(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        before = text(app)
        span = max(app.model.span_order[LXD])
        scene.pause(LXD, span, 5)
        await until(pilot, lambda: "1 needs you" in text(app)[0])
        after = text(app)
        changed = [y for y, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        assert changed == [0, 7, 8]
        assert app.main.panel == "Log" and app.model.selected == DOCKER


async def test_the_selected_builds_pause_keeps_the_focus_where_it_is(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        scene.pause(DOCKER, 4, 4)
        await until(pilot, lambda: "paused at 4 install-nginx" in text(app)[2])
        assert app.main.panel == "Log"
        assert "apt-utils is not installed" in whole(app)
        assert text(app)[12].startswith(" Steps")


async def test_many_builds_scroll_and_the_strip_counts_the_rest(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    infos = [
        events.BuildInfo(f"{n:03}-b{n}", f"web.source{n}.debian", "null", scene.infos[DOCKER].steps)
        for n in range(1, 41)
    ]
    scene.session.tell(events.PlanRevised(2, infos))
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("{")
        assert "web.source40.debian" in whole(app)
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "source40" in text(app)[2])
        assert "+41" in text(app)[2]


async def test_another_theme_at_once(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press(":", *"theme", "enter")
        await until(pilot, lambda: app.look.base.name == "bakehouse-light")
        strip = app.main.header.render_lines(app.main.header.size.region)[0]
        assert next(iter(strip)).style.bgcolor.name == "#ece5da"


async def test_two_viewers(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        viewers = [events.Viewer(1, "mara", "driver"), events.Viewer(2, "ci", "driver")]
        scene.session.live(events.Presence(viewers))
        await until(pilot, lambda: "2 viewers" in text(app)[0])


async def test_unknown_kinds_and_builds_are_passed_over(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        scene.session.live(events.Progress(1, 2), "nobody")
        scene.session.tell(events.Tainted("skipped 4"), "nobody")
        scene.session.tell(events.BuildStarted(), PODMAN)
        await until(pilot, lambda: "◉ 4" in text(app)[0])


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100, 120])
async def test_what_does_not_fit_the_header_leaves_and_the_badge_never_does(tmp_path: Path, width: int) -> None:
    async with opened(paused(tmp_path), (width, 24)) as (app, _):
        row = text(app)[0]
        assert "▮▮ 1 needs you" in row
        assert row.rstrip().endswith("1 viewer") if width >= 100 else "  4:07" in row


async def test_where_one_panel_is_all_there_is_a_pause_comes_to_the_front_unless_somebody_reads(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (60, 20)) as (app, pilot):
        assert app.main.panel == "Log"
        scene.pause(DOCKER, 4, 4)
        await until(pilot, lambda: app.main.panel == "Pause" and "What next?" in "\n".join(text(app)))
        await pilot.press("tab", "tab", "tab")
        assert app.main.panel == "Log"  # and there it stays: that pause was seen
        app.main.repaint()
        assert app.main.panel == "Log"
        app.main.current.to_start()
        scene.session.tell(events.BuildResumed("retry"), DOCKER)
        scene.pause(DOCKER, scene.begin(DOCKER, 4, 2), 4)
        await until(pilot, lambda: "Pause" in text(app)[2])
        assert app.main.panel == "Log"


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20)])
async def test_a_long_error_goes_on_in_the_rows_that_are_free(tmp_path: Path, size: tuple[int, int]) -> None:
    scene = running(tmp_path)
    error = "E: the mirror answered " + " ".join(f"word{n}" for n in range(12)) + " to the end"
    scene.session.print(DOCKER, 4, error + "\n", 1)
    scene.pause(DOCKER, 4, 4)
    async with opened(scene, size) as (app, _):
        card = [row[37 if size[0] == 120 else 0 :] for row in text(app)[2 : 16 if size[0] < 80 else 12]]
        assert error in " ".join(" ".join(card).split())


async def test_a_tainted_build_has_its_flag_in_the_strip(tmp_path: Path) -> None:
    scene = running(tmp_path)
    scene.session.tell(events.Tainted("opened a shell", ""), LXD)
    async with opened(scene, (80, 24)) as (app, _):
        assert "lxd ⚑ 5/9" in text(app)[2]


@pytest.mark.parametrize("width", [120, 80])
async def test_a_step_taken_as_it_was_has_a_blank_before_its_time(tmp_path: Path, width: int) -> None:
    scene = Scene(tmp_path)
    scene.infos[DOCKER].steps[2] = events.StepInfo("k", 3, "provision-everything-there-is", "provisioner", "shell")
    scene.session.tell(events.PlanRevised(2, list(scene.infos.values())))
    scene.start(DOCKER)
    scene.pause(DOCKER, scene.begin(DOCKER, 3), 3)
    scene.session.tell(events.BuildResumed("continue"), DOCKER)
    scene.begin(DOCKER, 4)
    async with opened(scene, (width, 40)) as (app, _):
        assert any("… ⚑ 0:00" in row for row in text(app))


async def test_a_window_without_the_focused_panel_moves_the_focus_to_one_it_has(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press("tab")
        assert app.main.panel == "Builds"
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: app.main.panel == "Steps" and app.main.steps.lit)
        assert "━━━━━" in whole(app)


async def test_a_list_of_builds_that_scrolls_says_which_it_shows(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    infos = [
        events.BuildInfo(f"{n:03}-b{n}", f"web.source{n}.debian", "null", scene.infos[DOCKER].steps)
        for n in range(1, 41)
    ]
    scene.session.tell(events.PlanRevised(2, infos))
    async with opened(scene, (120, 40)) as (app, pilot):
        shown = [row for row in text(app)[4:-1] if row[4:].startswith(("web.", "base."))]
        assert text(app)[2][:36].rstrip().endswith(f"1 to {len(shown)} of 45")
        await pilot.press("{")
        assert text(app)[2][:36].rstrip().endswith(f"{46 - len(shown)} to 45 of 45")


async def test_p_goes_round_the_paused_builds(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("shift+tab", "p")
        assert app.model.selected == DOCKER and "No other build is paused." in text(app)[39]
        scene.pause(PODMAN, max(app.model.span_order[PODMAN]), 2)
        await until(pilot, lambda: "2 need you" in text(app)[0])
        await pilot.press("p")
        assert app.model.selected == PODMAN
        await pilot.press("p")
        assert app.model.selected == DOCKER
        await pilot.press(":", *"next-paused", "enter")
        await until(pilot, lambda: app.model.selected == PODMAN)
