"""SIGKILL and signals wherever a person may have brought a build: nothing of ours is left, and it is no success."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bakehouse.record.rundir import RunDirectory, installation
from support.docker import docker, names_with
from support.faults import (
    COMMAND,
    Fact,
    Watched,
    bakehouse,
    eventually,
    mounts,
    processes,
    sane,
    settings_of,
    sockets,
    tree,
    watched,
)
from support.terminals import OnTerminal

TEMPLATE = """
variable "image" { default = "" }
source "rootfs" "r" { output = "out/r.tar" }
source "docker" "d" {
  image   = var.image
  pull    = false
  discard = true
}
build {
  sources = ["rootfs.r", "docker.d"]
  provisioner "shell" { inline = ["setsid sleep NAP >/dev/null 2>&1 &", "echo one > /one"] }
  provisioner "shell" { inline = ["dd if=/dev/urandom of=/big bs=1M count=8 2>/dev/null"] }
  provisioner "shell" { script = "s.sh" }
}
"""
SCRIPT = "#!/bin/sh\necho begun\necho middle\nexit 7\n"
FLAGS = ("--on-error=pause", "--hold=5m", "--checkpoints=each", "--trace=on")
KINDS = [
    pytest.param("rootfs.r", marks=pytest.mark.needs("user-namespaces")),
    pytest.param("docker.d", marks=pytest.mark.needs("docker")),
]


class Debugged:
    """A build that a person looks into."""

    def __init__(self, build: Watched, nap: str) -> None:
        self.build = build
        self.nap = nap
        self.givers: list[subprocess.Popen[bytes]] = []
        self.terminals: list[OnTerminal] = []

    def give(self, *words: str) -> None:
        """A command from another terminal, whose answer nobody waits for."""
        command = [COMMAND, "ctl", self.build.run, self.build.facts[1]["body"]["builds"][0]["key"], *words]
        self.givers.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    def until_span(self, type: str, title: str = "") -> Fact:
        """Until a span of that type, and with a title that begins so, is begun."""
        return self.build.until(
            lambda fact: (
                fact["kind"] == "SpanStarted"
                and fact["body"]["type"] == type
                and fact["body"]["title"].startswith(title)
            ),
            f"{type} {title}",
        )

    def paused(self, reason: str = "failure") -> None:
        self.build.until(lambda fact: fact["kind"] == "BuildPaused" and fact["body"]["reason"] == reason, reason)


def failed(debugged: Debugged) -> None:
    debugged.paused()


def in_a_shell(debugged: Debugged) -> None:
    debugged.paused()
    words = [COMMAND, "shell", debugged.build.run]
    debugged.terminals.append(
        OnTerminal(words, Path.cwd(), settings_of({"TERM": "xterm", "LINES": "24", "COLUMNS": "80"}))
    )
    debugged.until_span("shell")
    debugged.terminals[0].type(f"echo sto''od; setsid sleep {debugged.nap} & sleep {debugged.nap}\r")
    debugged.terminals[0].read_until("stood")


def in_a_hand_command(debugged: Debugged) -> None:
    debugged.paused()
    debugged.give("run", f"echo here; setsid sleep {debugged.nap} & sleep {debugged.nap}")
    debugged.build.until_line("here")


def at_a_line(debugged: Debugged) -> None:
    debugged.build.until(lambda fact: fact["kind"] == "BuildPaused" and fact["body"].get("line") == 3, "line 3")


def saving(debugged: Debugged) -> None:
    debugged.until_span("checkpoint")
    debugged.until_span("checkpoint")


def rolling_back(debugged: Debugged) -> None:
    debugged.paused()
    debugged.give("rollback")
    debugged.until_span("rollback")


def rolled_back(debugged: Debugged) -> None:
    rolling_back(debugged)
    debugged.paused("rollback")


def retrying_after_it(debugged: Debugged) -> None:
    debugged.paused()
    debugged.give("rollback-retry")
    debugged.build.until(lambda fact: fact["kind"] == "BuildRewound", "rewound")


def removing(debugged: Debugged) -> None:
    debugged.paused()
    debugged.give("cancel")
    debugged.until_span("cleanup")


SITUATIONS: dict[str, Callable[[Debugged], None]] = {
    situation.__name__.replace("_", " "): situation
    for situation in (
        failed, in_a_shell, in_a_hand_command, at_a_line, saving, rolling_back, rolled_back, retrying_after_it, removing
    )
}  # fmt: skip
Put = Callable[[str], Debugged]


@pytest.fixture
def put(request: pytest.FixtureRequest, workshop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    """Bring a build into a situation; the parameter is the build's name."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(workshop.parent / "cache"))
    nap = f"31{secrets.randbelow(10**6):06}"
    Path("t.pkr.hcl").write_text(TEMPLATE.replace("NAP", nap))
    Path("s.sh").write_text(SCRIPT)
    image = request.getfixturevalue("docker_image") if request.param == "docker.d" else "-"
    words = [*FLAGS, f"-only={request.param}", "-var", f"image={image}"]
    with_line = ["--break", "s.sh:3"]
    found: list[Debugged] = []
    stack = []

    def bring(situation: str) -> Debugged:
        running = watched(*words, *(with_line if situation == "at a line" else []), "t.pkr.hcl")
        stack.append(running)
        found.append(Debugged(running.__enter__(), nap))
        SITUATIONS[situation](found[0])
        return found[0]

    yield bring
    for running in stack:
        running.__exit__(None, None, None)
    for terminal in [terminal for debugged in found for terminal in debugged.terminals]:
        terminal.kill()
    for giver in [giver for debugged in found for giver in debugged.givers]:
        giver.wait(timeout=20)
    for pid in processes(f"sleep {nap}"):
        os.kill(pid, signal.SIGKILL)


def nothing_is_left(workshop: Path, run: str, nap: str) -> None:
    """Of the run, and of all that it made."""
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"
    name = f"bakehouse-{installation()}-{run}-"
    eventually(lambda: not processes(f"sleep {nap}", f"BAKEHOUSE_CLAIM={run}-", name), "all processes end")
    assert mounts(name) == []
    assert sockets([run]) == []
    cache = workshop.parent / "cache/bakehouse"
    places = [cache / place for place in ("machines", "checkpoints", "scratch")]
    assert tree(*places, workshop.parent / "tmp", workshop / "out") == set()


def containers() -> list[str]:
    """Of this installation, and images of its checkpoints."""
    tags = docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
    return [*names_with(f"bakehouse-{installation()}-"), *[tag for tag in tags if f"-{installation()}-" in tag]]


both = pytest.mark.parametrize(
    ("put", "kind"),
    [pytest.param(*kind.values, *kind.values, marks=kind.marks) for kind in KINDS],
    indirect=["put"],
)


@pytest.mark.parametrize("situation", SITUATIONS)
@both
def test_sigkill(put: Put, kind: str, situation: str, workshop: Path) -> None:
    debugged = put(situation)
    debugged.build.kill()
    (run,) = RunDirectory.list()
    assert run.status == "lost"
    assert f"(run {run.run}, lost)" in sane(bakehouse("gc"))
    nothing_is_left(workshop, run.run, debugged.nap)
    assert kind != "docker.d" or containers() == []


CASES = [(kind, situation, signal.SIGINT) for kind in KINDS for situation in SITUATIONS]
CASES += [
    (KINDS[0], situation, number)
    for number in (signal.SIGTERM, signal.SIGHUP)
    for situation in ("failed", "in a hand command", "saving", "rolling back")
]


@pytest.mark.parametrize(
    ("put", "kind", "situation", "number"),
    [
        pytest.param(
            *kind.values,
            *kind.values,
            situation,
            number,
            marks=kind.marks,
            id=f"{kind.values[0]}-{situation}-{number.name}",
        )
        for kind, situation, number in CASES
    ],
    indirect=["put"],
)
def test_a_signal(put: Put, kind: str, situation: str, number: signal.Signals, workshop: Path) -> None:
    """One of them stops and cleans up, whatever goes on."""
    debugged = put(situation)
    debugged.build.process.send_signal(number)
    assert debugged.build.end() == 1, debugged.build.errors()
    (run,) = RunDirectory.list()
    assert run.status == "finished"
    nothing_is_left(workshop, run.run, debugged.nap)
    assert kind != "docker.d" or containers() == []
    (end,) = [fact["body"] for fact in debugged.build.facts if fact["kind"] == "BuildFinished"]
    assert end["outcome"] in ("cancelled", "failed")


@pytest.mark.parametrize("situation", ["in a hand command", "rolling back"])
@both
def test_three_interrupts(put: Put, kind: str, situation: str, workshop: Path) -> None:
    """The engine leaves at once, and what it leaves is in the ledger."""
    debugged = put(situation)
    for _ in range(3):
        if debugged.build.process.poll() is None:
            debugged.build.process.send_signal(signal.SIGINT)
    assert debugged.build.end() == 1, debugged.build.errors()
    sane(bakehouse("gc"))
    (run,) = RunDirectory.list()
    nothing_is_left(workshop, run.run, debugged.nap)
    assert kind != "docker.d" or containers() == []
