"""Tier proot: no privilege at all; what it makes, what it leaves, and what becomes of processes that nobody traces."""

from __future__ import annotations

import os
import signal
import tarfile
from pathlib import Path

import pytest

from bakehouse.clients.oci import never
from bakehouse.clients.oci_read import open_layer, read_image
from bakehouse_builders.rootfs import proot, tiers
from bakehouse_builders.rootfs.places import machines_directory
from support.ordinary import nobody
from support.rootfs import Build, leftovers

pytestmark = pytest.mark.needs("proot")


@pytest.fixture(autouse=True)
def forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiers.FORCE, "proot")


async def test_only_changes_are_in_the_layer(tmp_path: Path) -> None:
    build = Build(tmp_path, {})
    try:
        await build.start()
        await build.said("echo made > /srv; rm /etc/shells; echo 10.0.0.1 there >> /etc/hosts; chown 33:33 /srv")
        await build.finish()
    finally:
        await build.undo()
    image = read_image(build.output, tmp_path / "blobs", tmp_path, check=never)
    with open_layer(image.layers[-1]) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        found = {member.name: member.uid for member in archive}
    assert found == {"etc": 0, "etc/.wh.shells": 0, "srv": 0}


async def test_who_lost_its_tracer_is_found_by_its_programs(tmp_path: Path) -> None:
    """SIGKILL of proot leaves children alive, and the environment that is cleared tells nothing."""
    build = Build(tmp_path, {}, name="bakehouse-tests-proot-killed")
    await build.start()
    await build.said("env -i setsid sleep 31536171 >/dev/null 2>&1 & sleep 0.1")
    traced, tracers = proot_processes(build.name)
    assert traced and tracers
    for pid in tracers:
        os.kill(pid, signal.SIGKILL)
    assert leftovers("31536171") != []
    await build.undo()
    assert leftovers("31536171") == []
    assert leftovers(build.name) == []


def proot_processes(name: str) -> tuple[set[int], set[int]]:
    from bakehouse.clients.isolation.proot import processes

    return processes(str(machines_directory() / name))


@pytest.mark.needs("root", "ordinary-user")
def test_an_ordinary_user_needs_nothing_else() -> None:
    text = (
        'source "rootfs" "p" {\n  output = "image.tar"\n}\n'
        'build {\n  sources = ["source.rootfs.p"]\n'
        '  provisioner "shell" {\n    inline = ["id -u; chown 0:0 /etc/passwd && echo owned"]\n  }\n}\n'
    )
    with nobody() as person:
        (person.home / "work/t.pkr.hcl").write_text(text)
        done = person.call("build", "t.pkr.hcl", BAKEHOUSE_ROOTFS_TIER="proot")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tier proot" in done.stdout
    assert [line.split(": ")[1] for line in done.stdout.splitlines() if line.startswith("    ")] == ["0", "owned"]


@pytest.mark.needs("apt")
def test_where_it_is_not_installed_it_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("apt-get", "dpkg-deb", "tar", "sh"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "machines").mkdir()
    program, reason = proot.find(tmp_path / "machines")
    assert program is not None, reason
    assert program.path == str(tmp_path / "machines/.proot/proot")
    (tmp_path / "apt-get").unlink()
    assert proot.find(tmp_path / "machines")[0] == program
