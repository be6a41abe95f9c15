"""Does what the test says."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.sdk import Machine, Provisioner
from support.kitchen import KITCHEN


class Act(Provisioner, type="act"):
    @dataclass(frozen=True, kw_only=True)
    class Config:
        name: str
        text: str = ""

    config: Config

    async def provision(self, machine: Machine) -> None:
        KITCHEN.log.append(self.config.name + (f"={self.config.text}" if self.config.text else ""))
        if self.config.name in KITCHEN.acts:
            await KITCHEN.acts[self.config.name](machine)
