"""Tests of the engine run in a state directory of their own, with the kitchen's components."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.kitchen import Kitchen, installed


@pytest.fixture(autouse=True)
def kitchen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kitchen]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with installed() as found:
        yield found
