"""`make engines`: starts nothing that runs, stops nothing that is not its own. No daemon is started here."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / ".ci" / "engines"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A copy, so that its memory is the test's own."""
    (tmp_path / ".ci").mkdir()
    return Path(shutil.copy(SCRIPT, tmp_path / ".ci" / "engines"))


def call(script: Path, *arguments: str, host: str = "") -> str:
    environment = {**os.environ, "DOCKER_HOST": host} if host else dict(os.environ)
    done = subprocess.run(
        [sys.executable, str(script), *arguments], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def daemon(path: Path) -> Iterator[None]:
    """Something that answers one ping."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        door.listen()

        def serve() -> None:
            connection, _ = door.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\nOK")

        thread = threading.Thread(target=serve)
        thread.start()
        yield
        thread.join(10)


def test_a_daemon_that_runs_is_left_alone(script: Path, tmp_path: Path) -> None:
    with daemon(tmp_path / "d.sock"):
        assert call(script, host=f"unix://{tmp_path}/d.sock") == "docker: running"
    assert call(script, "--stop") == "docker: not started by this script"


def test_a_named_host_that_is_dead_is_the_reason(script: Path, tmp_path: Path) -> None:
    host = f"unix://{tmp_path}/none.sock"
    assert call(script, host=host) == f"docker: cannot: DOCKER_HOST is {host}, and nothing answers there"


@pytest.mark.needs("root", "ordinary-user")
def test_a_socket_that_may_not_be_used_is_the_reason(script: Path) -> None:
    """The script is loaded as root, who may read it where it lies, and asked as somebody else."""
    code = (
        "import os, runpy, sys\n"
        "script = runpy.run_path(sys.argv[1])\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: script['answers']('unix://' + sys.argv[2])\n"
        "except script['Cannot'] as reason: os.write(1, str(reason).encode())"
    )
    path = Path(f"/tmp/bakehouse-tests-{os.getpid()}.sock")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(path))
        try:
            path.chmod(0o600)
            done = subprocess.run([sys.executable, "-c", code, str(script), str(path)], capture_output=True, text=True)
        finally:
            path.unlink()
    assert done.stdout == f"no permission on {path}: join the group docker, or be root", done.stderr


def test_stop_ends_its_own_and_forgets_it(script: Path, tmp_path: Path) -> None:
    child = subprocess.Popen(["sleep", "31536121"])
    with child:
        remember(tmp_path, child.pid, start_time(child.pid))
        reaper = threading.Thread(target=child.wait)
        reaper.start()
        assert call(script, "--stop") == "docker: stopped"
        reaper.join(10)
        assert child.returncode == -15
    assert call(script, "--stop") == "docker: not started by this script"


def test_a_pid_used_again_by_another_is_not_signalled(script: Path, tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "31536122"]) as child:
        try:
            remember(tmp_path, child.pid, "1")
            assert call(script, "--stop") == "docker: was gone already"
            assert child.poll() is None
        finally:
            child.kill()


def test_other_arguments_are_refused(script: Path) -> None:
    done = subprocess.run([sys.executable, str(script), "--stpo"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "--stop" in done.stderr


def remember(directory: Path, pid: int, started: str) -> None:
    (directory / ".engines").mkdir(exist_ok=True)
    (directory / ".engines" / "docker.json").write_text(json.dumps({"pid": pid, "started": started}))


def start_time(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
