"""Provisioner `windows-shell`: batch scripts in a machine with Windows. Checked, and not yet run."""

from __future__ import annotations

from bakehouse.clients.windows_scripts import WindowsScript


class WindowsShell(WindowsScript, type="windows-shell"):
    """Packer's windows-shell provisioner, as far as its options go."""
