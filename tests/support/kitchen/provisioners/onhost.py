"""Does on the host what the test says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bakehouse.sdk import Machine, Provisioner
from support.kitchen import KITCHEN


class Onhost(Provisioner, type="onhost"):
    on_host: ClassVar[bool] = True

    @dataclass(frozen=True, kw_only=True)
    class Config:
        name: str

    config: Config

    async def provision(self, machine: Machine) -> None:
        KITCHEN.log.append(self.config.name)
        await KITCHEN.acts[self.config.name](machine)
