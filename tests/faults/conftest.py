"""Each test has a directory, a state and an installation of its own; temporary files go where a test can see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.docker import docker_image

__all__ = ["docker_image"]


@pytest.fixture(autouse=True)
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current directory: empty. Beside it lie `state` and `tmp`."""
    for name in ("work", "tmp"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"
