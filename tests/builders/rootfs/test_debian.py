"""The base "debian", made for real with this host's apt; once, then found again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bakehouse.clients.oci import Image, Stopped, never
from bakehouse.sdk import Unavailable
from bakehouse_builders.rootfs import apt, bases, debian, tiers
from bakehouse_builders.rootfs.places import cache_directory
from support.rootfs import Build

pytestmark = pytest.mark.needs("apt", "root", "user-namespaces")


def prepare(name: str = "debian", tell: Callable[[str], None] = lambda text: None) -> Image:
    cache = cache_directory()
    scratch = cache / "scratch/tests"
    scratch.mkdir(parents=True, exist_ok=True)
    return debian.prepare(name, tiers.choose(), cache, scratch, never, tell)


def programs(directory: Path, text: str = "#!/bin/sh\nexit 7\n") -> str:
    """A PATH on which apt is, and can do nothing."""
    for name in ("apt-get", "apt-cache", "dpkg-deb"):
        (directory / name).write_text(text)
        (directory / name).chmod(0o755)
    return str(directory)


async def test_it_is_debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = Build(tmp_path, {"base": "debian"})
    try:
        await build.start()
        assert await build.said("dpkg --audit") == ""
        assert await build.said("stat -c %u:%g:%a /etc/shadow") == "0:42:640\n"
        assert "install ok installed" in await build.said("dpkg-query -W -f '${Status}' apt")
        assert await build.said("ls /var/cache/apt/archives/*.deb /var/lib/apt/lists/* 2>/dev/null; true") == ""
        assert "main" in await build.said("cat /etc/apt/sources.list")
        assert (await build.said("cat /etc/machine-id 2>/dev/null; true")) == ""
        await build.finish()
    finally:
        await build.undo()
    monkeypatch.setenv("PATH", programs(tmp_path))
    found = prepare()  # nothing is asked of apt, which could not answer
    assert [found.chain_id] == [build.builder.base.image.chain_id]


def test_without_apt_it_says_what_would_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match=r"There is no apt-get on this host\. The base \"debian\" is made with"):
        apt.Archive(tmp_path / "apt", "", never)


def test_a_suite_that_is_none() -> None:
    told: list[str] = []
    with pytest.raises(Unavailable, match="apt has no Debian suite nosuch: .*nosuch.*Release"):
        prepare("debian:nosuch", told.append)
    assert told == ["Asking Debian's archive what it has"]


def test_a_host_without_debians_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", programs(tmp_path, "#!/bin/sh\necho https://example.org/ stable other\n"))
    with pytest.raises(Unavailable, match=r"apt on this host has no sources of Debian\."):
        apt.Archive(tmp_path / "apt", "", never).refresh()


def test_it_stops_when_told(tmp_path: Path) -> None:
    def check() -> None:
        raise Stopped

    archive = apt.Archive(tmp_path / "apt", "", check)
    with pytest.raises(Stopped):
        archive.refresh()


@pytest.mark.parametrize("name", ["debian", "debian:bookworm"])
def test_names_that_are_no_paths(name: str) -> None:
    assert not bases.is_path(name)


@pytest.mark.parametrize("name", ["debian:", "debian:12", "Debian", "./debian", "debian.tar"])
def test_names_that_are_paths(name: str) -> None:
    assert bases.is_path(name)
