"""The pictures of the documentation are what a terminal shows, in any palette."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from support.tmux import Pane, terminal_environment

MAKE = Path(__file__).parents[2] / "screenshots" / "make.py"


@pytest.mark.needs("tmux")
def test_blanks_at_the_end_of_a_row_keep_their_ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("pictures", MAKE)
    assert spec is not None and spec.loader is not None
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    monkeypatch.setattr(make, "HERE", tmp_path)
    light = "printf '\\033[48;2;252;250;246mab%38s\\033[0m\\nend' ''; sleep 60"
    pane = Pane(
        ["sh", "-c", light], cwd=tmp_path, environment=terminal_environment(COLORTERM="truecolor"), columns=40, rows=4
    )
    try:
        pane.wait_for("end")
        make.draw("light", pane.screen(colours=True), 40)
    finally:
        pane.close()
    drawn = (tmp_path / "light.svg").read_text()
    found = re.findall(r'<rect fill="#fcfaf6" x="([\d.]+)"[^>]* width="([\d.]+)"', drawn)
    assert max(float(x) + float(width) for x, width in found) == pytest.approx(40 * 12.2)
