"""A past run on the screen: its clock, its logs up to that clock, and records that are damaged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from bakehouse.dashboard import marks, theme
from bakehouse.dashboard.app import Shown
from bakehouse.dashboard.look import Look
from bakehouse.dashboard.replay.app import ReplayApp, moment
from bakehouse.dashboard.replay.session import ReplaySession
from bakehouse.dashboard.replay.words import failures
from bakehouse.errors import RecordError, Refused
from bakehouse.record import events
from bakehouse.record.events import NANOSECONDS
from bakehouse.record.log import index_path
from bakehouse.record.rundir import RunDirectory
from support.dashboard import text, until
from support.past import past
from support.scenes import DOCKER, LXD


@asynccontextmanager
async def replayed(
    run: RunDirectory, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[ReplayApp, Pilot[Shown], ReplaySession]]:
    """Opened and stopped at its beginning."""
    session = ReplaySession(run)
    session.play(False)
    look = Look(theme.PALETTES["bakehouse-dark"], marks.UNICODE)
    app = ReplayApp(session, look=look)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.is_drawn)
        yield app, pilot, session


async def at(app: ReplayApp, pilot: Pilot[Shown], seconds: float) -> str:
    """Go there; the whole screen."""
    session = app.replayed
    session.go(session.start + round(seconds * NANOSECONDS))
    due = sum(1 for fact in session.facts if fact.at <= session.at)
    await until(pilot, lambda: app.model.state.seq == due and app.is_drawn)
    await pilot.pause()
    app.main.repaint()
    return "\n".join(text(app))


async def test_what_is_shown_is_what_was_then() -> None:
    async with replayed(past()) as (app, pilot, session):
        early = await at(app, pilot, 60)
        assert "3 update-packages" in early and "Unable to locate" not in early and " replay " in early
        assert "1:00 of 2:37" in early
        late = await at(app, pilot, 118)
        assert "E: Unable to locate package nginx-lite" in late and "▮▮ 1 paused" in late
        assert "web.docker.debian paused at 4 install-nginx" in late and "What next?" not in late


async def test_log_lines_come_at_their_time_and_go_again() -> None:
    async with replayed(past()) as (app, pilot, _):
        before = await at(app, pilot, 112)
        assert "apt-get update -q" in before and "Fetched 271 kB" not in before
        assert "Fetched 271 kB" in await at(app, pilot, 114.5)
        again = await at(app, pilot, 112)
        assert again == before


async def test_going_back_keeps_what_one_looks_at() -> None:
    async with replayed(past()) as (app, pilot, _):
        await at(app, pilot, 118)
        app.main.select(LXD)
        shown = await at(app, pilot, 30)
        assert app.model.selected == LXD and "paused" not in shown.splitlines()[2]
        app.main.select(DOCKER)
        assert "Pull image" in "\n".join(text(app))


async def test_the_clock_runs_at_its_speed_and_stops_at_the_end() -> None:
    async with replayed(past()) as (app, pilot, session):
        await pilot.press(">", ">")
        assert session.speed == 60.0
        await pilot.press("space")
        await until(pilot, lambda: session.at > session.start + NANOSECONDS)
        await pilot.press(">")
        assert session.speed == 0 and "max" in text(app)[38]
        await until(pilot, lambda: session.at == session.end and not session.running, tries=4000)
        await until(pilot, lambda: "web.podman.debian: 2 Start container began" in text(app)[38])
        await pilot.press("<", "space")
        assert session.running and session.at < session.end


async def test_stepping_from_event_to_event() -> None:
    async with replayed(past()) as (app, pilot, session):
        await pilot.press("5")
        await pilot.press(".")
        there = session.at
        assert there in session.stops and not session.running
        await pilot.press(".", ",")
        assert session.at == there
        await pilot.press("0", ",")
        assert session.at == session.start
        for _ in range(len(session.stops) + 1):
            session.step(1)
        assert session.at == session.end


async def test_going_to_a_time_by_name() -> None:
    async with replayed(past()) as (app, pilot, session):
        await pilot.press("@", "x", "enter")
        assert app.covered and any('"x" is no time' in row for row in text(app))
        await pilot.press("backspace", "1", ":", "5", "7", "enter")
        await until(pilot, lambda: not app.covered)
        assert session.at - session.start == 117 * NANOSECONDS


@pytest.mark.parametrize(
    ("words", "seconds"),
    [("2:31", 151), ("1:00:01", 3601), ("90s", 90), ("2m31s", 151), ("1h", 3600), ("50%", 100), ("200%", 200),
     ("", None), ("2:3", None), ("soon", None), ("-1s", None), ("1.5", None)],
)  # fmt: skip
def test_moments(words: str, seconds: int | None) -> None:
    assert moment(words, 200 * NANOSECONDS) == (None if seconds is None else seconds * NANOSECONDS)


async def test_nothing_can_be_changed() -> None:
    async with replayed(past()) as (app, pilot, session):
        await at(app, pilot, 118)
        for key in ("c", "r", "A", "!", "T", "ctrl+c"):
            await pilot.press(key)
            assert key == "T" or text(app)[39].startswith(" A replay: nothing can be changed."), key
            assert not app.covered
        with pytest.raises(Refused, match="nothing can be changed"):
            await session.send("stop")
        await pilot.press("ctrl+q")
        await until(pilot, lambda: not app.is_running)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (200, 50)])
async def test_it_fits(size: tuple[int, int]) -> None:
    async with replayed(past(), size) as (app, pilot, _):
        shown = await at(app, pilot, 118)
        assert "1:58 of 2:37" in shown and "space play" in shown


async def test_a_damaged_record_says_so_and_shows_the_rest() -> None:
    run = past()
    lines = run.events.read_bytes().splitlines(keepends=True)
    lines[7] = b"garbage\n"
    run.events.write_bytes(b"".join(lines)[:-4])
    index_path(run.log(LXD)).unlink()
    async with replayed(run) as (app, pilot, session):
        assert text(app)[39].startswith(" The record is damaged: events.jsonl line 8 is no event. The rest is shown.")
        assert [sentence.split(":")[0] for sentence in session.damage] == [
            "events.jsonl line 8 is no event.",
            f"events.jsonl ends in the middle of line {len(lines)}.",
            f"logs/{LXD}.idx is missing",
        ]


def test_only_attempts_and_builds_fail() -> None:
    def fact(seq: int, body: events.Body, span: int = 0) -> events.Event:
        return events.event(body, seq=seq, at=seq, build="x", span=span)

    facts = [
        fact(1, events.SpanStarted("attempt", "a"), 1), fact(2, events.SpanFinished("failed"), 1),
        fact(3, events.SpanStarted("shell", "s"), 2), fact(4, events.SpanFinished("failed"), 2),
        fact(5, events.BuildFinished("failed")),
    ]  # fmt: skip
    assert failures(facts) == [2, 5]


@pytest.mark.parametrize("content", [b"", b"garbage\n"])
def test_a_record_of_nothing_is_refused(content: bytes) -> None:
    run = past()
    run.events.write_bytes(content)
    with pytest.raises(RecordError, match="has no events that can be read"):
        ReplaySession(run)


async def test_the_keys_of_time_are_in_the_help() -> None:
    async with replayed(past()) as (app, pilot, _):
        await pilot.press("?")
        await until(pilot, lambda: "Keys in Replay" in "\n".join(text(app)))
        shown = "\n".join(text(app))
        assert "let the clock run, or stop it" in shown and "to so many tenths of the run" in shown
        await pilot.press("?")
        await until(pilot, lambda: "Keys in Builds" in "\n".join(text(app)))
        await pilot.press("?")
        await until(pilot, lambda: "Keys in Steps" in "\n".join(text(app)))
        shown = "\n".join(text(app))
        assert "breakpoint" not in shown and "the Stop dialog" not in shown and "While it is paused" not in shown
        await pilot.press("escape", "tab", "j", "enter")
        await until(pilot, lambda: not app.covered)
        assert "nothing can be changed" not in "\n".join(text(app))
