"""Tier range: an ordinary user's machine has real owners and other users, and nothing of it stays behind."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.clients.oci import Layer, never
from bakehouse.clients.oci_read import open_layer, read_image
from support.ordinary import FIRST_ID, Nobody, nobody
from support.rootfs import leftovers

pytestmark = pytest.mark.needs("root", "ordinary-user", "user-namespaces", "uidmap")

TEMPLATE = """
source "rootfs" "owned" {
  output = "image.tar"
}
build {
  sources = ["source.rootfs.owned"]
  provisioner "shell" {
    inline = [
      "mkdir -m 700 /srv && echo hello > /srv/page && chown -R 33:5 /srv",
      "%s",
    ]
  }
}
"""


@pytest.fixture
def person() -> Iterator[Nobody]:
    with nobody(with_ids=True) as person:
        yield person


def write(person: Nobody, last: str) -> None:
    (person.home / "work/t.pkr.hcl").write_text(TEMPLATE % last)


def owners(layer: Layer) -> dict[str, tuple[int, int, int]]:
    with open_layer(layer) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        return {member.name: (member.mode, member.uid, member.gid) for member in archive}


def test_owners_are_real_in_the_machine_and_in_the_image(person: Nobody, tmp_path: Path) -> None:
    write(person, "true")
    done = person.call("build", "t.pkr.hcl")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "tier range" in done.stdout
    image = read_image(person.home / "work/image.tar", tmp_path / "blobs", tmp_path, check=never)
    found = owners(image.layers[-1])
    assert {name: found[name] for name in found if name.startswith("srv")} == {
        "srv": (0o700, 33, 5),
        "srv/page": (0o644, 33, 5),
    }
    assert list((person.home / "cache/bakehouse/machines").iterdir()) == []


def test_files_of_other_owners_are_removed_after_a_failure(person: Nobody) -> None:
    write(person, "ls -ld /srv; exit 3")
    done = person.call("build", "t.pkr.hcl")
    assert done.returncode == 1, done.stdout + done.stderr
    assert list((person.home / "cache/bakehouse/machines").iterdir()) == []
    run = done.stderr.split()[1].rstrip(",")
    assert leftovers(f"-{run}-", person.home / "work") == []


def test_an_unpacked_base_has_the_users_ids_on_the_host(person: Nobody) -> None:
    """The busybox base has root's files only; what a layer gives to others lies under the range."""
    write(person, "true")
    assert (first := person.call("build", "t.pkr.hcl")).returncode == 0, first.stdout
    text = TEMPLATE.replace(
        'output = "image.tar"', 'base = "image.tar"\n  output = "second.tar"\n  run_as = "www-data"'
    )
    lines = text.splitlines()
    lines[[number for number, line in enumerate(lines) if "mkdir" in line][0]] = '"id -u; cat /srv/page",'
    (person.home / "work/t.pkr.hcl").write_text("\n".join(lines) % "true")
    done = person.call("build", "t.pkr.hcl")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(": ")[1] for line in done.stdout.splitlines() if line.startswith("    ")] == ["33", "hello"]
    found = {page.stat().st_uid for page in (person.home / "cache/bakehouse/trees").glob("*/srv")}
    assert found == {FIRST_ID + 32}


def test_without_ids_it_says_what_is_missing() -> None:
    with nobody() as person:
        write(person, "true")
        done = person.call("build", "t.pkr.hcl", BAKEHOUSE_ROOTFS_TIER="range")
        assert done.returncode == 1
        words = f"/etc/subuid: no line that gives uid {os.stat(person.home).st_uid} 65536 ids (usermod --add-subuids)"
        assert words in done.stdout + done.stderr


def test_root_has_a_tier_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from bakehouse.sdk import Unavailable
    from bakehouse_builders.rootfs import tiers

    monkeypatch.setenv(tiers.FORCE, "range")
    with pytest.raises(Unavailable, match="tier range: is for ordinary users"):
        tiers.choose()
