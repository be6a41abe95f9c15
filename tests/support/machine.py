"""A communicator over a real directory and the host's own shell: for tests of provisioners without an engine."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from bakehouse.sdk import Command, Communicator, OnOutput, Terminal


@dataclass
class HostDirectory(Communicator):
    """Paths of the machine lie below `root`; commands run there by the host's shell, `/` standing for `root`."""

    root: Path
    commands: list[Command] = field(default_factory=list)

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    async def run(self, command: Command, on_output: OnOutput) -> int:
        self.commands.append(command)
        line = command.line.replace("/tmp/", f"{self.root}/tmp/")
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            line,
            env={"PATH": "/usr/bin:/bin", **command.environment},
            cwd=self.root,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            stdout, stderr = await process.communicate(command.stdin)
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        on_output("stdout", stdout)
        on_output("stderr", stderr)
        return process.returncode or 0

    async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None:
        target = self.path(destination)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.read_bytes())
        target.chmod(mode)

    async def upload_directory(self, source: Path, destination: str) -> None:
        shutil.copytree(source, self.path(destination), symlinks=True, dirs_exist_ok=True)

    async def download(self, source: str, destination: Path) -> None:
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.path(source), destination)

    async def download_directory(self, source: str, destination: Path) -> None:
        shutil.copytree(self.path(source), destination, symlinks=True, dirs_exist_ok=True)

    async def interactive(self, terminal: Terminal) -> int:
        terminal.write(b"$ ")
        return 0
