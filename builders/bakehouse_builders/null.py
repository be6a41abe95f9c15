"""Builder `null`: no machine at all, for templates that only run `shell-local`, and for trying things out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from bakehouse.clients import connection_options
from bakehouse.sdk import PROVISION, Argument, Artifact, Builder, Diagnostic, Machine, Resource, Step
from bakehouse.sdk.builder import Provision


class Null(Builder, type="null"):
    """Packer's null builder. Its options are checked for every communicator; only "none" can be built yet."""

    KNOWN_FACTS: ClassVar[Mapping[str, str]] = {"ID": "Null"}

    @dataclass(frozen=True, kw_only=True)
    class Config(connection_options.ConnectionConfig):
        """As `ConnectionConfig` says: the machine is one that somebody else has made."""

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        return connection_options.check(config, arguments)

    @classmethod
    def not_yet(cls, config: Config) -> str:
        if config.communicator == "none":
            return ""
        kind = config.communicator or "ssh"
        return f'It reaches a machine by {kind}, which is still to come. What works is: communicator = "none"'

    @classmethod
    def has_machine(cls, config: Config) -> bool:
        return config.communicator != "none"

    def steps(self) -> Iterable[Step | Provision]:
        yield PROVISION

    async def artifact(self, machine: Machine) -> Artifact:
        return Artifact("fnoeding.null", "Null", "Did not export anything. This is the null builder")

    @classmethod
    async def remove(cls, resource: Resource) -> None:
        return
