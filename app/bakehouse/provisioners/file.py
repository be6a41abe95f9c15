"""Provisioner `file`: files into the machine, and out of it."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.clients.scripts import check_source
from bakehouse.sdk import Argument, Communicator, Diagnostic, Inputs, Machine, Provisioner, StepError, option

SOURCES = ("source", "sources", "content")


class File(Provisioner, type="file"):
    """Packer's file provisioner.

    A source `dir/` copies what is in it, `dir` the directory itself; a destination that ends in `/` takes the file
    under its own name. generated: the source need not exist at validate time.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Packer's options, with Packer's defaults."""

        source: str = ""
        sources: list[str] = option(factory=list)
        content: str | None = None
        destination: str
        direction: str = option(default="upload", choices=("upload", "download"))
        generated: bool = False

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        problems = check_source(arguments, SOURCES, "No file to copy")
        if config.direction == "download" or config.generated or problems:
            return problems
        place = arguments.get("source") or arguments.get("sources")
        for path in cls._sources(config):
            if place is not None and not os.path.lexists(path):
                text = 'Set "generated = true" if an earlier step makes it.'
                problems.append(
                    Diagnostic(f'There is no file "{path}"', "", place.location, source=place.source, help=text)
                )
        return problems

    @classmethod
    def inputs(cls, config: Config) -> Inputs:
        if config.direction == "download":
            return Inputs()
        return Inputs(files=tuple(cls._sources(config)))

    @classmethod
    def title(cls, config: Config) -> str:
        sources = cls._sources(config)
        name = posixpath.basename((sources[0] if sources else config.destination).rstrip("/"))
        return name or cls.type

    def repeats(self) -> bool:
        return self.config.direction == "download"

    @staticmethod
    def _sources(config: Config) -> list[str]:
        return [config.source] if config.source else list(config.sources)

    async def provision(self, machine: Machine) -> None:
        communicator = machine.communicator
        if communicator is None:
            raise StepError(
                f"There is no machine to copy files to: {machine.context.build.builder_type} has no communicator."
            )
        if self.config.content is not None:
            machine.say(f"Uploading (content) => {self.config.destination}")
            await communicator.upload(self.config.content.encode(), self.config.destination)
            return
        for source in self._sources(self.config):
            if self.config.direction == "upload":
                await self._upload(machine, communicator, source)
            else:
                await self._download(machine, communicator, source)

    async def _upload(self, machine: Machine, communicator: Communicator, source: str) -> None:
        path, destination = Path(source), self.config.destination
        machine.say(f"Uploading {source} => {destination}")
        if path.is_dir():
            inside = destination if source.endswith("/") else posixpath.join(destination, path.name)
            await communicator.upload_directory(path, inside)
            return
        if not path.exists():
            raise StepError(f'There is no file "{source}" to upload.')
        if destination.endswith("/"):
            destination = posixpath.join(destination, path.name)
        await communicator.upload(path, destination, mode=path.stat().st_mode & 0o777)

    async def _download(self, machine: Machine, communicator: Communicator, source: str) -> None:
        destination = self.config.destination
        machine.say(f"Downloading {source} => {destination}")
        if source.endswith("/"):
            await communicator.download_directory(source, Path(destination))
            return
        if destination.endswith("/"):
            destination = posixpath.join(destination, posixpath.basename(source))
        await communicator.download(source, Path(destination))
