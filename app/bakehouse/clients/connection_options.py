"""Options of a connection to a machine by ssh or winrm, as every Packer builder has them, and what is wrong with them.

Source: the communicator options of packer-plugin-sdk and the checks of its `communicator.Config.Prepare`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.errors import Diagnostic
from bakehouse.sdk.config import Argument, Duration, option
from bakehouse.sdk.decode import nearest

TYPES = ("ssh", "winrm", "none")
FILES = (
    "ssh_private_key_file",
    "ssh_certificate_file",
    "ssh_bastion_private_key_file",
    "ssh_bastion_certificate_file",
)
KEY_TYPES = ("dsa", "ecdsa", "ed25519", "rsa")


@dataclass(frozen=True, kw_only=True)
class ConnectionConfig:
    """Packer's options, with Packer's defaults where there are any. Times in seconds.

    communicator: "ssh", "winrm" or "none". ssh_timeout, ssh_handshake_attempts: 0 for Packer's rule (5 minutes and ten
    attempts if neither is given).
    """

    communicator: str = "ssh"
    pause_before_connecting: Duration = 0.0
    ssh_host: str = ""
    ssh_port: int = 22
    ssh_username: str = ""
    ssh_password: str = option(default="", sensitive=True)
    ssh_keypair_name: str = ""
    temporary_key_pair_name: str = ""
    temporary_key_pair_type: str = option(default="", choices=("", *KEY_TYPES))
    temporary_key_pair_bits: int = 0
    ssh_ciphers: list[str] = option(factory=list)
    ssh_clear_authorized_keys: bool = False
    ssh_key_exchange_algorithms: list[str] = option(factory=list)
    ssh_private_key_file: str = ""
    ssh_certificate_file: str = ""
    ssh_pty: bool = False
    ssh_timeout: Duration = 0.0
    ssh_wait_timeout: Duration = 0.0
    ssh_agent_auth: bool = False
    ssh_disable_agent_forwarding: bool = False
    ssh_handshake_attempts: int = 0
    ssh_bastion_host: str = ""
    ssh_bastion_port: int = 22
    ssh_bastion_agent_auth: bool = False
    ssh_bastion_username: str = ""
    ssh_bastion_password: str = option(default="", sensitive=True)
    ssh_bastion_interactive: bool = False
    ssh_bastion_private_key_file: str = ""
    ssh_bastion_certificate_file: str = ""
    ssh_file_transfer_method: str = option(default="scp", choices=("scp", "sftp"))
    ssh_proxy_host: str = ""
    ssh_proxy_port: int = 1080
    ssh_proxy_username: str = ""
    ssh_proxy_password: str = option(default="", sensitive=True)
    ssh_keep_alive_interval: Duration = 5.0
    ssh_read_write_timeout: Duration = 0.0
    ssh_remote_tunnels: list[str] = option(factory=list)
    ssh_local_tunnels: list[str] = option(factory=list)
    ssh_public_key: str = ""
    ssh_private_key: str = option(default="", sensitive=True)
    winrm_username: str = ""
    winrm_password: str = option(default="", sensitive=True)
    winrm_host: str = ""
    winrm_no_proxy: bool = False
    winrm_port: int = 0
    winrm_timeout: Duration = 1800.0
    winrm_use_ssl: bool = False
    winrm_insecure: bool = False
    winrm_use_ntlm: bool = False


def check(config: ConnectionConfig, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    """What is wrong with them for a machine that is there already: whether it can be found, and how to log in."""
    kind = config.communicator or "ssh"
    if kind not in TYPES:
        text = f"communicator is one of {', '.join(TYPES)}."
        summary = f'There is no communicator "{kind}"'
        return [_about(summary, text, arguments.get("communicator"), nearest(kind, list(TYPES)))]
    if kind == "none":
        return []
    problems = [
        Diagnostic(f'Missing option "{name}"', f"{kind} needs it to reach the machine.", help=_or_none(arguments))
        for name in (f"{kind}_host", f"{kind}_username")
        if not _given(name, arguments)
    ]
    return problems + _login(config, kind, arguments) + _files(config, arguments)


def _login(config: ConnectionConfig, kind: str, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    if kind == "winrm":
        needed = _given("winrm_password", arguments)
        return [] if needed else [Diagnostic('Missing option "winrm_password"', "winrm logs in with it.")]
    ways = [name for name in ("ssh_password", "ssh_private_key_file") if _given(name, arguments)]
    if len(ways) > 1:
        text = "There is one way to log in: give one of them."
        return [_about('"ssh_password" and "ssh_private_key_file" exclude each other', text, arguments[ways[1]])]
    if not ways and not _given("ssh_agent_auth", arguments):
        text = "One of ssh_password, ssh_private_key_file and ssh_agent_auth must be given."
        return [Diagnostic("No way to log in", text)]
    return []


def _files(config: ConnectionConfig, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
    return [
        _about(f'There is no file "{path}"', "", arguments[name])
        for name in FILES
        if (path := getattr(config, name)) and name in arguments and not os.path.isfile(os.path.expanduser(path))
    ]


def _given(name: str, arguments: Mapping[str, Argument]) -> bool:
    """Whether it has a value, be it one that is not known yet."""
    return name in arguments and arguments[name].value not in ("", None, False)


def _or_none(arguments: Mapping[str, Argument]) -> str:
    return "" if "communicator" in arguments else 'Without a machine, write: communicator = "none"'


def _about(summary: str, text: str, place: Argument | None, help: str = "") -> Diagnostic:
    location, source = (place.location, place.source) if place else (None, "")
    return Diagnostic(summary, text, location, source=source, help=help)
