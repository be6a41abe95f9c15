"""Copies a file of the host into the machine of the cellar."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bakehouse.sdk import Inputs, Machine, Provisioner


class Readfile(Provisioner, type="readfile"):
    @dataclass(frozen=True, kw_only=True)
    class Config:
        """path: from the run's directory. script: the plan holds its bytes."""

        path: str
        script: bool = False

    config: Config

    @classmethod
    def inputs(cls, config: Config) -> Inputs:
        return Inputs(scripts=(config.path,)) if config.script else Inputs(files=(config.path,))

    async def provision(self, machine: Machine) -> None:
        content = machine.context.read(self.config.path)
        Path(machine.facts["ID"], Path(self.config.path).name).write_bytes(content)
