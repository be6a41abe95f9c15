"""What the provisioners for Windows share: they are checked, and not yet run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bakehouse.clients import script_options
from bakehouse.errors import Diagnostic, StepError
from bakehouse.sdk.component import Inputs
from bakehouse.sdk.config import Argument, option
from bakehouse.sdk.machine import Machine
from bakehouse.sdk.provisioner import Provisioner


class WindowsProvisioner(Provisioner):
    """One that a build refuses before there is a machine."""

    @classmethod
    def not_yet(cls, config: Any) -> str:
        return "It needs winrm, or ssh to Windows; Bakehouse has no machines with Windows yet."

    async def provision(self, machine: Machine) -> None:
        builder = machine.context.build.builder_type
        raise StepError(f"{self.type} does not work yet on {builder}: it needs winrm.")


class WindowsScript(WindowsProvisioner):
    """One that runs scripts."""

    @dataclass(frozen=True, kw_only=True)
    class Config(script_options.RemoteScriptConfig):
        """Packer's options that `powershell` and `windows-shell` have."""

        execute_command: str = option(default="", late=("Path", "Vars"))

    @classmethod
    def check(cls, config: Any, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        return script_options.check(config, arguments)

    @classmethod
    def inputs(cls, config: Any) -> Inputs:
        return script_options.inputs(config)

    @classmethod
    def title(cls, config: Any) -> str:
        return script_options.title(config, cls.type)
