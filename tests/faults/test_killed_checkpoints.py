"""SIGKILL of the engine while it saves a machine, hands it to the cache, or starts from it: `bakehouse gc` leaves what
the cache lists, and nothing else of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bakehouse.record.rundir import installation
from support.docker import docker
from support.faults import Fact, Watched, bakehouse, sane, watched

TEMPLATE = """
variable "word" { default = "one" }
variable "image" { default = "" }
source "rootfs" "r" { output = "out.tar" }
source "docker" "d" {
  image   = var.image
  pull    = false
  discard = true
}
build {
  sources = ["source.rootfs.r", "source.docker.d"]
  provisioner "shell" { inline = ["echo first > /first"] }
  provisioner "shell" { inline = ["dd if=/dev/urandom of=/big bs=1M count=16 2>/dev/null"] }
  provisioner "shell" { inline = ["echo ${var.word} > /third"] }
}
"""


def is_start(fact: Fact) -> bool:
    return fact["kind"] == "SpanStarted" and fact["body"]["title"].startswith("Start from the checkpoint")


def second_claim(build: Watched) -> None:
    build.until_claim("checkpoint")
    build.until_claim("checkpoint")


def handed_over(build: Watched) -> None:
    build.until_claim("checkpoint")
    build.until(lambda fact: fact["kind"] == "ResourceGone" and fact["body"]["type"] == "checkpoint")


SAVING: dict[str, Callable[[Watched], object]] = {
    "claimed": lambda build: build.until_claim("checkpoint"),
    "second claimed": second_claim,
    "handed over": handed_over,
    "made": lambda build: build.until(lambda fact: fact["kind"] == "CheckpointMade" and fact["body"]["id"] == 3),
}
KINDS = [
    pytest.param("rootfs.r", marks=pytest.mark.needs("user-namespaces")),
    pytest.param("docker.d", marks=pytest.mark.needs("docker")),
]


@pytest.fixture
def words(request: pytest.FixtureRequest, workshop: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How to build; the parameter is the build's name."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(workshop.parent / "cache"))
    Path("app.pkr.hcl").write_text(TEMPLATE)
    image = request.getfixturevalue("docker_image") if request.param == "docker.d" else "-"
    only = [f"-only={request.param}", "-var", f"image={image}"]
    return ["--cache", "--checkpoints=each", "--force", *only, "app.pkr.hcl"]


def listed() -> set[str]:
    return {json.loads(line)["name"] for line in sane(bakehouse("cache", "list", "--json")).splitlines()}


def saved(kind: str) -> set[str]:
    """The names of all checkpoints of this installation that there are."""
    if kind == "rootfs.r":
        place = Path("../cache/bakehouse/checkpoints")
        return {entry.name for entry in place.glob("*bakehouse-*")}
    tags = docker("images", "--format", "{{.Tag}}", "bakehouse-checkpoint").splitlines()
    return {tag for tag in tags if f"bakehouse-{installation()}-" in tag}


def nothing_else(kind: str) -> None:
    """After `gc` there is what the cache lists; after pruning it there is nothing."""
    sane(bakehouse("gc"))
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
    assert saved(kind) == listed()
    if kind == "rootfs.r":
        assert not list(Path("../cache/bakehouse/machines").iterdir())
    else:
        assert not docker("ps", "--all", "--quiet", "--filter", f"name=bakehouse-{installation()}-").split()


@pytest.mark.parametrize("place", SAVING)
@pytest.mark.parametrize(("words", "kind"), [pytest.param(p.values[0], p.values[0], marks=p.marks) for p in KINDS],
                         indirect=["words"])  # fmt: skip
def test_killed_while_saving(words: list[str], kind: str, place: str) -> None:
    with watched(*words) as build:
        SAVING[place](build)
        build.kill()
    nothing_else(kind)
    with watched(*words) as build:
        assert build.end() == 0, build.errors()
    sane(bakehouse("cache", "prune", "--all"))
    nothing_else(kind)
    assert not listed()


@pytest.mark.parametrize(("words", "kind"), [pytest.param(p.values[0], p.values[0], marks=p.marks) for p in KINDS],
                         indirect=["words"])  # fmt: skip
def test_killed_while_starting_from_one(words: list[str], kind: str) -> None:
    with watched(*words) as build:
        assert build.end() == 0, build.errors()
    before = listed()
    assert len(before) == 3
    with watched("-var", "word=two", *words) as build:
        build.until(is_start)
        build.kill()
    nothing_else(kind)
    assert listed() == before
    with watched("-var", "word=two", *words) as build:
        assert build.end() == 0, build.errors()
    hits = [fact["body"]["hit"] for fact in build.facts if fact["kind"] == "StepCached"]
    assert hits == [True, True, False]
    sane(bakehouse("cache", "prune", "--all"))
    nothing_else(kind)
