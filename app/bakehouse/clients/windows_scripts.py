"""What `powershell` and `windows-shell` share: where their script comes from, and the variables it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.clients import scripts
from bakehouse.errors import Diagnostic, StepError
from bakehouse.sdk.component import Inputs
from bakehouse.sdk.config import Argument, Duration, option
from bakehouse.sdk.machine import Machine

SOURCES = ("inline", "script", "scripts")
NOT_YET = "It needs winrm, or ssh to Windows; Bakehouse has no machines with Windows yet."


@dataclass(frozen=True, kw_only=True)
class WindowsScriptConfig:
    """Packer's options that both have. Times in seconds."""

    inline: list[str] = option(factory=list)
    script: str = ""
    scripts: list[str] = option(factory=list)
    environment_vars: list[str] = option(factory=list)
    env: dict[str, str] = option(factory=dict)
    env_var_format: str = ""
    valid_exit_codes: list[int] = option(factory=lambda: [0])
    binary: bool = False
    remote_path: str = ""
    execute_command: str = option(default="", late=("Path", "Vars"))
    start_retry_timeout: Duration = 300.0


def check(config: WindowsScriptConfig, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    """Rules between the options."""
    return [
        *scripts.check_source(arguments, SOURCES),
        *scripts.check_variables(arguments, config.environment_vars),
    ]


def inputs(config: WindowsScriptConfig) -> Inputs:
    """The scripts."""
    return Inputs(scripts=tuple([config.script] if config.script else config.scripts))


def title(config: WindowsScriptConfig, type: str) -> str:
    """The script's base name, or the first command."""
    paths = inputs(config).scripts
    return Path(paths[0]).name if paths else scripts.first_command(config.inline) or type


def refuse(machine: Machine, type: str) -> StepError:
    """What to raise where it was to run after all."""
    return StepError(f"{type} does not work yet on {machine.context.build.builder_type}: it needs winrm.")
