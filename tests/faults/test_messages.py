"""What people read when their machine is not as it should be: whole commands, each with a golden file.

WRITE_GOLDEN=1 writes the files anew; look at the difference before committing it.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.record.rundir import RunDirectory
from support.faults import COMMAND, bakehouse, golden, sane, watched, without_rights
from support.tmux import Pane, terminal_environment

ROOTFS = 'source "rootfs" "a" {\n  output = "out/a.tar"\n}\n'
DOCKER = 'source "docker" "a" {\n  image   = "alpine"\n  discard = true\n}\n'
NULL = 'source "null" "a" {\n  communicator = "none"\n}\n'


def template(head: str, *steps: str) -> None:
    kind = head.split('"')[1]
    lines = "".join(f"  {step}\n" for step in steps)
    Path("t.pkr.hcl").write_text(f'{head}build {{\n  sources = ["{kind}.a"]\n{lines}}}\n')


def refused(name: str, done: subprocess.CompletedProcess[str], **words: str) -> None:
    assert done.returncode == 1
    golden(name, sane(done), words=words)


def test_dockerd_that_is_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    template(DOCKER)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    refused("dockerd-not-running", bakehouse("build", "t.pkr.hcl"))


def test_dockerd_that_died_and_left_its_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    template(DOCKER)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("dead.sock")
    monkeypatch.setenv("DOCKER_HOST", "unix://dead.sock")
    refused("dockerd-died", bakehouse("build", "t.pkr.hcl"))


@pytest.mark.needs("user-namespaces")
def test_no_permission_on_the_socket_of_docker(monkeypatch: pytest.MonkeyPatch) -> None:
    template(DOCKER)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind("docker.sock")
        door.listen()
        Path("docker.sock").chmod(0)
        monkeypatch.setenv("DOCKER_HOST", "unix://docker.sock")
        refused("docker-no-permission", without_rights("build", "t.pkr.hcl"))


@pytest.mark.needs("user-namespaces")
def test_no_isolation_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")  # so that proot is not found either
    template(ROOTFS)
    refused("no-isolation", without_rights("build", "t.pkr.hcl"))
    assert not Path("out").exists()


def test_an_output_that_exists_already() -> None:
    template(ROOTFS)
    Path("out").mkdir()
    Path("out/a.tar").write_text("precious")
    refused("output-exists", bakehouse("build", "t.pkr.hcl"))
    assert Path("out/a.tar").read_text() == "precious"
    assert os.listdir("out") == ["a.tar"]


def test_an_output_below_a_file() -> None:
    template(ROOTFS)
    Path("out").write_text("precious")
    refused("output-below-a-file", bakehouse("build", "t.pkr.hcl"))
    assert Path("out").read_text() == "precious"


@pytest.mark.needs("user-namespaces")
def test_an_output_that_may_not_be_written() -> None:
    template(ROOTFS)
    Path("out").mkdir(mode=0o500)
    command = without_rights("validate", "t.pkr.hcl")
    assert command.returncode == 0
    Path("t.pkr.hcl").write_text(
        'source "file" "a" {\n  target = "out/a"\n  content = "x"\n}\nbuild {\n  sources = ["file.a"]\n}\n'
    )
    refused("output-not-writable", without_rights("build", "t.pkr.hcl"))


@pytest.mark.needs("user-namespaces")
def test_a_second_run_of_the_same_template() -> None:
    template(ROOTFS, 'provisioner "shell" { inline = ["echo begun; sleep 31536601"] }')
    with watched("t.pkr.hcl") as first:
        first.until_line("begun")
        refused("output-being-written", bakehouse("build", "t.pkr.hcl"))
        first.process.terminate()
        assert first.end() == 1
    assert os.listdir("out") == []


def test_a_state_directory_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    template(NULL)
    Path("file").touch()
    with monkeypatch.context() as other:
        other.setenv("XDG_STATE_HOME", f"{Path.cwd()}/file/state")
        done = bakehouse("build", "t.pkr.hcl")
    refused("state-directory", done)


def test_a_cache_that_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    template(ROOTFS)
    Path("file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", f"{Path.cwd()}/file/cache")
    refused("cache-directory", bakehouse("build", "t.pkr.hcl"))


@pytest.fixture
def pane(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pane]:
    """A dashboard, paused after a failure. The parameter: columns, rows and the editor."""
    columns, rows, editor = getattr(request, "param", (100, 30, ""))
    template(NULL, 'provisioner "shell-local" { script = "fail.sh" }')
    Path("fail.sh").write_text("#!/bin/sh\nexit 3\n")
    few = tmp_path / "bin"
    few.mkdir()
    for name in ("sh", "sleep"):
        (few / name).symlink_to(f"/bin/{name}")
    environment = terminal_environment(**({"EDITOR": editor} if editor else {"PATH": str(few)}))
    tmux = os.environ["PATH"]
    command = ["env", *([f"PATH={few}"] if not editor else []), COMMAND, "build", "--ui", "tui", "t.pkr.hcl"]
    made = Pane(command, cwd=Path.cwd(), environment={**environment, "PATH": tmux}, columns=columns, rows=rows)
    yield made
    made.close()
    for run in RunDirectory.list():
        if run.alive:
            bakehouse("ctl", run.run, "stop")


@pytest.mark.needs("tmux")
@pytest.mark.parametrize("pane", [(30, 8, "true")], indirect=True)
def test_a_terminal_that_is_too_small(pane: Pane) -> None:
    shown = pane.wait_for("Bakehouse needs", "30x8")
    golden("terminal-too-small", "".join(f"{line.rstrip()}\n" for line in shown.splitlines()))


@pytest.mark.needs("tmux")
@pytest.mark.parametrize(
    ("pane", "name", "said"),
    [
        ((140, 40, ""), "editor-unset", "No editor"),
        ((140, 40, "/nowhere/ed"), "editor-not-there", "/nowhere/ed"),
        ((140, 40, "false"), "editor-fails", "false ended"),
    ],
    indirect=["pane"],
)
def test_an_editor_that_is_of_no_use(pane: Pane, name: str, said: str) -> None:
    pane.wait_for("What next?")
    pane.keys("e")
    shown = pane.wait_for(said)
    (line,) = [line for line in shown.splitlines() if said in line]
    golden(name, re.split("  +", line.strip())[0] + "\n")
    assert "What next?" in pane.screen(), "it is still paused"


def test_stdin_closed_where_somebody_would_be_asked() -> None:
    """A breakpoint is passed by, a question is not asked."""
    template(NULL, 'provisioner "breakpoint" {}', 'provisioner "shell-local" { script = "fail.sh" }')
    Path("fail.sh").write_text("exit 3\n")
    line = 'exec "$0" build -on-error=ask t.pkr.hcl 0<&-'
    refused("stdin-closed", subprocess.run(["sh", "-c", line, COMMAND], capture_output=True, text=True, timeout=30))
