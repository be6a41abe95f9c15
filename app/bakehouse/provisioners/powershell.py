"""Provisioner `powershell`: PowerShell scripts in a machine. Checked, and not yet run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.clients.windows_scripts import WindowsScript
from bakehouse.sdk import Argument, Diagnostic, Duration, option
from bakehouse.sdk.decode import nearest

POLICIES = ("bypass", "allsigned", "default", "remotesigned", "restricted", "undefined", "unrestricted", "none")
MOST_DEBUG = 2


class PowerShell(WindowsScript, type="powershell"):
    """Packer's powershell provisioner, as far as its options go."""

    @dataclass(frozen=True, kw_only=True)
    class Config(WindowsScript.Config):
        """Packer's options, with Packer's defaults.

        elevated_user, elevated_password: the script is run by a scheduled task of this user's. debug_mode: the level
        of Set-PSDebug, 0 to 2. execution_policy: "none" passes none. pause_after: seconds.
        """

        remote_env_var_path: str = ""
        elevated_execute_command: str = option(default="", late=("Path", "Vars"))
        elevated_env_var_format: str = ""
        elevated_user: str = option(default="", late=("WinRMPassword",))
        elevated_password: str = option(default="", late=("WinRMPassword",), sensitive=True)
        execution_policy: str = "bypass"
        debug_mode: int = 0
        use_pwsh: bool = False
        skip_clean: bool = False
        pause_after: Duration = 0.0

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        problems = super().check(config, arguments)
        if config.execution_policy.lower() not in POLICIES:
            problems.append(_policy(config.execution_policy, arguments["execution_policy"]))
        if not 0 <= config.debug_mode <= MOST_DEBUG:
            place = arguments["debug_mode"]
            text = "debug_mode is 0 (off), 1 or 2 (more)."
            summary = f"There is no debug mode {config.debug_mode}"
            problems.append(Diagnostic(summary, text, place.location, source=place.source))
        if config.elevated_password and "elevated_user" not in arguments:
            place = arguments["elevated_password"]
            text = "elevated_password is the password of elevated_user, which is missing."
            problems.append(Diagnostic("Whose password is it?", text, place.location, source=place.source))
        return problems


def _policy(name: str, place: Argument) -> Diagnostic:
    text = f"execution_policy is one of {', '.join(POLICIES)}."
    help = nearest(name.lower(), list(POLICIES))
    return Diagnostic(f'There is no execution policy "{name}"', text, place.location, source=place.source, help=help)
