"""Provisioner `windows-restart`: restart a machine with Windows and wait for it. Checked, and not yet run."""

from __future__ import annotations

from dataclasses import dataclass

from bakehouse.clients.windows_scripts import WindowsProvisioner
from bakehouse.sdk import Duration, option

PENDING = (
    r"HKLM:SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending",
    r"HKLM:SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\PackagesPending",
    r"HKLM:Software\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootInProgress",
)


class WindowsRestart(WindowsProvisioner, type="windows-restart"):
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
