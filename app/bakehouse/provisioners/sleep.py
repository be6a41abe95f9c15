"""Provisioner `sleep`: wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from bakehouse.sdk import Machine, Provisioner
from bakehouse.sdk.decode import Duration


class Sleep(Provisioner, type="sleep"):
    """Packer's sleep provisioner."""

    on_host: ClassVar[bool] = True

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """duration: seconds."""

        duration: Duration

    config: Config

    async def provision(self, machine: Machine) -> None:
        await asyncio.sleep(self.config.duration)
