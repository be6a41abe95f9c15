"""Provisioner `shell-local`: scripts on the host, in the middle of a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bakehouse.clients import local_shell, script_options
from bakehouse.sdk import Argument, Diagnostic, Inputs, Machine, Provisioner


class ShellLocal(Provisioner, type="shell-local"):
    """Packer's shell-local provisioner."""

    on_host: ClassVar[bool] = True

    @dataclass(frozen=True, kw_only=True)
    class Config(local_shell.LocalShellConfig):
        """As the other shell-local has them."""

    @classmethod
    def check(cls, config: local_shell.LocalShellConfig, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        return local_shell.check(config, arguments)

    @classmethod
    def inputs(cls, config: local_shell.LocalShellConfig) -> Inputs:
        return script_options.inputs(config)

    @classmethod
    def title(cls, config: local_shell.LocalShellConfig) -> str:
        return local_shell.title(config)

    async def provision(self, machine: Machine) -> None:
        await local_shell.run(self.config, machine.context)
