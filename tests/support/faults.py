"""The installed `bakehouse` command in processes of its own, followed by what it says, killed where a test wants it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bakehouse.record.rundir import RunDirectory

COMMAND = str(Path(sys.executable).with_name("bakehouse"))
PATIENCE = 20.0
GOLDEN = Path(__file__).parents[1] / "faults" / "golden"
Fact = dict[str, Any]


def bakehouse(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run `bakehouse WORDS` to its end."""
    settings: dict[str, Any] = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "timeout": 60}
    return subprocess.run([COMMAND, *words], **(settings | more))


def sane(done: subprocess.CompletedProcess[str]) -> str:
    """All that it printed, which is for people: no traceback. Its stdout, then its stderr."""
    shown = done.stdout + done.stderr
    assert "Traceback" not in shown, shown[-4000:]
    assert "fault of Bakehouse" not in shown, shown[-4000:]
    return shown


def eventually(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The first true value of `condition`; fails after `patience` seconds with `what` and its last value."""
    deadline = time.monotonic() + patience
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what}: {found!r}"
        time.sleep(0.01)
    return found


class Watched:
    """`bakehouse build --json WORDS`, whose facts are read one by one. Ended, if it still runs, by `watched`."""

    def __init__(self, words: Sequence[str], prefix: Sequence[str] = (COMMAND,), **more: Any) -> None:
        self.facts: list[Fact] = []
        self.process = subprocess.Popen(
            [*prefix, "build", "--json", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )

    def until(self, wanted: Callable[[Fact], bool], what: object = "") -> Fact:
        """Read on to the first fact that is wanted."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.facts.append(json.loads(line))
            if wanted(self.facts[-1]):
                return self.facts[-1]
        raise AssertionError(f"{what} never came; {self.facts}; {self.errors()}")

    def until_line(self, text: str) -> Fact:
        """Until a line of output is shown."""
        return self.until(lambda fact: fact["kind"] == "Line" and fact["body"]["text"] == text, text)

    def until_step(self, title: str) -> Fact:
        """Until a step begins."""
        return self.until(lambda fact: fact["kind"] == "SpanStarted" and fact["body"]["title"] == title, title)

    def until_claim(self, kind: str) -> Fact:
        """Until a resource of a kind is claimed."""
        return self.until(lambda fact: fact["kind"] == "ResourceClaimed" and fact["body"]["type"] == kind, kind)

    @property
    def run(self) -> str:
        """The id of the run, once it has begun."""
        return str(self.facts[0]["body"]["run"])

    def kill(self) -> None:
        """SIGKILL, to the engine alone."""
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        """Read to the end; the exit code."""
        assert self.process.stdout is not None
        self.facts += [json.loads(line) for line in self.process.stdout]
        return self.process.wait(timeout=PATIENCE)

    def errors(self) -> str:
        """What stands on stderr, once the process has ended."""
        self.process.kill()
        assert self.process.stderr is not None
        return self.process.stderr.read().decode()


@contextmanager
def watched(*words: str, prefix: Sequence[str] = (COMMAND,), **more: Any) -> Iterator[Watched]:
    """A build that is watched; killed at the end of the body if it still runs."""
    build = Watched(words, prefix, **more)
    try:
        yield build
    finally:
        build.process.kill()
        build.process.wait()
        for stream in (build.process.stdout, build.process.stderr):
            assert stream is not None
            stream.close()


def words_of(pid: int) -> tuple[str, str]:
    """The command line of a process and its environment, "" for what cannot be read."""
    found = []
    for name in ("cmdline", "environ"):
        try:
            found.append(Path(f"/proc/{pid}/{name}").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            found.append("")
    return found[0], found[1]


def processes(*words: str) -> list[int]:
    """Processes, zombies apart, whose command line, environment or root has one of `words` in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                root = os.readlink(entry / "root")
                dead = "\nState:\tZ" in (entry / "status").read_text()
            except OSError:
                continue
            text = " ".join((*words_of(int(entry.name)), root))
            if not dead and any(word in text for word in words):
                found.append(int(entry.name))
    return found


def mounts(word: str) -> list[str]:
    """Mounts with `word` in them, in the mount namespace of any process."""
    found: set[str] = set()
    for entry in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            found.update(line for line in entry.read_text().splitlines() if word in line)
        except OSError:
            continue
    return sorted(found)


def tree(*directories: Path) -> set[str]:
    """The paths of all that lies in directories."""
    return {str(path) for directory in directories for path in directory.rglob("*")}


def sockets(runs: Sequence[str]) -> list[str]:
    """The sockets of runs that still lie there."""
    folder = Path(f"/tmp/bakehouse-{os.getuid()}")
    return [str(path) for run in runs for path in folder.glob(f"{run}*")]


def only_run() -> RunDirectory:
    """The run of a test that has made only one."""
    (run,) = RunDirectory.list()
    return run


def settings_of(environment: Mapping[str, str]) -> dict[str, str]:
    """This process's environment and more."""
    return {**os.environ, **environment}


def golden(name: str, shown: str, *, words: dict[str, str] | None = None) -> None:
    """The text is the golden file's, but for ids, times and places."""
    for place in (*(words or {}).items(), (str(Path.cwd().parent), "PLACE")):
        shown = shown.replace(*place)
    for run in RunDirectory.list():
        shown = re.sub(rf"\b{run.run}\b", "RUN", shown).replace(run.info.installation, "HOME")
    shown = re.sub(r"(\d+ (hours?|minutes?|seconds?|milliseconds?|microseconds?) ?)+", "TIME", shown)
    shown = re.sub(r"packer-shell[0-9a-f]+", "SCRIPT", shown)
    shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d +\d:\d\d", "WHEN", shown)
    shown = re.sub(r"\d+ bytes", "BYTES", shown)
    shown = re.sub(r"tier (root|single|chroot)(, base copied)?", "tier TIER", shown)
    shown = re.sub(r"tier range: .*", "tier range: REASON", shown)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()


WITHOUT_RIGHTS = """
import os, sys
from bakehouse.clients.isolation import kernel
uid, gid = os.geteuid(), os.getegid()
kernel.unshare(kernel.CLONE_NEWUSER)
for name, text in ("setgroups", "deny"), ("uid_map", f"1000 {uid} 1"), ("gid_map", f"1000 {gid} 1"):
    open(f"/proc/self/{name}", "w").write(text)
open("/proc/sys/user/max_user_namespaces", "w").write("0")
os.execv(sys.argv[1], sys.argv[1:])
"""


def without_rights(*words: str) -> subprocess.CompletedProcess[str]:
    """`bakehouse WORDS` as uid 1000 with no capability, where nobody may make a user namespace: no tier works.

    Files of the user who runs the tests are uid 1000's, and their permissions count.
    """
    command = [sys.executable, "-c", WITHOUT_RIGHTS, COMMAND, *words]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)


def on_small_disk(directory: Path, size: str, script: str) -> subprocess.CompletedProcess[str]:
    """A shell script that sees a tmpfs of `size` mounted at `directory`; "$0" is the command."""
    directory.mkdir(exist_ok=True)
    line = f"mount -t tmpfs -o size={size} none {directory} && {script}"
    rights = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    command = [*rights, "sh", "-c", line, COMMAND]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=100)
