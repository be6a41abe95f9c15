"""Opening the dashboard on a scene under Pilot, and reading its cells."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from bakehouse.dashboard import marks, theme
from bakehouse.dashboard.app import DashboardApp, Shown
from bakehouse.dashboard.look import Look
from support.scenes import DOCKER, Scene


def text(app: DashboardApp) -> list[str]:
    """The rows of the screen, an overlay's included."""
    rows = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
    width = app.size.width
    flat = "".join(rows)
    return rows if all(len(row) <= width for row in rows) else [flat[i : i + width] for i in range(0, len(flat), width)]


def whole(app: DashboardApp) -> str:
    """The same in one piece."""
    return "\n".join(text(app))


def key_of(scene: Scene, number: int) -> str:
    """The key of a step of the scene's docker build."""
    return scene.infos[DOCKER].steps[number - 1].key


def arguments(scene: Scene) -> list[tuple[str, dict[str, Any]]]:
    """The commands that were sent."""
    return [(sent.verb, dict(sent.arguments)) for sent in scene.session.sent]


async def until(pilot: Pilot[Shown], condition: Callable[[], object], tries: int = 2000) -> None:
    """Let the app work until `condition` holds."""
    for _ in range(tries):
        if condition():
            return
        await pilot.pause(0.005)
    raise AssertionError("\n".join(text(pilot.app)))  # type: ignore[arg-type]


@asynccontextmanager
async def opened(
    scene: Scene, size: tuple[int, int], *, palette: str = "dark", ascii: bool = False, launched: bool = True
) -> AsyncIterator[tuple[DashboardApp, Pilot[Shown]]]:
    """The dashboard, drawn once with everything that the scene holds so far."""
    look = Look(theme.PALETTES[f"bakehouse-{palette}"], marks.ASCII if ascii else marks.UNICODE)
    app = DashboardApp(scene.session, launched=launched, look=look, now=scene.session.clock)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.model.state.seq == len(scene.session.facts) and app.is_drawn)
        await pilot.pause()
        try:
            yield app, pilot
        finally:
            scene.session.close()
