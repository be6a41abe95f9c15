"""SIGKILL of the engine anywhere in a docker build: `bakehouse gc` takes away all of ours, and nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bakehouse.record.rundir import installation
from support.docker import docker, exists, names_with
from support.faults import Watched, bakehouse, eventually, processes, sane, sockets, tree, watched

pytestmark = pytest.mark.needs("docker")

TEMPLATE = """
variable "at" { default = "" }
variable "image" {}
variable "message" {}
source "docker" "a" {
  image   = var.image
  pull    = false
  commit  = true
  message = var.message
}
source "docker" "x" {
  image       = var.image
  pull        = false
  export_path = "out/${var.at}.tar"
}
build {
  sources = ["docker.a", "docker.x"]
  provisioner "shell" {
    inline = [
      "setsid sleep 31536301 >/dev/null 2>&1 &",
      "echo inside; if [ ${var.at} = inside ]; then sleep 31536301; fi",
      "dd if=/dev/zero of=/big bs=1M count=64 2>/dev/null",
    ]
  }
  post-processor "shell-local" {
    inline = ["echo after; if [ ${var.at} = after ]; then sleep 31536302; fi"]
  }
}
"""
PLACES: dict[str, Callable[[Watched], object]] = {
    "pull": lambda build: build.until_step("Pull image"),
    "claimed": lambda build: build.until_claim("container"),
    "start": lambda build: build.until_step("Start container"),
    "inside": lambda build: build.until_line("inside"),
    "image": lambda build: build.until_claim("image"),
    "file": lambda build: build.until_claim("file"),
    "commit": lambda build: build.until_step("Commit image"),
    "export": lambda build: build.until_step("Export container"),
    "remove": lambda build: build.until_step("Remove container"),
    "after": lambda build: build.until_line("after"),
}
ONLY = {"image": "docker.a", "commit": "docker.a", "file": "docker.x", "export": "docker.x"}


@pytest.fixture
def mark(workshop: Path) -> Iterator[str]:
    """A word that is in the comment of every image of the test; whatever still bears it goes at the end."""
    (workshop / "t.pkr.hcl").write_text(TEMPLATE)
    word = f"bakehouse-tests-{installation()}"
    yield word
    names = names_with(f"-{installation()}-")
    if names:
        docker("rm", "--force", *names)
    for image in images(word):
        docker("rmi", "--force", "--no-prune", image)


def images(word: str) -> list[str]:
    """Ids of all images, dangling ones too, that a commit of the test made."""
    ids = sorted(set(docker("images", "--all", "--quiet", "--no-trunc").split()))
    found = subprocess.run(
        ["docker", "image", "inspect", *ids], capture_output=True, text=True
    )  # some may go meanwhile
    return [image["Id"] for image in json.loads(found.stdout) if image["Comment"] == word]


def killed_at(place: str, image: str, mark: str) -> str:
    only = ("-only", ONLY[place]) if place in ONLY else ()
    words = ("-var", f"at={place}", "-var", f"image={image}", "-var", f"message={mark}")
    with watched(*words, *only, "t.pkr.hcl") as build:
        PLACES[place](build)
        build.kill()
        return build.run


def test_gc_after_a_kill_at_every_place(docker_image: str, mark: str, workshop: Path) -> None:
    home = installation()
    stranger = f"bakehouse-x{home}-abcd-001-a"
    docker("run", "--detach", "--name", stranger, docker_image, "sleep", "31536309")
    docker("tag", docker_image, f"bakehouse/{home}:001-a")
    (workshop / "out").mkdir()
    (workshop / "out/.z.tar.bakehouse.partial").touch()
    try:
        runs = {place: killed_at(place, docker_image, mark) for place in PLACES}
        rows = {row["run"]: row for row in map(json.loads, sane(bakehouse("runs", "--json")).splitlines())}
        listed = sane(bakehouse("gc", "--dry-run"))
        for place, run in runs.items():
            assert rows[run]["status"] == "lost", place
            assert listed.count(f"(run {run}, lost)") == len(rows[run]["left"]), place
        assert [left["kind"] for left in rows[runs["inside"]]["left"]] == ["container", "container"]
        assert f"container bakehouse-{home}-{runs['inside']}-002-x" in sane(bakehouse("runs"))
        assert sane(bakehouse("gc")) == listed.replace("would remove", "removed")
        assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
        assert names_with(f"bakehouse-{home}-") == []
        kept = {f"bakehouse/{run}:001-a" for run in runs.values()} & set(names_with("bakehouse/"))
        assert kept <= {f"bakehouse/{runs[place]}:001-a" for place in ("remove", "after")}, "artifacts at most"
        assert len(images(mark)) == len(kept)
        assert exists("image", f"bakehouse/{home}:001-a")
        assert docker("inspect", "--format", "{{.State.Running}}", stranger) == "true"
        assert tree(workshop / "out") - {str(workshop / "out" / f"{place}.tar") for place in PLACES} == {
            str(workshop / "out/.z.tar.bakehouse.partial")
        }
        assert tree(workshop.parent / "tmp") == set()
        assert sockets(list(runs.values())) == []
        assert processes("sleep 3153630") == processes("sleep 31536309")
    finally:
        docker("rm", "--force", stranger)
        docker("rmi", "--no-prune", f"bakehouse/{home}:001-a")


@pytest.mark.parametrize("size", [1, 200])
def test_a_commit_that_is_still_going_on_when_gc_comes(docker_image: str, mark: str, size: int, workshop: Path) -> None:
    """The daemon goes on with what a dead engine asked for: gc must not come too early for it."""
    text = TEMPLATE.replace("count=64", f"count={size}")
    (workshop / "t.pkr.hcl").write_text(text)
    run = killed_at("image", docker_image, mark)
    assert f"(run {run}, lost)" in sane(bakehouse("gc"))
    eventually(lambda: not any("Commit" in line for line in docker("ps", "--all").splitlines()), "commits end")
    assert names_with(f"bakehouse-{installation()}-") == []
    assert images(mark) == []
