"""SIGKILL of the engine anywhere in a rootfs build: `bakehouse gc` takes away all of ours, and nothing else."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.faults import COMMAND, Watched, mounts, processes, sockets, tree, watched, words_of
from support.ordinary import nobody

TEMPLATE = """
variable "at" { default = "" }
variable "output" {}
source "rootfs" "a" { output = var.output }
build {
  sources = ["rootfs.a"]
  provisioner "shell" {
    inline = [
      "sh -c 'trap : TERM HUP; while :; do sleep 31536201; done' & setsid sleep 31536201 >/dev/null 2>&1 &",
      "mkdir -p /locked/in; chmod 0 /locked/in /locked",
      "echo inside; if [ ${var.at} = inside ]; then sleep 31536201; fi",
      "if [ ${var.at} = pack ]; then dd if=/dev/urandom of=/big bs=1M count=24 2>/dev/null; fi",
    ]
  }
  provisioner "shell-local" {
    inline = [
      "if [ ${var.at} = outside ]; then setsid sleep 31536202 & echo outside; fi",
      "if [ ${var.at} = outside ]; then trap : TERM; while :; do sleep 31536202; done; fi",
    ]
  }
  post-processor "shell-local" {
    inline = ["echo after; if [ ${var.at} = after ]; then sleep 31536203; fi"]
  }
}
"""
PLACES: dict[str, Callable[[Watched], object]] = {
    "run": lambda build: build.until(lambda fact: fact["kind"] == "RunStarted"),
    "plan": lambda build: build.until(lambda fact: fact["kind"] == "PlanRevised"),
    "output claimed": lambda build: build.until_claim("file"),
    "scratch claimed": lambda build: build.until_claim("directory"),
    "base": lambda build: build.until_step("Prepare base"),
    "machine claimed": lambda build: build.until_claim("machine"),
    "machine": lambda build: build.until_step("Start machine"),
    "inside": lambda build: build.until_line("inside"),
    "outside": lambda build: build.until_line("outside"),
    "stop": lambda build: build.until_step("Stop machine"),
    "pack": lambda build: build.until_step("Pack image"),
    "after": lambda build: build.until_line("after"),
}


@dataclass
class House:
    """Where builds of one tier happen, and how the command is started there."""

    work: Path
    state: Path
    cache: Path
    tmp: Path
    environment: dict[str, str]
    prefix: list[str] = field(default_factory=lambda: [COMMAND])
    nap: str = field(default_factory=lambda: f"31{secrets.randbelow(10**6):06}")

    @property
    def sleepers(self) -> list[int]:
        """Processes that a build of this house has started, whatever became of their environment."""
        return processes(f"sleep {self.nap}")

    def call(self, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            [*self.prefix, *words], capture_output=True, text=True, cwd=self.work, env=self.environment, timeout=60
        )
        assert done.stderr == ""
        return done.returncode, done.stdout

    @property
    def installation(self) -> str:
        return (self.state / "bakehouse/installation").read_text().strip()


def furnished(root: Path, **more: str) -> House:
    (root / "work").mkdir(exist_ok=True)
    house = House(root / "work", root / "state", root / "cache", root / "tmp", {})
    (house.work / "t.pkr.hcl").write_text(TEMPLATE.replace("3153620", house.nap))
    house.environment = {
        **os.environ,
        "XDG_STATE_HOME": str(house.state),
        "XDG_CACHE_HOME": str(house.cache),
        "TMPDIR": str(house.tmp),
        **more,
    }
    return house


@contextmanager
def ordinary(root: Path) -> Iterator[House]:
    """As nobody."""
    with nobody() as someone:
        house = furnished(someone.home)
        house.environment, house.prefix = someone.environment, [*someone.prefix, "-m", "bakehouse"]
        yield house


@contextmanager
def for_root(root: Path, tier: str) -> Iterator[House]:
    yield furnished(root, BAKEHOUSE_ROOTFS_TIER=tier)


TIERS = [
    pytest.param("root", marks=pytest.mark.needs("root", "user-namespaces")),
    pytest.param("chroot", marks=pytest.mark.needs("root")),
    pytest.param("ordinary", marks=pytest.mark.needs("root", "ordinary-user", "user-namespaces")),
]


@pytest.fixture(params=TIERS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    tier: str = request.param
    with ordinary(tmp_path) if tier == "ordinary" else for_root(tmp_path, tier) as made:
        yield made
        for pid in made.sleepers:
            os.kill(pid, signal.SIGKILL)


def neighbours(house: House) -> tuple[set[str], list[subprocess.Popen[bytes]]]:
    """What looks like ours and is not: of another installation, another run, another program."""
    machines, scratch = house.cache / "bakehouse/machines", house.cache / "bakehouse/scratch"
    made = [machines / "bakehouse-other-abcd-001-a", scratch / "bakehouse-other-abcd-001-a"]
    made += [house.work / "out" / ".z.tar.bakehouse-partial", house.work / "out" / ".plan.tar.bakehouse-partia"]
    for path in made:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir() if path.suffix == "" else path.touch()
    claim = {"BAKEHOUSE_CLAIM": f"bakehouse-{house.installation}-abcd-001-a"}
    return {str(path) for path in made}, [subprocess.Popen(["sleep", "31536209"], env={**os.environ, **claim})]


def killed_at(house: House, place: str) -> str:
    """The run that was killed there, its output `out/PLACE.tar`."""
    words = ("-var", f"at={place}", "-var", f"output=out/{place}.tar", "t.pkr.hcl")
    with watched(*words, prefix=house.prefix, cwd=house.work, env=house.environment) as build:
        PLACES[place](build)
        build.kill()
        return build.run


def test_gc_after_a_kill_at_every_place(house: House) -> None:
    alive_words = ("-var", "at=inside", "-var", "output=out/alive.tar", "t.pkr.hcl")
    with watched(*alive_words, prefix=house.prefix, cwd=house.work, env=house.environment) as alive:
        alive.until_line("inside")
        strangers, sleepers = neighbours(house)
        try:
            runs = {place: killed_at(house, place) for place in PLACES}
            rows = [json.loads(line) for line in house.call("runs", "--json")[1].splitlines()]
            left = {row["run"]: len(row["left"]) for row in rows}
            status = {row["run"]: row["status"] for row in rows}
            code, listed = house.call("gc", "--dry-run")
            assert code == 0
            for place, run in runs.items():
                assert status[run] == "lost", place
                assert listed.count(f"(run {run}, lost)") == left[run], place
            assert left[runs["inside"]] == 2
            assert alive.run not in listed
            shown = house.call("runs")[1]
            assert f"bakehouse-{house.installation}-{runs['inside']}-001-a" in shown
            assert shown.rstrip().endswith("Remove what was left behind with: bakehouse gc")
            code, removed = house.call("gc")
            assert removed == listed.replace("would remove", "removed")
            assert code == 0
            assert house.call("gc") == (0, "Nothing is left behind.\n")
            assert [process.poll() for process in sleepers] == [None]
            assert alive.process.poll() is None
        finally:
            for process in sleepers:
                process.kill()
                process.wait()
        names = [f"bakehouse-{house.installation}-{run}-" for run in runs.values()]
        cookies = [f"BAKEHOUSE_CLAIM={run}-" for run in runs.values()]
        living = processes(*names, *cookies)
        assert [words_of(pid) for pid in living] == []
        assert [mount for name in names for mount in mounts(name)] == []
        assert sockets(list(runs.values())) == []
        everything = tree(house.cache / "bakehouse/machines", house.cache / "bakehouse/scratch", house.tmp)
        lies = {path for path in everything | tree(house.work / "out") if alive.run not in path}
        images = {str(house.work / "out" / f"{place}.tar") for place in ("after",)}
        assert lies - strangers - {str(house.work / "out/.alive.tar.bakehouse-partial")} - maybe(house) == images
        assert strangers <= lies
        alive.process.terminate()
        assert alive.end() == 1
    assert house.call("gc") == (0, "Nothing is left behind.\n")
    assert house.sleepers == []
    assert mounts(f"bakehouse-{house.installation}") == []


def maybe(house: House) -> set[str]:
    """A build that was killed near its end may have been quicker than the test."""
    return {str(house.work / "out" / f"{place}.tar") for place in ("stop", "pack")}


@pytest.mark.needs("root")
def test_a_copy_of_a_large_base_does_not_go_on_behind_gc(tmp_path: Path) -> None:
    """Where no overlay is to be had, a program copies the base: it must not outlive the engine."""
    house = furnished(tmp_path, BAKEHOUSE_ROOTFS_TIER="chroot")
    lines = "mkdir /many; cd /many; for a in $(seq 120); do mkdir $a; (cd $a; touch $(seq 50)); done"
    steps = f'provisioner "shell" {{ inline = ["{lines}"] }}'
    (house.work / "base.pkr.hcl").write_text(
        f'source "rootfs" "a" {{\n  output = "base.tar"\n}}\nbuild {{\n  sources = ["rootfs.a"]\n  {steps}\n}}\n'
    )
    done = subprocess.run(
        [*house.prefix, "build", "base.pkr.hcl"], cwd=house.work, env=house.environment, stdout=subprocess.DEVNULL
    )
    assert done.returncode == 0
    block = '{\n  output = var.output\n  base   = "base.tar"\n}'
    text = TEMPLATE.replace("3153620", house.nap).replace("{ output = var.output }", block)
    (house.work / "t.pkr.hcl").write_text(text)
    for place in ("machine claimed", "machine", "inside"):
        run = killed_at(house, place)
        code, removed = house.call("gc")
        assert code == 0
        assert f"(run {run}, lost)" in removed, place
        machines = house.cache / "bakehouse/machines"
        assert tree(machines) == set(), place
        assert processes(f"-{run}-001-a") == [], place


@pytest.mark.needs("user-namespaces")
def test_gc_after_kills_at_any_moment(tmp_path: Path) -> None:
    """Not only where an event tells of something."""
    house = furnished(tmp_path)
    for milliseconds in range(150, 1000, 85):
        output = f"output=out/{milliseconds}.tar"
        command = [*house.prefix, "build", "-var", "at=pack", "-var", output, "t.pkr.hcl"]
        with subprocess.Popen(
            command, cwd=house.work, env=house.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            try:
                process.wait(milliseconds / 1000)
            except subprocess.TimeoutExpired:
                process.kill()
    assert house.call("gc")[0] == 0
    assert house.call("gc") == (0, "Nothing is left behind.\n")
    assert processes(str(house.cache), f"bakehouse-{house.installation}-") == []
    assert mounts(f"bakehouse-{house.installation}-") == []
    places = (house.cache / "bakehouse/machines", house.cache / "bakehouse/scratch", house.tmp)
    assert tree(*places) == set()
    assert [path for path in tree(house.work / "out") if "partial" in path] == []
    runs = [json.loads(line)["run"] for line in house.call("runs", "--json")[1].splitlines()]
    assert runs
    assert sockets(runs) == []
