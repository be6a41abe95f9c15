"""Embedded machines, driven by hand: for tests of the rootfs builder without the engine."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bakehouse.sdk import PROVISION, Command, Step, Stream
from bakehouse_builders.rootfs import Rootfs
from bakehouse_builders.rootfs.places import cache_directory, machines_directory
from support.context import RecordingContext, make_context, make_machine

ORDINARY = 65534
SOURCE = Path(__file__).resolve().parents[2]


@dataclass
class Build:
    """One build: `start` it, run commands in it, `finish` it; `undo` takes away what is left."""

    directory: Path
    options: dict[str, Any]
    name: str = "bakehouse-tests-one-001"
    force: bool = False
    context: RecordingContext = field(init=False)

    def __post_init__(self) -> None:
        self.context = make_context(self.directory, type="rootfs", force=self.force)
        self.machine = make_machine(self.context, self.name)
        self.output = self.directory / "image.tar"
        self.builder = Rootfs(Rootfs.Config(**{"output": str(self.output), **self.options}))
        self._steps = iter(self.builder.steps())

    async def start(self) -> Build:
        """The steps before provisioning."""
        for step in self._steps:
            if step is PROVISION:
                break
            assert isinstance(step, Step)
            await step.run(self.machine)
        return self

    async def finish(self) -> Build:
        """The steps after it."""
        for step in self._steps:
            assert isinstance(step, Step)
            await step.run(self.machine)
        return self

    async def run(self, line: str, **more: Any) -> tuple[int, str]:
        """(exit status, all that it printed) of a command."""
        assert self.machine.communicator is not None
        printed: list[bytes] = []

        def listen(stream: Stream, data: bytes) -> None:
            printed.append(data)

        status = await self.machine.communicator.run(Command(line, **more), listen)
        return status, b"".join(printed).decode()

    async def said(self, line: str, **more: Any) -> str:
        """What a command printed that must succeed."""
        status, text = await self.run(line, **more)
        assert status == 0, text
        return text

    async def undo(self) -> None:
        """As the engine does it: what is claimed, newest first."""
        for resource in reversed(self.context.claims):
            await Rootfs.remove(resource)
        self.context.claims.clear()


async def build(directory: Path, *lines: str, **options: Any) -> Build:
    """A whole build whose provisioning is some command lines."""
    made = Build(directory, options)
    try:
        await made.start()
        for line in lines:
            await made.said(line)
        return await made.finish()
    finally:
        await made.undo()


def leftovers(name: str, *directories: Path) -> list[str]:
    """What there still is of machines whose names contain `name`: directories, files, mounts, processes."""
    places = [*directories, machines_directory(), cache_directory() / "scratch", cache_directory() / "checkpoints"]
    found = [str(path) for place in places if place.is_dir() for path in place.iterdir() if name in path.name]
    found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if name in line]
    return found + [f"process {line}" for line in processes(name)]


def processes(word: str) -> list[str]:
    """Command lines on the host that contain `word`, and processes whose root lies in a directory that does."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            root = os.readlink(entry / "root")
        except OSError:
            continue
        if word in line or word in root:
            found.append(f"{entry.name} {line}")
    return found


@contextmanager
def place_for_anyone() -> Iterator[Path]:
    """A directory that an ordinary user can enter and write, with Bakehouse's source, compiled, in `source`."""
    directory = Path(tempfile.mkdtemp(prefix="bakehouse-tests-"))
    try:
        for name in ("app", "builders", "tests"):
            shutil.copytree(SOURCE / name, directory / "source" / name)
        shutil.copy(SOURCE / "pyproject.toml", directory / "source")
        directory.chmod(0o755)
        home = directory / "home"
        home.mkdir()
        os.chown(home, ORDINARY, ORDINARY)
        yield directory
    finally:
        shutil.rmtree(directory)


def python_for_anyone() -> str:
    """An interpreter that an ordinary user can start: this one, unless it lies in somebody's home."""
    for candidate in (os.path.realpath(sys.executable), "/usr/bin/python3", "/usr/local/bin/python3"):
        path = Path(os.path.realpath(candidate))
        if path.exists() and all(parent.stat().st_mode & stat.S_IXOTH for parent in (path, *path.parents)):
            done = subprocess.run([candidate, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"])
            if done.returncode == 0:
                return candidate
    raise AssertionError("no interpreter that an ordinary user can start: install python3 from the distribution")
