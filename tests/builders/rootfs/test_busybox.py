"""Where the busybox base comes from."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from bakehouse.sdk import Unavailable
from bakehouse_builders.rootfs import busybox

HERE = shutil.which("busybox", path="/bin:/usr/bin") or ""


def programs(directory: Path, *names: str) -> str:
    """A PATH with nothing but these."""
    directory.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None
        (directory / name).symlink_to(found)
    return str(directory)


def test_a_static_program_is_told_from_others(tmp_path: Path) -> None:
    assert busybox.is_static(Path(HERE))
    assert not busybox.is_static(Path(shutil.which("ls") or ""))
    (tmp_path / "script").write_text("#!/bin/sh\n")
    assert not busybox.is_static(tmp_path / "script")


def test_the_hosts_own_is_taken(tmp_path: Path) -> None:
    assert busybox.find(tmp_path, tmp_path, path=str(Path(HERE).parent)) == Path(HERE)


def test_without_any_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no apt-get to fetch one with. Install the package busybox-static"):
        busybox.find(tmp_path, tmp_path, path=programs(tmp_path / "bin"))


def test_one_that_was_fetched_is_kept(tmp_path: Path) -> None:
    shutil.copy(HERE, tmp_path / "busybox")
    assert busybox.find(tmp_path, tmp_path, path=programs(tmp_path / "bin")) == tmp_path / "busybox"


def repository(directory: Path) -> Path:
    """An apt configuration whose only source is a directory with one package: a static busybox."""
    package = directory / "package"
    (package / "DEBIAN").mkdir(parents=True)
    (package / "bin").mkdir()
    shutil.copy(HERE, package / "bin/busybox")
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True).stdout.strip()
    control = f"Package: busybox-static\nVersion: 99:1\nArchitecture: {architecture}\nMaintainer: x\nDescription: x\n"
    (package / "DEBIAN/control").write_text(control)
    built = directory / "repository/busybox-static.deb"
    built.parent.mkdir()
    subprocess.run(["dpkg-deb", "-Znone", "--build", package, built], check=True, capture_output=True)
    digest = hashlib.sha256(built.read_bytes()).hexdigest()
    entry = f"{control}Filename: ./{built.name}\nSize: {built.stat().st_size}\nSHA256: {digest}\n"
    (built.parent / "Packages").write_text(entry)
    (directory / "sources.list").write_text(f"deb [trusted=yes] file:{built.parent} ./\n")
    (directory / "lists/partial").mkdir(parents=True)
    configuration = directory / "apt.conf"
    configuration.write_text(
        f'Dir::Etc::SourceList "{directory}/sources.list";\nDir::Etc::SourceParts "/dev/null";\n'
        f'Dir::State::Lists "{directory}/lists";\n'
    )
    return configuration


@pytest.mark.needs("apt")
def test_it_is_fetched_with_lists_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's lists are empty, as in a fresh container."""
    monkeypatch.setenv("APT_CONFIG", str(repository(tmp_path / "apt")))
    cache, scratch = tmp_path / "cache", tmp_path / "scratch"
    cache.mkdir()
    scratch.mkdir()
    found = busybox.find(cache, scratch, path=programs(tmp_path / "bin", "apt-get", "dpkg-deb"))
    assert found.read_bytes() == Path(HERE).read_bytes()
    assert list(scratch.iterdir()) == []
    assert list((tmp_path / "apt/lists").glob("*Packages*")) == []


@pytest.mark.needs("apt")
def test_a_mirror_that_has_none_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = repository(tmp_path / "apt")
    (tmp_path / "apt/repository/Packages").write_text("")
    monkeypatch.setenv("APT_CONFIG", str(configuration))
    with pytest.raises(Unavailable, match="apt-get cannot fetch one: E: .*busybox-static"):
        busybox.find(tmp_path, tmp_path, path=programs(tmp_path / "bin", "apt-get", "dpkg-deb"))


def test_a_root_is_made(tmp_path: Path) -> None:
    busybox.make_root(Path(HERE), tmp_path)
    assert (tmp_path / "bin/sh").readlink() == Path("/bin/busybox")
    assert (tmp_path / "tmp").stat().st_mode & 0o7777 == 0o1777
    assert "root:x:0:0" in (tmp_path / "etc/passwd").read_text()
