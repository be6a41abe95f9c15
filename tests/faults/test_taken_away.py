"""What is not ours to end ends in the middle of a build: the machine, Docker's daemon, the run's own directory."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bakehouse.record.rundir import RunDirectory, installation
from support.daemon import IMAGE, Daemon, own_daemon
from support.docker import docker, names_with
from support.faults import Watched, bakehouse, eventually, mounts, processes, sane, tree, watched

TEMPLATE = """
variable "image" { default = "" }
source "rootfs" "r" { output = "out/r.tar" }
source "docker" "d" {
  image  = var.image
  pull   = false
  commit = true
}
build {
  sources = ["rootfs.r", "docker.d"]
  provisioner "shell" { inline = ["echo one > /one; dd if=/dev/zero of=/big bs=1M count=64 2>/dev/null"] }
  provisioner "shell" { script = "s.sh" }
}
"""
WAITS = "test -e /one || exit 9\necho begun\nwhile :; do sleep 0.1; done\n"
FAILS = "test -e /one || exit 9\necho begun\nexit 7\n"
GOOD = "test -e /one || exit 9\n"
KINDS = [
    pytest.param("rootfs.r", marks=pytest.mark.needs("user-namespaces")),
    pytest.param("docker.d", marks=pytest.mark.needs("docker")),
]


@pytest.fixture
def words(request: pytest.FixtureRequest, workshop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """How to build; the parameter is the build's name."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(workshop.parent / "cache"))
    Path("t.pkr.hcl").write_text(TEMPLATE)
    image = request.getfixturevalue("docker_image") if request.param == "docker.d" else "-"
    yield ["--hold=5m", "--checkpoints=each", f"-only={request.param}", "-var", f"image={image}", "t.pkr.hcl"]
    if request.param == "docker.d":
        for name in names_with(f"-{installation()}-"):
            docker("rm", "--force", name)
        for run in RunDirectory.list():
            subprocess.run(["docker", "rmi", "--force", f"bakehouse/{run.run}:001-d"], capture_output=True)


def take_away(kind: str, run: str) -> None:
    """What a stranger may do to a machine."""
    if kind == "docker.d":
        docker("rm", "--force", f"bakehouse-{installation()}-{run}-001-d")
        return
    for pid in processes(f"bakehouse-{installation()}-{run}-001-r"):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def give(build: Watched, *words: str) -> tuple[int, str]:
    """A command from another terminal: its exit code, and all it said."""
    key = build.facts[1]["body"]["builds"][0]["key"]
    done = bakehouse("ctl", build.run, key, *words)
    return done.returncode, sane(done)


def paused(build: Watched, reason: str = "failure") -> str:
    """Until it is paused; the error."""
    return str(build.until(lambda fact: fact["kind"] == "BuildPaused" and fact["body"]["reason"] == reason, reason)
               ["body"].get("error", ""))  # fmt: skip


def nothing_is_left(kind: str, run: str) -> None:
    name = f"bakehouse-{installation()}-{run}-"
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
    eventually(lambda: not processes(name), "all processes end")
    assert mounts(name) == []
    assert kind == "rootfs.r" or names_with(name) == []


both = pytest.mark.parametrize(
    ("words", "kind"),
    [pytest.param(kind.values[0], kind.values[0], marks=kind.marks) for kind in KINDS],
    indirect=["words"],
)


@both
def test_the_machine_in_mid_step(words: list[str], kind: str) -> None:
    Path("s.sh").write_text(WAITS)
    with watched(*words) as build:
        build.until_line("begun")
        take_away(kind, build.run)
        assert build.end() == 1
    (end,) = [fact["body"] for fact in build.facts if fact["kind"] == "BuildFinished"]
    assert end["outcome"] == "failed"
    wanted = (
        "The machine is gone" if kind == "rootfs.r" else f"The container bakehouse-{installation()}-{build.run}-001-d"
    )
    assert wanted in end["error"]
    nothing_is_left(kind, build.run)


@both
def test_the_machine_at_a_pause(words: list[str], kind: str) -> None:
    """Everything that needs it says so; a roll back makes it anew."""
    Path("s.sh").write_text(FAILS)
    with watched("--on-error=pause", *words) as build:
        paused(build)
        take_away(kind, build.run)
        code, said = give(build, "run", "echo hello")
        assert code == 1, said
        assert ("The machine is gone" if kind == "rootfs.r" else "No such container") in said
        code, said = give(build, "diff")
        assert code == (0 if kind == "rootfs.r" else 1), said  # the files of an embedded machine lie on this host
        assert ("No such container" in said) == (kind == "docker.d")
        assert give(build, "retry")[0] == 0
        again = paused(build)
        assert ("The machine is gone" if kind == "rootfs.r" else "No such container") in again
        Path("s.sh").write_text(GOOD)
        code, said = give(build, "rollback-retry", "--changed")
        assert code == 0, said
        assert build.end() == 0, build.facts[-8:]
    nothing_is_left(kind, build.run)


@pytest.mark.needs("docker")
@pytest.mark.parametrize("words", ["docker.d"], indirect=True)
def test_the_container_during_its_commit(words: list[str]) -> None:
    """Either the commit was quicker, or it says that it has failed."""
    Path("s.sh").write_text(GOOD)
    with watched(*words) as build:
        build.until_claim("image")
        take_away("docker.d", build.run)
        code = build.end()
    (end,) = [fact["body"] for fact in build.facts if fact["kind"] == "BuildFinished"]
    made = f"bakehouse/{build.run}:001-d" in names_with("bakehouse/")
    assert (code, end["outcome"]) == ((0, "succeeded") if made else (1, "failed"))
    nothing_is_left("docker.d", build.run)


@pytest.fixture(scope="module")
def own() -> Iterator[Daemon]:
    with own_daemon() as daemon:
        yield daemon


@pytest.fixture
def daemon(own: Daemon, workshop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """A daemon of the test's own, that every command of the test speaks to."""
    monkeypatch.setenv("DOCKER_HOST", own.host)
    Path("t.pkr.hcl").write_text(TEMPLATE)
    yield own
    own.kill()
    own.start()
    if names := own.docker("ps", "--all", "--quiet").split():
        own.docker("rm", "--force", *names)


DAEMON = ("--hold=5m", "--checkpoints=each", "-only=docker.d", "-var", f"image={IMAGE}", "t.pkr.hcl")
AT: dict[str, Callable[[Watched], object]] = {
    "start": lambda build: build.until_claim("container"),
    "step": lambda build: build.until_line("begun"),
    "checkpoint": lambda build: build.until_claim("checkpoint"),
}


@pytest.mark.needs("docker", "dockerd", "root")
@pytest.mark.parametrize("place", AT)
def test_the_docker_daemon(daemon: Daemon, place: str) -> None:
    """The build fails and says why; what cannot be removed stays in the ledger until the daemon is back."""
    Path("s.sh").write_text(WAITS)
    with watched(*DAEMON) as build:
        AT[place](build)
        daemon.kill()
        assert build.end() == 1
    (end,) = [fact["body"] for fact in build.facts if fact["kind"] == "BuildFinished"]
    assert end["outcome"] == "failed"
    assert "a fault in" not in end["error"]
    assert "No Docker daemon answers" in end["error"] or "connection to Docker" in end["error"], end["error"]
    done = bakehouse("gc")
    assert done.returncode == 1
    assert f"No Docker daemon answers at {daemon.host}" in sane(done)
    row = json.loads(sane(bakehouse("runs", "--json")).splitlines()[0])
    assert row["left"]
    daemon.start()
    sane(bakehouse("gc"))
    nothing_of_it(daemon)


def nothing_of_it(daemon: Daemon) -> None:
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
    assert daemon.docker("ps", "--all", "--quiet") == ""
    tags = daemon.docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert [tag for tag in tags if tag.startswith("bakehouse-checkpoint") and installation() in tag] == []


@pytest.mark.needs("docker", "dockerd", "root")
def test_the_docker_daemon_at_a_pause(daemon: Daemon) -> None:
    """The build waits on, what needs the daemon says so, and when it is back, a roll back mends what was lost."""
    Path("s.sh").write_text(FAILS)
    with watched("--on-error=pause", *DAEMON) as build:
        paused(build)
        daemon.kill()
        for verb in (("run", "echo hello"), ("diff",)):
            code, said = give(build, *verb)
            assert code == 1, said
            assert "No Docker daemon answers" in said
        assert give(build, "retry")[0] == 0
        assert "No Docker daemon answers" in paused(build)
        assert give(build, "rollback")[0] == 0
        assert "No Docker daemon answers" in paused(build, "rollback")
        code, said = give(build, "retry")
        assert code == 1
        assert "could not be rolled back" in said
        daemon.start()
        Path("s.sh").write_text(GOOD)
        code, said = give(build, "rollback-retry", "--changed")
        assert code == 0, said
        assert build.end() == 0, build.facts[-8:]
    nothing_of_it(daemon)


@both
def test_the_run_directory(words: list[str], kind: str, workshop: Path) -> None:
    """Without a record nothing goes on: the build fails, and is cleaned up."""
    Path("s.sh").write_text(WAITS.replace("while :", "sleep 0.3; echo more; while :"))
    with watched(*words) as build:
        build.until_line("begun")
        shutil.rmtree(workshop.parent / "state/bakehouse/runs" / build.run)
        done = bakehouse("attach", build.run)
        assert done.returncode == 1
        assert f'There is no run "{build.run}"' in sane(done)
        build.process.send_signal(signal.SIGINT)  # its first event is the one that finds out
        assert build.end() == 1
    (end,) = [fact["body"] for fact in build.facts if fact["kind"] == "BuildFinished"]
    told = [fact["body"]["text"] for fact in build.facts if fact["kind"] == "Diagnostic"]
    assert [text for text in told if f"runs/{build.run}, is gone: somebody has removed it." in text]
    assert end["outcome"] in ("failed", "cancelled")
    nothing_is_left(kind, build.run)
    cache = workshop.parent / "cache/bakehouse"
    assert tree(cache / "machines", cache / "checkpoints", cache / "scratch") == set()


def test_a_run_without_its_directory_is_no_success(workshop: Path) -> None:
    Path("t.pkr.hcl").write_text(
        'source "null" "a" { communicator = "none" }\nbuild {\n  sources = ["null.a"]\n'
        '  provisioner "shell-local" { inline = ["echo begun; until [ -e go ]; do sleep 0.05; done"] }\n}\n'
    )
    with watched("t.pkr.hcl") as build:
        build.until_line("begun")
        shutil.rmtree(workshop.parent / "state/bakehouse/runs" / build.run)
        Path("go").touch()
        assert build.end() == 1
    (end,) = [fact["body"] for fact in build.facts if fact["kind"] == "BuildFinished"]
    assert end["outcome"] == "failed"
    assert "is gone: somebody has removed it." in end["error"]
