"""A Docker daemon of a test's own, to be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from support.docker import busybox_archive
from support.faults import eventually, processes, words_of

IMAGE = "bakehouse-tests/busybox:own"
FLAGS = ("--bridge=none", "--iptables=false", "--ip6tables=false", "--storage-driver=vfs", "--live-restore=false")


def children_of(parents: Sequence[int]) -> list[int]:
    """Their children."""
    found = []
    for pid in parents:
        with suppress(OSError):
            found += [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found


class Daemon:
    """A dockerd with everything below `home`, in a network of its own: it would take docker0 from another one."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.host = f"unix://{home}/s"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        home = self.home
        self._end_containers()
        command = [
            "unshare",
            "--net",
            "dockerd",
            "--host",
            self.host,
            "--data-root",
            f"{home}/data",
            "--exec-root",
            f"{home}/run",
        ]
        command += ["--pidfile", f"{home}/pid", *FLAGS]
        with (home / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
            )
        eventually(self._answers, "dockerd answers", 60)

    def kill(self) -> None:
        """SIGKILL, to the daemon alone: containers may go on."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        for stale in [self.home / "pid", *(self.home / "run").rglob("*.sock"), *(self.home / "run").rglob("*.pid")]:
            stale.unlink(missing_ok=True)

    def docker(self, *words: str, stdin: bytes | None = None) -> str:
        """What `docker WORDS` prints."""
        done = subprocess.run(["docker", "--host", self.host, *words], input=stdin, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode().strip()

    def end(self) -> None:
        """Everything of it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=20)
        self._end_containers()
        for line in reversed(Path("/proc/self/mounts").read_text().splitlines()):
            if (place := line.split()[1]).startswith(str(self.home)):
                subprocess.run(["umount", "--lazy", place], capture_output=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def _end_containers(self) -> None:
        """Those of a daemon that was killed, with what watched over them: the next one would wait for each for 10 s."""

        def none_left() -> bool:
            shims = [pid for pid in processes(str(self.home)) if str(self.home) in words_of(pid)[0]]
            for pid in [*children_of(shims), *shims]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            return not shims

        eventually(none_left, "the containers end")

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.home / "log").read_text()[-2000:]
        try:
            with socket.socket(socket.AF_UNIX) as door:
                door.settimeout(5)
                door.connect(f"{self.home}/s")
                door.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
                return b" 200 " in door.recv(4096)
        except OSError:
            return False


@contextmanager
def own_daemon() -> Iterator[Daemon]:
    """One that runs and has IMAGE."""
    daemon = Daemon(Path(tempfile.mkdtemp(prefix="bhd-", dir="/tmp")))  # short: for its sockets
    try:
        daemon.start()
        daemon.docker("import", "-", IMAGE, stdin=busybox_archive())
        yield daemon
    finally:
        daemon.end()
