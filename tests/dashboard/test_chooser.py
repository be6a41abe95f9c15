"""Choosing one of several runs."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from bakehouse.dashboard import marks, theme
from bakehouse.dashboard.chooser import Candidate, ChooserApp
from bakehouse.dashboard.look import Look
from support.dashboard import text, until

RUNS = [Candidate("7f3k", "web.pkr.hcl, since 12:40", 1), Candidate("2acd", "base.pkr.hcl, since 12:31")]


def app(runs: list[Candidate] = RUNS) -> ChooserApp:
    return ChooserApp(runs, Look(theme.PALETTES["bakehouse-dark"], marks.UNICODE))


async def drawn(chooser: ChooserApp, pilot: Pilot[str]) -> list[str]:
    await until(pilot, lambda: chooser.which.is_current and chooser.which.box.size.width)  # type: ignore[arg-type]
    await pilot.pause()
    return text(chooser)  # type: ignore[arg-type]


async def test_the_newest_is_at_hand_and_what_needs_a_person_is_seen() -> None:
    chooser = app()
    async with chooser.run_test(size=(80, 24)) as pilot:
        shown = "\n".join(await drawn(chooser, pilot))
        assert "Attach to which run?" in shown and "enter attaches   j k move" in shown
        assert "▌  7f3k   web.pkr.hcl, since 12:40" in shown and "▮▮ 1 needs you" in shown
        assert "2acd   base.pkr.hcl, since 12:31" in shown
        await pilot.press("enter")
    assert chooser.return_value == "7f3k"


@pytest.mark.parametrize(
    ("keys", "chosen"),
    [
        (["down", "enter"], "2acd"),
        (["j", "j", "enter"], "7f3k"),
        (["up", "enter"], "2acd"),
        (["end", "home", "enter"], "7f3k"),
        (["escape"], ""),
        (["ctrl+q"], ""),
        (["ctrl+c"], ""),
    ],
)
async def test_keys(keys: list[str], chosen: str) -> None:
    chooser = app()
    async with chooser.run_test(size=(80, 24)) as pilot:
        await drawn(chooser, pilot)
        await pilot.press(*keys)
    assert chooser.return_value == chosen


async def test_many_runs_scroll() -> None:
    chooser = app([Candidate(f"r{number:02}x", "web.pkr.hcl") for number in range(40)])
    async with chooser.run_test(size=(60, 20)) as pilot:
        await drawn(chooser, pilot)
        await pilot.press(*["down"] * 30)
        shown = "\n".join(text(chooser))  # type: ignore[arg-type]
        assert "▌  r30x" in shown and "more" in shown
        await pilot.press("enter")
    assert chooser.return_value == "r30x"
