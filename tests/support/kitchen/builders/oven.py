"""A builder that makes nothing but claims."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.communicators.nothing import Nothing
from bakehouse.sdk import PROVISION, Artifact, Builder, Machine, Resource, Step, StepError
from bakehouse.sdk.builder import Provision
from support.kitchen import KITCHEN


class Oven(Builder, type="oven"):
    @dataclass(frozen=True, kw_only=True)
    class Config:
        fails: str = ""
        bakes: bool = True
        target: str = ""

    config: Config

    def steps(self) -> Iterable[Step | Provision]:
        yield Step("Heat", self.heat)
        yield PROVISION
        yield Step("Cool", self.cool)

    async def heat(self, machine: Machine) -> None:
        await machine.claim("oven", f"oven-{machine.context.build.key}")
        machine.facts["ID"] = "oven-1"
        machine.communicator = Nothing(machine.context)
        self.fail("heat")

    async def cool(self, machine: Machine) -> None:
        await machine.claim("tray", f"tray-{machine.context.build.key}")
        self.fail("cool")

    def fail(self, place: str) -> None:
        if self.config.fails == place:
            raise StepError(f"{place} failed")

    async def provisioned(self, machine: Machine, error: BaseException | None) -> None:
        KITCHEN.provisioned.append(type(error).__name__)

    async def artifact(self, machine: Machine) -> Artifact | None:
        self.fail("artifact")
        if not self.config.bakes:
            return None

        async def destroy() -> None:
            KITCHEN.log.append("destroyed loaf")

        target = Path(self.config.target)
        return Artifact("test.oven", "loaf", "a loaf", (target,) if self.config.target else (), destroy=destroy)

    @classmethod
    async def environment(cls, config: Any) -> str:
        return await KITCHEN.environment() if KITCHEN.environment else "gas"

    @classmethod
    async def remove(cls, resource: Resource) -> None:
        if resource.name in KITCHEN.removals:
            await KITCHEN.removals[resource.name]()
        KITCHEN.removed.append(resource.name)
