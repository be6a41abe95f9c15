"""Provisioner `windows-restart`: restart a machine with Windows and wait for it. Checked, and not yet run."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.clients import windows_scripts
from bakehouse.sdk import Duration, Machine, Provisioner, option

PENDING = (
    r"HKLM:SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    r"HKLM:SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\PackagesPending",
    r"HKLM:Software\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootInProgress",
)


class WindowsRestart(Provisioner, type="windows-restart"):
    """Packer's windows-restart provisioner, as far as its options go."""

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Packer's options, with Packer's defaults. restart_timeout: seconds.

        check_registry: whether to wait until none of `registry_keys` is there any more.
        """

        restart_command: str = 'shutdown /r /f /t 0 /c "packer restart"'
        restart_check_command: str = ""
        restart_timeout: Duration = 300.0
        check_registry: bool = False
        registry_keys: list[str] = option(factory=lambda: list(PENDING))

    config: Config

    @classmethod
    def not_yet(cls, config: Config) -> str:
        return windows_scripts.NOT_YET

    async def provision(self, machine: Machine) -> None:
        raise windows_scripts.refuse(machine, self.type)
