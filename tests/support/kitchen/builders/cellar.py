"""A builder whose machine is a directory, and whose checkpoints are copies of it: real ones, so that what a roll back
brings back, and what another run starts from, is what was there."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bakehouse.communicators.nothing import Nothing
from bakehouse.sdk import PROVISION, Artifact, Builder, Checkpoint, Machine, Resource, Step, StepError
from bakehouse.sdk.builder import Provision
from support.kitchen import KITCHEN


def _place(name: str) -> Path:
    return Path(os.environ["XDG_CACHE_HOME"], "cellar", name)


class Cellar(Builder, type="cellar"):
    @dataclass(frozen=True, kw_only=True)
    class Config:
        """base: the text of the file `base` that each machine begins with."""

        base: str = "stone"

    config: Config

    def steps(self) -> Iterable[Step | Provision]:
        yield Step("Dig", self.dig)
        yield PROVISION
        yield Step("Close", self.close)

    async def dig(self, machine: Machine) -> None:
        directory = _place(machine.name)
        await machine.claim("directory")
        directory.mkdir(parents=True)
        (directory / "base").write_text(self.config.base)
        self._start = _place(f"{machine.name}.start")
        await machine.claim("directory", self._start.name)
        shutil.copytree(directory, self._start)
        machine.facts["ID"] = str(directory)
        machine.communicator = Nothing(machine.context)

    async def close(self, machine: Machine) -> None:
        await machine.claim("lid", f"lid-{machine.name}")

    async def artifact(self, machine: Machine) -> Artifact | None:
        found = {file.name: file.read_text() for file in sorted(Path(machine.facts["ID"]).iterdir())}
        KITCHEN.cellars.append(found)
        return Artifact("test.cellar", "cellar", "a cellar", metadata=dict(found))

    def no_checkpoints(self) -> str:
        return KITCHEN.no_checkpoints

    def identity(self, machine: Machine) -> str:
        return hashlib.sha256(self.config.base.encode()).hexdigest()

    async def checkpoint(self, machine: Machine, name: str) -> Checkpoint:
        copy = _place(name)
        shutil.copytree(machine.facts["ID"], copy)
        if KITCHEN.checkpoint is not None:
            await KITCHEN.checkpoint(name)
        size = sum(file.stat().st_size for file in copy.iterdir())
        return Checkpoint(os.fspath(copy), size, KITCHEN.lost, live=bool(KITCHEN.lost))

    def forgets(self, machine: Machine) -> tuple[str, ...]:
        return ("what the cellar forgets",)

    async def restore(self, machine: Machine, checkpoint: Checkpoint | None) -> None:
        assert machine.communicator is None, "it was to be closed before"
        if KITCHEN.restore is not None:
            await KITCHEN.restore()
        source = Path(checkpoint.ref) if checkpoint else self._start
        if not source.is_dir():
            raise StepError(f"{source.name} is gone")
        directory = Path(machine.facts["ID"])
        await machine.claim("directory", directory.name)
        shutil.rmtree(directory)
        shutil.copytree(source, directory)
        machine.communicator = Nothing(machine.context)
        KITCHEN.log.append(f"restored {source.name.rpartition('-checkpoint-')[2] if checkpoint else 'start'}")

    @classmethod
    async def has_checkpoint(cls, ref: str) -> bool:
        return Path(ref).is_dir()

    @classmethod
    async def remove(cls, resource: Resource) -> None:
        shutil.rmtree(_place(resource.name), ignore_errors=True)
        KITCHEN.removed.append(resource.name)
