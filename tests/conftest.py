"""What every test shares, and the one place that may skip: what a test needs and this machine does not have."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("support.faults")

DOCKER_SOCKET = "/var/run/docker.sock"
ENVIRONMENT = ("PKR_VAR_", "PACKER_", "BAKEHOUSE_", "TEXTUAL_")
NAMES = ("CI", "NO_COLOR", "EDITOR", "VISUAL", "DOCKER_HOST", "DOCKER_CONFIG", "SOURCE_DATE_EPOCH", "COLUMNS", "LINES")


def _docker() -> str:
    if shutil.which("docker") is None:
        return "no docker command"
    if not Path(DOCKER_SOCKET).exists():
        return "dockerd is not running; make engines starts it"
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(5)
        try:
            door.connect(DOCKER_SOCKET)
            door.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            answered = b"200" in door.recv(64)
        except OSError as error:
            return f"dockerd does not answer: {error.strerror or error}"
    return "" if answered else "dockerd does not answer its socket"


def _command(name: str) -> str:
    return "" if shutil.which(name) else f"{name} is not installed"


def _root() -> str:
    return "" if os.geteuid() == 0 else "not root"


def _namespaces() -> str:
    done = subprocess.run(["unshare", "--user", "--map-root-user", "--mount", "true"], capture_output=True)
    return "" if done.returncode == 0 else "user namespaces are refused here"


def _another_python() -> str:
    """The system's own, of this release but another patch level: compiled packages serve both."""
    code = "import sys; print(*sys.version_info[:3])"
    try:
        done = subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True, text=True)
    except OSError:
        return "there is no /usr/bin/python3"
    system, own = done.stdout.split(), list(map(str, sys.version_info[:3]))
    return "" if system[:2] == own[:2] and system != own else "/usr/bin/python3 is the same, or of another release"


def _ordinary_user() -> str:
    if os.geteuid() != 0:
        return ""
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "true"], capture_output=True)
    return "" if done.returncode == 0 else "cannot become an ordinary user"


PROBES = {
    "apt": functools.partial(_command, "apt-get"),
    "docker": _docker,
    "dockerd": functools.partial(_command, "dockerd"),
    "skopeo": functools.partial(_command, "skopeo"),
    "proot": functools.partial(_command, "proot"),
    "uidmap": functools.partial(_command, "newuidmap"),
    "docker-registry": functools.partial(_command, "docker-registry"),
    "mmdebstrap": functools.partial(_command, "mmdebstrap"),
    "tmux": functools.partial(_command, "tmux"),
    "packer": functools.partial(_command, "packer"),
    "root": _root,
    "user-namespaces": _namespaces,
    "ordinary-user": _ordinary_user,
    "another-python": _another_python,
}


@functools.cache
def absence(need: str) -> str:
    """Why `need` cannot be had here; "" if it can."""
    return PROBES[need]()


def pytest_runtest_setup(item: pytest.Item) -> None:
    required = os.environ.get("BAKEHOUSE_REQUIRED", "").split(",")
    for mark in item.iter_markers("needs"):
        for need in mark.args:
            reason = absence(need)
            if reason and need in required:
                pytest.fail(f"{need} is required here: {reason}", pytrace=False)
            if reason:
                pytest.skip(f"{need} ({reason})")


def pytest_configure(config: pytest.Config) -> None:
    """The clean environment of tests must not hide what is required of this machine; what the tests start hears
    signals also where the tests themselves run under nohup or in a script's background."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("BAKEHOUSE_REQUIRED", os.environ.get("BAKEHOUSE_REQUIRE", ""))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, number in sorted(reasons.items()):
        terminalreporter.write_line(f"NOT TESTED HERE: {reason}, {number} test{'s' if number > 1 else ''}")


@pytest.fixture(autouse=True)
def clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[None]:
    """No setting of the person who runs the tests reaches them; state goes to a directory of the test's own, and what
    its installation keeps in Docker for a next run goes with it."""
    for name in list(os.environ):
        if name == "BAKEHOUSE_REQUIRED":
            continue
        if name in NAMES or name.startswith(ENVIRONMENT):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    yield
    installation = Path(os.environ.get("XDG_STATE_HOME", ""), "bakehouse/installation")
    if any("docker" in mark.args for mark in request.node.iter_markers("needs")) and installation.exists():
        forget_checkpoints(installation.read_text().strip())


def forget_checkpoints(installation: str) -> None:
    """Take away the images that an installation keeps as checkpoints."""
    words = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", "bakehouse-checkpoint"]
    listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout.split()
    mine = [name for name in listed if f":bakehouse-{installation}-" in name]
    if mine:
        subprocess.run(["docker", "rmi", "--force", *mine], capture_output=True, check=False)
