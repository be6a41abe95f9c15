"""The screen at its sizes, driven by keys over a scripted session."""

from __future__ import annotations

from pathlib import Path

from support.dashboard import opened, text
from support.scenes import paused, running


async def test_running_screen_shows_builds_steps_and_log(tmp_path: Path) -> None:
    async with opened(running(tmp_path), (120, 40)) as (app, _):
        shown = text(app)
        assert "web.pkr.hcl  run 7f3  5 builds  ◉ 3  ✓ 1  ◌ 1" in shown[0]
        assert "◉  4 install-nginx" in "\n".join(shown)
        assert "342 lines" in "\n".join(shown)
        assert shown[38].rstrip(" ┃").endswith("test is successful")


async def test_pause_is_seen_at_80x24(tmp_path: Path) -> None:
    async with opened(paused(tmp_path), (80, 24)) as (app, _):
        shown = "\n".join(text(app))
        assert "▮▮ 1 needs you" in shown
        assert "▮▮ web.docker.debian paused at 4 install-nginx" in shown
        assert "E: Unable to locate package nginx-lite" in shown
        assert "r  retry      setup.sh, machine as is" in shown
