"""Provisioner `breakpoint`: the build pauses here until a person goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bakehouse.sdk import Machine, Provisioner


class Breakpoint(Provisioner, type="breakpoint"):
    """Packer's breakpoint provisioner. The engine does the pausing."""

    on_host: ClassVar[bool] = True

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """note: shown while paused. disable: pass by."""

        note: str = ""
        disable: bool = False

    config: Config

    def breakpoint(self) -> str | None:
        return None if self.config.disable else self.config.note

    async def provision(self, machine: Machine) -> None:
        if self.config.disable:
            machine.say("Breakpoint is disabled; going on.")
