"""Several people at one run: who drives, who watches, and asking for control."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from bakehouse.dashboard.app import DashboardApp, Shown
from bakehouse.record import events
from bakehouse.record.events import NANOSECONDS, ControlAsked, HoldChanged, Presence, SpanStarted, Viewer
from support.dashboard import opened, text, until
from support.scenes import DOCKER, Scene, paused
from support.session import START

MARA, TOM, CI = 1, 2, 3


def here(driver: int, *others: int) -> Presence:
    """Who is attached; the driver first."""
    names = {MARA: "mara", TOM: "tom", CI: "ci"}
    since = {MARA: 0, TOM: 238, CI: 1}
    return Presence(
        [
            Viewer(
                one, names[one], "driver" if one == driver else "watcher", "attach", START + since[one] * NANOSECONDS
            )
            for one in ([driver] if driver else []) + list(others)
        ]
    )


@asynccontextmanager
async def among(
    tmp_path: Path, presence: Presence, size: tuple[int, int] = (120, 40), **look: str
) -> AsyncIterator[tuple[DashboardApp, Pilot[Shown], Scene]]:
    """Tom's screen on the paused run, with the others."""
    scene = paused(tmp_path)
    scene.session.viewer = TOM
    async with opened(scene, size, launched=False, **look) as (app, pilot):  # type: ignore[arg-type]
        scene.session.live(presence)
        await until(pilot, lambda: app.model.company.viewers == presence.viewers and app.is_drawn)
        await pilot.pause()
        yield app, pilot, scene


def footer(app: DashboardApp) -> str:
    return text(app)[-1]


async def test_a_watcher_sees_what_the_driver_did(tmp_path: Path) -> None:
    async with among(tmp_path, here(MARA, TOM, CI)) as (app, pilot, scene):
        assert "what mara did" not in "\n".join(text(app))
        session, step = scene.session, scene.infos[DOCKER].steps[3].key
        session.tell(SpanStarted("shell", "shell", step=step, by="mara"), DOCKER, 900)
        session.tell(SpanStarted("hand command", "df -h", step=step, by="ci"), DOCKER, 901)
        session.tell(HoldChanged(session.clock() + 10**12, "mara"), DOCKER)
        await until(pilot, lambda: "what mara did" in "\n".join(text(app)))
        shown = "\n".join(text(app))
        assert "! opened a shell" in shown and "H keeps it longer" in shown and "df -h" not in shown
        session.live(here(TOM, MARA, CI))
        await until(pilot, lambda: "did" not in "\n".join(text(app)[:13]))


async def test_a_watcher_is_not_offered_what_only_the_driver_can_do(tmp_path: Path) -> None:
    async with among(tmp_path, here(TOM, MARA)) as (app, pilot, scene):
        app.main.inbox.same_error = lambda: app.model.builds[:2]  # type: ignore[method-assign]
        await until(pilot, lambda: "in 2 builds: a retries them all" in "\n".join(text(app)))
        scene.session.live(here(MARA, TOM))
        await until(pilot, lambda: "The same error in 2 builds." in "\n".join(text(app)))


async def test_a_watcher_sees_who_drives_and_who_is_here(tmp_path: Path) -> None:
    async with among(tmp_path, here(MARA, TOM, CI)) as (app, _, _):
        rows = text(app)
        assert "▮▮ 1 waits for mara" in rows[0] and rows[0].rstrip().endswith("watching")
        assert rows[31].startswith(" Here                             3 ")
        assert rows[33].startswith(" ▸  mara  since 0:00         drives")
        assert rows[34].startswith("    you   since 3:58       watching")
        assert "You are watching" in rows[36]
        assert "mara drives. Reading, scrolling and searching are yours." in rows[36]
        assert rows[37].startswith(" T  take control   asks mara, who has 30 s to say no")
        assert rows[38].startswith(" mara decides:  c continue  n next  r retry  R roll back, retry  e edit+retry")
        assert rows[38].rstrip().endswith("A cancel")
        assert rows[39].startswith(" enter open step   d diff   i details   { } other builds   z zoom")


async def test_the_band_of_a_watcher_is_not_the_amber_one(tmp_path: Path) -> None:
    async with among(tmp_path, here(MARA, TOM)) as (app, _, _):
        grounds = {segment.style.bgcolor for segment in app.main.card._strips[0] if segment.style is not None}
        assert grounds == {app.look.style("paused", "paused_band").bgcolor}


@pytest.mark.parametrize(("size", "rule"), [((80, 24), "mara drives. Reading is yours."), ((60, 20), "mara drives.")])
async def test_it_fits_a_smaller_screen(tmp_path: Path, size: tuple[int, int], rule: str) -> None:
    async with among(tmp_path, here(MARA, TOM), size) as (app, pilot, scene):
        shown = "\n".join(text(app))
        assert "take control" in shown and rule in shown and "watching" in text(app)[0]
        scene.session.live(ControlAsked(TOM, "tom", scene.session.clock() + 30 * NANOSECONDS))
        await until(pilot, lambda: "yours in 30 s" in footer(app))


async def test_verbs_are_the_drivers(tmp_path: Path) -> None:
    async with among(tmp_path, here(MARA, TOM)) as (app, pilot, scene):
        for key in ("c", "r", "s", "A", "!", "H"):
            await pilot.press(key)
            assert footer(app).startswith(" You watch; mara drives. T asks to take control."), key
        await pilot.press("ctrl+c")
        assert "mara drives" in footer(app) and not app.covered
        assert not scene.session.sent


async def test_asking_and_getting_control(tmp_path: Path) -> None:
    async with among(tmp_path, here(MARA, TOM)) as (app, pilot, scene):
        await pilot.press("T")
        await until(pilot, lambda: [sent.verb for sent in scene.session.sent] == ["take-control"])
        scene.session.live(ControlAsked(TOM, "tom", scene.session.clock() + 30 * NANOSECONDS))
        await until(
            pilot, lambda: "You have asked mara for control: yours in 30 s unless mara keeps it." in footer(app)
        )
        scene.session.live(ControlAsked(TOM, "tom"))
        scene.session.live(here(TOM, MARA))
        await until(pilot, lambda: footer(app).startswith(" You drive now; mara watches."))
        assert "1 needs you" in text(app)[0] and "2 viewers" in text(app)[0]
        assert any("What next?" in row for row in text(app))
        await pilot.press("c")
        await until(pilot, lambda: scene.session.sent[-1].verb == "continue")


async def test_a_driver_who_keeps_it_is_told_of(tmp_path: Path) -> None:
    async with among(tmp_path, here(MARA, TOM)) as (app, pilot, scene):
        scene.session.live(ControlAsked(TOM, "tom", scene.session.clock() + 30 * NANOSECONDS))
        await until(pilot, lambda: "You have asked mara" in footer(app))
        scene.session.live(ControlAsked(TOM, "tom", kept=True))
        await until(pilot, lambda: footer(app).startswith(" mara keeps control."))
        assert app.model.company.watching


async def test_where_nobody_drives_control_is_there_to_take(tmp_path: Path) -> None:
    async with among(tmp_path, here(0, TOM, CI)) as (app, pilot, _):
        rows = text(app)
        assert "▮▮ 1 waits " in rows[0]
        assert any("Nobody drives. Reading, scrolling" in row for row in rows)
        assert any("take control   yours at once" in row for row in rows)
        await pilot.press("c")
        assert footer(app).startswith(" You watch, and nobody drives. T takes control at once.")


async def test_a_guest_is_not_offered_what_it_cannot_have(tmp_path: Path) -> None:
    told = "You were let in to watch: this run is shared without the right to drive it."
    presence = here(MARA, TOM)
    presence.viewers[1] = msgspec.structs.replace(presence.viewers[1], guest=True)
    async with among(tmp_path, presence) as (app, pilot, scene):
        rows = text(app)
        assert rows[37].startswith(f" {told}")
        assert "take control" not in "\n".join(rows)
        for key in ("T", "c"):
            await pilot.press(key)
            assert footer(app).startswith(f" {told}"), key
            app.main.say("", "text")
        assert not scene.session.sent
        scene.session.live(Presence([presence.viewers[1]]))
        await until(pilot, lambda: footer(app).startswith(" mara has left; nobody drives.   "))


async def test_two_of_one_user_are_told_apart(tmp_path: Path) -> None:
    twice = Presence(
        [
            Viewer(MARA, "mara", "driver", since=START, place="pts/3"),
            Viewer(TOM, "mara", "watcher", since=START, place="pts/7"),
            Viewer(CI, "mara", "watcher", since=START, place="pts/9, 10.0.0.7"),
        ]
    )
    async with among(tmp_path, twice) as (app, pilot, scene):
        rows = text(app)
        assert rows[33].startswith(" ▸  mara (pts/3)")
        assert rows[34].startswith("    you ")
        assert rows[35].startswith("    mara (pts/9, 10")
        assert "asks mara (pts/3), who has 30 s to say no" in rows[37]
        scene.session.live(ControlAsked(CI, "mara", scene.session.clock() + 30 * NANOSECONDS))
        await until(pilot, lambda: "mara (pts/9, 10.0.0.7) asks mara (pts/3) for control." in footer(app))
        await pilot.press("T")
        await until(pilot, lambda: "You can ask when that is settled, in 30 s at most." in footer(app))
        assert not scene.session.sent


async def test_asking_twice_says_that_it_is_asked(tmp_path: Path) -> None:
    async with among(tmp_path, here(MARA, TOM)) as (app, pilot, scene):
        scene.session.live(ControlAsked(TOM, "tom", scene.session.clock() + 30 * NANOSECONDS))
        await until(pilot, lambda: "You have asked mara" in footer(app))
        await pilot.press("T")
        await until(pilot, lambda: "You have asked already: yours in 30 s unless mara keeps it." in footer(app))


async def test_a_driver_who_goes_is_said(tmp_path: Path) -> None:
    async with among(tmp_path, here(TOM, MARA, CI)) as (app, pilot, scene):
        scene.session.live(here(MARA, TOM, CI))
        await until(pilot, lambda: footer(app).startswith(" mara drives now; you watch."))
        scene.session.live(here(0, TOM, CI))
        await until(pilot, lambda: footer(app).startswith(" mara has left; nobody drives. T takes control at once."))


@pytest.mark.parametrize(("key", "answer"), [("y", "give"), ("n", "keep")])
async def test_the_driver_answers_with_one_key(tmp_path: Path, key: str, answer: str) -> None:
    async with among(tmp_path, here(TOM, MARA)) as (app, pilot, scene):
        scene.session.live(ControlAsked(MARA, "mara", scene.session.clock() + 30 * NANOSECONDS))
        await until(pilot, lambda: footer(app).startswith(" mara asks for control: y gives it, n keeps it, 30 s."))
        scene.session.now += 12
        app.main.repaint()
        assert "18 s." in footer(app)
        await pilot.press("c" if key == "x" else key)
        await until(pilot, lambda: scene.session.sent)
        assert [(sent.verb, sent.arguments) for sent in scene.session.sent] == [("take-control", {"answer": answer})]


async def test_an_answer_that_comes_too_late_does_not_run_the_next_step(tmp_path: Path) -> None:
    async with among(tmp_path, here(TOM, MARA)) as (app, pilot, scene):
        scene.session.live(ControlAsked(MARA, "mara", scene.session.clock() + 30 * NANOSECONDS))
        await until(pilot, lambda: app.model.company.asked)
        scene.session.live(ControlAsked(MARA, "mara"))
        await until(pilot, lambda: app.model.company.asked is None)
        await pilot.press("n")
        assert not scene.session.sent
        scene.session.now += 2
        await pilot.press("n")
        await until(pilot, lambda: [sent.verb for sent in scene.session.sent] == ["next"])


async def test_losing_control_is_said(tmp_path: Path) -> None:
    async with among(tmp_path, here(TOM, MARA)) as (app, pilot, scene):
        scene.session.live(here(MARA, TOM))
        await until(pilot, lambda: footer(app).startswith(" mara drives now; you watch."))


async def test_a_watcher_may_look_on_in_a_shell(tmp_path: Path) -> None:
    async with among(tmp_path, here(MARA, TOM)) as (app, pilot, scene):
        scene.session.tell(events.SpanStarted("shell", "shell", by="mara"), DOCKER, 77)
        await until(pilot, lambda: app.model.build is not None and app.model.open_shell(app.model.build) == 77)
        await pilot.press("!")
        await until(pilot, lambda: footer(app).startswith(" You look on; the driver types.   ctrl+] comes back here"))


@pytest.mark.parametrize("palette", ["16", "mono", "light"])
async def test_every_palette_says_it(tmp_path: Path, palette: str) -> None:
    async with among(tmp_path, here(MARA, TOM), palette=palette) as (app, _, _):
        assert "watching" in text(app)[0] and any("You are watching" in row for row in text(app))
