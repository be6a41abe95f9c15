"""Builder `file`: one file as the artifact, without any machine."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.communicators.nothing import Nothing
from bakehouse.sdk import PROVISION, Argument, Artifact, Builder, Diagnostic, Inputs, Machine, Resource, Step, StepError
from bakehouse.sdk.builder import Provision


class File(Builder, type="file"):
    """Packer's file builder: `target` gets `content`, or the bytes of `source`.

    As with Packer, an older target is overwritten, a target made from `content` has mode 0600, and provisioners that
    need a machine do nothing.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Packer's options."""

        target: str
        source: str = ""
        content: str = ""

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        place = arguments.get("source")
        if all(name not in arguments or arguments[name].value in ("", None) for name in ("source", "content")):
            text = f"Neither source nor content is given, so {config.target} will be empty."
            return [Diagnostic("The file has no content", text, severity="warning")]
        if place is None:
            return []
        if config.content:
            text = "The file has one origin: give one of them."
            return [Diagnostic('"source" and "content" exclude each other', text, place.location, source=place.source)]
        if config.source and not Path(config.source).is_file():
            return [Diagnostic(f'There is no file "{config.source}"', "", place.location, source=place.source)]
        return []

    @classmethod
    def inputs(cls, config: Config) -> Inputs:
        return Inputs(files=(config.source,) if config.source else ())

    @classmethod
    def outputs(cls, config: Config) -> tuple[str, ...]:
        return (config.target,)

    @classmethod
    def has_machine(cls, config: Config) -> bool:
        return False

    def steps(self) -> Iterable[Step | Provision]:
        yield Step("Write file", self.write)
        yield PROVISION

    async def write(self, machine: Machine) -> None:
        """Write beside the target and rename, so that no reader ever sees half a file."""
        target = Path(self.config.target)
        partial = target.with_name(f".{target.name}.{machine.name[-40:]}")
        resource = await machine.claim("file", str(partial.absolute()))
        try:
            await asyncio.to_thread(self._write, target, partial)
        except OSError as error:
            raise StepError(f"Cannot write {target}: {error.strerror}") from error
        await machine.context.gone(resource)
        machine.facts["ID"] = "File"
        machine.communicator = Nothing(machine.context)

    def _write(self, target: Path, partial: Path) -> None:
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        if self.config.source:
            shutil.copyfile(self.config.source, partial)
        else:
            partial.write_bytes(b"")
            partial.chmod(0o600)
            partial.write_text(self.config.content, encoding="utf-8")
        os.replace(partial, target)

    async def artifact(self, machine: Machine) -> Artifact:
        target = Path(self.config.target)

        async def destroy() -> None:
            target.unlink(missing_ok=True)

        return Artifact("packer.file", "File", f"Stored file: {target}", (target,), destroy=destroy)

    @classmethod
    async def remove(cls, resource: Resource) -> None:
        Path(resource.name).unlink(missing_ok=True)
