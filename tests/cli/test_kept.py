"""`bakehouse shell` in a machine that was kept, once its run is over: for real, on a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.record.rundir import RunDirectory
from bakehouse.sdk import Command, Resource, StepError
from bakehouse_builders.rootfs import Rootfs
from support.docker import docker_image
from support.rootfs import Build
from support.terminals import OnTerminal

__all__ = ["docker_image"]
TEMPLATE = """variable "image" {
  default = ""
}
source "rootfs" "one" {
  output = "one.tar"
}
source "docker" "one" {
  image  = var.image
  pull   = false
  commit = true
}
build {
  sources = ["KIND.one"]
  provisioner "shell" {
    inline = ["echo left >/left", "false"]
  }
}
"""
KINDS = [pytest.param("rootfs"), pytest.param("docker", marks=pytest.mark.needs("docker"))]


def bakehouse(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bakehouse", *words]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=cwd)


@pytest.fixture(params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A directory whose template was built, failed, and kept its machine; and what the build printed, as `out`."""
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE.replace("KIND", request.param))
    image = request.getfixturevalue("docker_image") if request.param == "docker" else ""
    done = bakehouse("build", "-on-error=abort", f"-var=image={image}", "t.pkr.hcl", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    (tmp_path / "out").write_text(done.stdout)
    yield tmp_path
    assert "removed" in bakehouse("gc", "--kept", cwd=tmp_path).stdout


def shell(directory: Path, run: str) -> OnTerminal:
    return OnTerminal([sys.executable, "-m", "bakehouse", "shell", run, "one"], directory, dict(os.environ))


def test_a_kept_machine_is_looked_into_and_stays(kept: Path) -> None:
    (run,) = RunDirectory.list()
    assert f"Look into it with: bakehouse shell {run.run} 001-one\n" in (kept / "out").read_text()
    first = shell(kept, run.run)
    first.read_until("A shell in what")
    first.type("cat /left; echo mo''re >/more; exit 4\n")
    first.read_until("\nleft")
    assert first.wait() == 4
    again = shell(kept, run.run)
    again.read_until("A shell in what")
    again.type("cat /more\n")
    again.read_until("\nmore")
    again.type("\x1d")
    assert again.wait() == 0
    assert "Traceback" not in first.shown + again.shown


@pytest.mark.needs("root")
@pytest.mark.parametrize("tier", ["chroot", "root"])
async def test_a_machine_is_entered_by_one_at_a_time_in_any_tier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tier: str
) -> None:
    monkeypatch.setenv("BAKEHOUSE_ROOTFS_TIER", tier)
    made = Build(tmp_path, {})
    try:
        await made.start()
        await made.said("echo left >/left")
        (machine,) = (claim for claim in made.context.claims if claim.kind == "machine")
        with pytest.raises(StepError, match="Somebody is in this machine already"):
            await files_of(machine)
        await made.builder.connection.close()
        assert await files_of(machine) == b"left\n"
        assert await files_of(machine) == b"left\n"
    finally:
        await made.undo()


async def files_of(machine: Resource) -> bytes:
    printed: list[bytes] = []
    async with Rootfs.reopen(machine) as communicator:
        assert communicator is not None
        assert await communicator.run(Command("cat /left"), lambda stream, data: printed.append(data)) == 0
    return b"".join(printed)
