"""What the tests of the rootfs builder share: every tier that can be had here."""

from __future__ import annotations

from pathlib import Path

import pytest

TIERS = [
    pytest.param("root", marks=pytest.mark.needs("root", "user-namespaces")),
    pytest.param("single", marks=pytest.mark.needs("user-namespaces")),
    pytest.param("chroot", marks=pytest.mark.needs("root")),
]


@pytest.fixture(params=TIERS)
def tier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each tier in turn, forced."""
    name: str = request.param
    monkeypatch.setenv("BAKEHOUSE_ROOTFS_TIER", name)
    return name


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a test's output goes."""
    return tmp_path
