"""Provisioner `windows-shell`: batch scripts in a machine with Windows. Checked, and not yet run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.clients import windows_scripts
from bakehouse.sdk import Argument, Diagnostic, Inputs, Machine, Provisioner


class WindowsShell(Provisioner, type="windows-shell"):
    """Packer's windows-shell provisioner, as far as its options go."""

    @dataclass(frozen=True, kw_only=True)
    class Config(windows_scripts.WindowsScriptConfig):
        """As `WindowsScriptConfig` says."""

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        return windows_scripts.check(config, arguments)

    @classmethod
    def inputs(cls, config: Config) -> Inputs:
        return windows_scripts.inputs(config)

    @classmethod
    def not_yet(cls, config: Config) -> str:
        return windows_scripts.NOT_YET

    @classmethod
    def title(cls, config: Config) -> str:
        return windows_scripts.title(config, cls.type)

    async def provision(self, machine: Machine) -> None:
        raise windows_scripts.refuse(machine, self.type)
