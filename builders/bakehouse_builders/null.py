"""Builder `null`: no machine at all, for templates that only run `shell-local`, and for trying things out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from bakehouse.sdk import PROVISION, Argument, Artifact, Builder, Diagnostic, Machine, Resource, Step, option
from bakehouse.sdk.builder import Provision


class Null(Builder, type="null"):
    """Packer's null builder, for `communicator = "none"`; ssh and winrm come with their communicators."""

    KNOWN_FACTS: ClassVar[Mapping[str, str]] = {"ID": "Null"}

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """communicator: "none". The ssh options of Packer are known and refused by name."""

        communicator: str = "ssh"
        ssh_host: str = option(default="", not_yet=True)
        ssh_port: int = option(default=22, not_yet=True)
        ssh_username: str = option(default="", not_yet=True)
        ssh_password: str = option(default="", not_yet=True, sensitive=True)
        ssh_private_key_file: str = option(default="", not_yet=True)
        ssh_agent_auth: bool = option(default=False, not_yet=True)
        ssh_timeout: str = option(default="", not_yet=True)

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        if config.communicator == "none":
            return []
        place = arguments.get("communicator")
        return [
            Diagnostic(
                f'The null builder cannot use the communicator "{config.communicator}" yet',
                "Without a machine there is nothing to connect to; ssh to an existing host is still to come.",
                place.location if place else None,
                source=place.source if place else "",
                help='Write: communicator = "none"',
            )
        ]

    @classmethod
    def has_machine(cls, config: Config) -> bool:
        return False

    def steps(self) -> Iterable[Step | Provision]:
        yield PROVISION

    async def artifact(self, machine: Machine) -> Artifact:
        return Artifact("fnoeding.null", "Null", "Did not export anything. This is the null builder")

    @classmethod
    async def remove(cls, resource: Resource) -> None:
        return
