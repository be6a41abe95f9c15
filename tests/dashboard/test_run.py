"""How the dashboard ends, what it says of a lost socket, and that it never takes the run with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.dashboard import app as app_module
from bakehouse.dashboard import marks, theme
from bakehouse.dashboard.app import DashboardApp
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.model import RunModel
from bakehouse.record import events
from support.dashboard import opened, text, until, whole
from support.scenes import DOCKER, LXD, Scene, paused, running


async def test_on_success_it_closes_by_itself(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        scene.session.finish(0)
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value is not None and app.return_value.how == "finished"
        assert app.return_value.state.exit_code == 0


async def test_after_a_failure_it_stays_until_it_is_left(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        scene.session.tell(events.BuildFinished("failed", "it broke"), DOCKER)
        scene.session.finish(1)
        await until(pilot, lambda: "1 done, 4 failed. ctrl+q leaves." in text(app)[39])
        await pilot.press("z")
        assert "The run ended at" in text(app)[39]
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value is not None and app.return_value.how == "finished"


async def test_leaving_an_attached_run_asks_nothing(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40), launched=False) as (app, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value is not None and app.return_value.how == "left"
        assert scene.session.sent == []


async def test_leaving_the_terminal_that_started_the_run_asks(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "Leave run 7f3?" in whole(app))
        await pilot.press("enter")
        await until(pilot, lambda: not app.covered)
        assert app.return_value is None
        await pilot.press("ctrl+q", "d")
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value is not None and app.return_value.how == "left"
        assert scene.session.sent == []


async def test_detach_by_name_never_asks(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, pilot):
        await pilot.press(":", *"detach", "enter")
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value is not None and app.return_value.how == "left"


async def test_ctrl_c_opens_the_stop_dialog_and_enter_goes_back(tmp_path: Path) -> None:
    scene = paused(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("ctrl+c")
        await until(pilot, lambda: "Stop run 7f3?" in whole(app))
        assert "let the 3 running steps end" in whole(app)
        assert "41.2 MB in output/busybox" in whole(app) and "stays" in whole(app)
        assert "▮▮ 1 needs you" in text(app)[0]
        await pilot.press("enter")
        await until(pilot, lambda: not app.covered)
        assert scene.session.sent == []


@pytest.mark.parametrize(("key", "verb"), [("s", "stop-after-step"), ("C", "stop"), ("K", "stop-keep")])
async def test_choices_of_the_stop_dialog(tmp_path: Path, key: str, verb: str) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("ctrl+c", key)
        await until(pilot, lambda: scene.session.sent)
        assert [sent.verb for sent in scene.session.sent] == [verb]
        scene.session.tell(events.RunStopping("clean"))
        await until(pilot, lambda: "stopping" in text(app)[0])
        scene.session.finish(1)
        await until(pilot, lambda: app.return_value is not None)
        assert app.return_value is not None and app.return_value.how == "stopped"


async def test_capital_choices_need_their_letter(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("ctrl+c", "down", "down", "down", "enter", "c")
        assert app.covered
        assert scene.session.sent == []


async def test_a_second_ctrl_c_stops_and_a_third_forces(tmp_path: Path) -> None:
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("ctrl+c", "ctrl+c")
        await until(pilot, lambda: len(scene.session.sent) == 1)
        assert not app.covered
        await pilot.press("ctrl+c")
        await until(pilot, lambda: len(scene.session.sent) == 2)
        assert [(sent.verb, sent.arguments) for sent in scene.session.sent] == [("stop", {}), ("stop", {"force": True})]


async def test_a_lost_socket_is_said_and_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "RETRY", (0.001,))
    scene = running(tmp_path)
    async with opened(scene, (120, 40)) as (app, pilot):
        scene.session.hang_up()
        await until(pilot, lambda: "Lost the run's socket at" in text(app)[39])
        assert "Trying again. The run itself goes on." in text(app)[39]
        scene.session.connected = True
        scene.session.tell(events.BuildFinished("failed", "x"), LXD)
        await until(pilot, lambda: "✗ 1" in text(app)[0])
        await until(pilot, lambda: "Lost the run's" not in text(app)[39])
        assert app.model.lost == 0


@pytest.mark.parametrize("size", [(120, 40), (120, 24), (80, 24)])
async def test_what_an_engine_that_is_gone_left_is_lost(tmp_path: Path, size: tuple[int, int]) -> None:
    scene = paused(tmp_path)
    async with opened(scene, size) as (app, pilot):
        scene.session.ended = True
        scene.session.live(events.Presence([]))
        await until(pilot, lambda: "The engine is gone." in text(app)[-1])
        assert "✗ 4 lost" in text(app)[0] and "✓ 1" in text(app)[0]
        assert not any(word in whole(app) for word in ("◉", "▮▮", "needs you", "What next?"))
        assert any(
            "✗  4 install-nginx" in row and ("lost  0:07" if size[0] > 80 else "lost") in row for row in text(app)
        )
        await pilot.press("shift+tab", "A", "c")
        assert not app.covered and scene.session.sent == []
        if size == (120, 40):
            assert "lost at 4 install-nginx" in whole(app)


async def test_a_crash_is_kept_beside_the_record_and_not_shown(tmp_path: Path) -> None:
    scene = running(tmp_path)
    with pytest.raises(ZeroDivisionError):
        async with opened(scene, (120, 40)) as (app, pilot):
            app.actions.quick["zoom"] = lambda: 1 // 0
            await pilot.press("z")
            await until(pilot, lambda: app.return_code)
    assert "ZeroDivisionError" in (tmp_path / "dashboard.log").read_text()


async def test_an_empty_run_can_be_shown(tmp_path: Path) -> None:
    scene = Scene(tmp_path, builds=0)
    async with opened(scene, (120, 40)) as (app, pilot):
        await pilot.press("tab", "j", "G", "enter", "{", "}", "|", "z", "escape", "c", "A")
        assert "0 builds" in text(app)[0]


async def test_a_run_that_is_slow_to_answer_is_said_to_be_opening(tmp_path: Path) -> None:
    scene = running(tmp_path)
    facts, scene.session.facts = scene.session.facts, []
    look = Look(theme.PALETTES["bakehouse-dark"], marks.UNICODE)
    app = DashboardApp(scene.session, launched=True, look=look, now=scene.session.clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "Opening run 7f3" in whole(app))
        scene.session.facts = facts
        scene.session.live(events.Presence([]))
        await until(pilot, lambda: "install-nginx" in whole(app))
        assert "Opening run" not in whole(app)


def test_the_clock_stops_where_the_engine_was_lost() -> None:
    ticks = iter(range(100, 200))
    model = RunModel(now=lambda: next(ticks), lost=42)
    model.cut_off()
    assert (model.now(), model.now()) == (42, 42)
