"""The options that every provisioner of scripts has, and what follows from them: rules, files, a title."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.clients import scripts
from bakehouse.errors import Diagnostic
from bakehouse.sdk.component import Inputs
from bakehouse.sdk.config import Argument, Duration, option

SOURCES = ("inline", "script", "scripts")


@dataclass(frozen=True, kw_only=True)
class ScriptConfig:
    """Packer's options that `shell`, `shell-local`, `powershell` and `windows-shell` have."""

    inline: list[str] = option(factory=list)
    script: str = ""
    scripts: list[str] = option(factory=list)
    environment_vars: list[str] = option(factory=list)
    env: dict[str, str] = option(factory=dict)
    env_var_format: str = ""
    valid_exit_codes: list[int] = option(factory=lambda: [0])


@dataclass(frozen=True, kw_only=True)
class RemoteScriptConfig(ScriptConfig):
    """Those that the three have whose scripts run in a machine. start_retry_timeout: seconds."""

    binary: bool = False
    remote_path: str = ""
    start_retry_timeout: Duration = 300.0


def check(
    config: ScriptConfig, arguments: Mapping[str, Argument], sources: tuple[str, ...] = SOURCES
) -> list[Diagnostic]:
    """Rules between them. sources: the options of which one says what is to run."""
    problems = scripts.check_source(arguments, sources)
    return problems + scripts.check_variables(arguments, config.environment_vars)


def inputs(config: ScriptConfig) -> Inputs:
    """The scripts."""
    return Inputs(scripts=tuple([config.script] if config.script else config.scripts))


def title(config: ScriptConfig, type: str) -> str:
    """The script's base name, or the first command, or the type of the component."""
    paths = inputs(config).scripts
    return Path(paths[0]).name if paths else scripts.first_command(config.inline) or type
