"""Terminals for a test to open, which go with it, as the runs do that it leaves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.ctl import ctl, runs
from support.tmux import Pane


@pytest.fixture
def panes(tmp_path: Path) -> Iterator[list[Pane]]:
    """Put each pane in it that is opened."""
    opened: list[Pane] = []
    yield opened
    for pane in opened:
        pane.close()
    for run in runs(tmp_path):
        if run["status"] in ("running", "paused"):
            ctl(tmp_path, str(run["run"]), "stop")
