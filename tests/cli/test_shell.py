"""`bakehouse shell` on a real terminal, in real machines: full-screen programs, sizes, Ctrl-C, and coming back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bakehouse.cli.find import state_of
from bakehouse.record.rundir import RunDirectory
from bakehouse.record.state import RunState
from support.docker import docker_image  # noqa: F401 (a fixture)
from support.ordinary import nobody
from support.terminals import PATIENCE, OnTerminal, bakehouse_on_terminal

TEMPLATE = """
variable "image" { default = "" }
source "rootfs" "a" { output = "a.tar" }
source "docker" "a" {
  image   = var.image
  pull    = false
  discard = true
}
build {
  sources = ["KIND.a"]
  provisioner "shell" { inline = ["echo ready", "exit 3"] }
}
"""
KINDS = [
    pytest.param("rootfs", marks=pytest.mark.needs("user-namespaces")),
    pytest.param("docker", marks=pytest.mark.needs("docker")),
]


@dataclass
class Paused:
    """A run in the background whose only build is paused."""

    cwd: Path
    process: subprocess.Popen[bytes]
    code: int = 1

    @property
    def directory(self) -> RunDirectory:
        return RunDirectory.list()[0]

    @property
    def state(self) -> RunState:
        return state_of(self.directory)

    def shell(self, *flags: str) -> OnTerminal:
        """`bakehouse shell` on a terminal, at its prompt."""
        terminal = bakehouse_on_terminal("shell", self.directory.run, *flags, cwd=self.cwd)
        terminal.read_until("ctrl+] leaves it open")
        return terminal

    def until(self, what: str, condition: object) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition(self.state):  # type: ignore[operator]
            assert time.monotonic() < deadline, what
            assert self.process.poll() is None, "the run ended"
            time.sleep(0.02)


@pytest.fixture
def paused(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Paused]:
    kind = getattr(request, "param", "rootfs")
    (tmp_path / "t.pkr.hcl").write_text(TEMPLATE.replace("KIND", "docker" if kind == "docker" else "rootfs"))
    words = ["build", "--on-error=pause", "--hold=5m"]
    if kind == "shared":
        words += ["--share=nogroup", "--share-drive"]
    if kind == "docker":
        words.append(f"-var=image={request.getfixturevalue('docker_image')}")
    command = [sys.executable, "-m", "bakehouse", *words, "t.pkr.hcl"]
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen(command, cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    run = Paused(tmp_path, process)
    deadline = time.monotonic() + PATIENCE
    while not any(state_of(one).paused for one in RunDirectory.list()):
        assert process.poll() is None, (tmp_path / "out").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield run
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE) == run.code


def answers(terminal: OnTerminal, command: str, wanted: str) -> str:
    """Type a command; everything that is shown up to `wanted`, which what is typed must not contain."""
    terminal.shown = ""
    terminal.type(command)
    return terminal.read_until(wanted)


def bakehouse(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bakehouse", *words]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("paused", KINDS, indirect=True)
def test_full_screen_programs_sizes_and_ctrl_c(paused: Paused) -> None:
    terminal = paused.shell()
    assert "36 120" in answers(terminal, "stty size; echo o''k\r", "ok\n")
    terminal.resize(20, 77)
    assert "20 77" in answers(terminal, "sleep 0.3; stty size; echo o''k\r", "ok\n")

    answers(terminal, "echo go''ing; sleep 600\r", "going\n")
    assert "^C" in answers(terminal, "\x03", "# "), "the prompt is back: what is typed before it may be dropped"
    assert answers(terminal, "echo status-$?\r", "status-130")

    answers(terminal, "vi /root/poem\r", "- /root/poem")
    answers(terminal, "iroses", "roses")
    answers(terminal, "\x1b", "- /root/poem [Modified]")
    answers(terminal, ":wq\r", "\x1b[?1049l")
    assert answers(terminal, "cat /root/poem; echo o''k\r", "\nroses\nok\n")

    answers(terminal, "i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo line-$i; done | less\r", "line-18")
    assert "line-300" not in terminal.shown
    answers(terminal, "G", "line-300")
    terminal.type("q")

    answers(terminal, "top\r", "PID")
    terminal.type("q")
    answers(terminal, "\recho af''ter-$((40+2))\r", "after-42")
    terminal.type("exit 7\r")
    assert terminal.wait() == 7
    (build,) = paused.state.builds.values()
    assert build.tainted == ["opened a shell"]
    assert build.pause is not None


@pytest.mark.parametrize("paused", KINDS, indirect=True)
def test_it_survives_who_leaves_and_who_is_killed(paused: Paused) -> None:
    terminal = paused.shell()
    answers(terminal, "word=kept; echo my''-pid-$$-o''k\r", "-ok\n")
    pid = re.findall(r"my-pid-(\d+)-", terminal.shown)[-1]
    terminal.type("\x1d")
    assert terminal.wait() == 0
    assert f"Left; the shell goes on. Come back with: bakehouse shell {paused.directory.run}" in terminal.shown

    killed = paused.shell()
    assert killed.read_until(f"my-pid-{pid}-"), "what it showed is shown again"
    answers(killed, "echo $word-$$\r", f"kept-{pid}\n")
    answers(killed, "echo go''ing; sleep 601\r", "going\n")
    os.kill(killed.pid, signal.SIGKILL)
    killed.kill()

    hung_up = paused.shell()
    hung_up.read_until("going\n")
    hung_up.type("\x03")
    answers(hung_up, "echo $word-again-$$\r", f"kept-again-{pid}\n")
    other = paused.shell("--new")
    answers(other, "echo other-$word-\r", "other--\n")
    other.type("exit\r")
    assert other.wait() == 0
    hung_up.hang_up()
    hung_up.process.wait(timeout=PATIENCE)

    last = paused.shell()
    last.read_until(f"kept-again-{pid}")
    assert bakehouse("ctl", paused.directory.run, "a", "cancel").returncode == 0
    last.read_until("This shell ends here")
    assert last.wait() == 1
    shells = [span for span in paused.state.spans.values() if span.type == "shell"]
    assert len(shells) == 2


@pytest.mark.needs("user-namespaces")
def test_sigterm_leaves_the_shell_as_it_is_and_the_terminal_as_it_was(paused: Paused) -> None:
    terminal = paused.shell()
    answers(terminal, "vi /root/poem\r", "- /root/poem")
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.wait() == 0
    assert "\x1b[?1049l" in terminal.shown
    assert "Left; the shell goes on." in terminal.shown
    again = paused.shell()
    again.read_until("- /root/poem")
    again.type("\x1d")
    assert again.wait() == 0


@pytest.mark.parametrize("paused", KINDS, indirect=True)
def test_who_is_in_a_shell_is_told_when_the_build_goes_on_without_its_machine(paused: Paused) -> None:
    terminal = paused.shell()
    answers(terminal, "echo in''side\r", "inside\n")
    paused.code = 0

    assert bakehouse("ctl", paused.directory.run, "a", "skip").returncode == 0

    terminal.read_until("This shell ends here: its build lets go of the machine.")
    assert terminal.wait() == 1
    assert "TaskGroup" not in terminal.shown
    assert paused.process.wait(timeout=PATIENCE) == 0, (paused.cwd / "out").read_text()
    (shell,) = [span for span in paused.state.spans.values() if span.type == "shell"]
    assert shell.outcome == "cancelled"


@pytest.mark.needs("root", "ordinary-user", "user-namespaces")
@pytest.mark.parametrize("paused", ["shared"], indirect=True)
def test_a_colleague_who_may_drive_enters_a_shared_run(paused: Paused) -> None:
    with nobody() as colleague:
        command = [*colleague.prefix, "-m", "bakehouse", "shell", paused.directory.run[:3]]
        terminal = OnTerminal(command, colleague.home / "work", {**colleague.environment, "TERM": "xterm"})
        terminal.read_until("A shell in the machine of rootfs.a. ctrl+] leaves it open")
        answers(terminal, "echo uid-$(id -u)\r", "uid-0")
        terminal.type("exit 7\r")
        assert terminal.wait() == 7
    (taint,) = next(iter(paused.state.builds.values())).tainted_by
    assert "nobody" in taint


def test_what_cannot_be_is_said(paused: Paused) -> None:
    run = paused.directory.run
    assert "shell needs a terminal, and standard input is none" in bakehouse("shell", run).stderr
    nothing = bakehouse_on_terminal("shell", "zzzz", cwd=paused.cwd)
    assert nothing.wait() == 1
    assert 'There is no run "zzzz". "bakehouse runs" lists them.' in nothing.shown
    wrong = bakehouse_on_terminal("shell", run, "dokcer", cwd=paused.cwd)
    assert wrong.wait() == 1
    assert f'Run {run} has no build "dokcer". It has:' in wrong.shown
    assert bakehouse("ctl", run, "a", "cancel").returncode == 0
    assert paused.process.wait(timeout=PATIENCE) == 1
    over = bakehouse_on_terminal("shell", run, cwd=paused.cwd)
    assert over.wait() == 1
    assert f"Run {run} is over. Read it with: bakehouse logs {run}" in over.shown
