"""Data source `file`: writes a file of the host, for what comes later (Packer's `datasource/file`)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.sdk import Argument, DataError, DataSource, Diagnostic


class File(DataSource, type="file"):
    """Writes `contents` to `destination`, and gives its path."""

    mirrors = {"path": "destination"}

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """contents: the whole text, empty if left out. destination: a path. force: replace a file that is there."""

        destination: str
        contents: str = ""
        force: bool = False

    @dataclass(frozen=True, kw_only=True)
    class Output:
        """path: the destination as it was given."""

        path: str

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        """The destination must not be empty."""
        given = arguments.get("destination")
        if config.destination or given is None:
            return []
        return [
            Diagnostic('"destination" is empty', "It names the file to write.", given.location, source=given.source)
        ]

    async def read(self) -> Output:
        """Write it, mode 0644 less the umask. A file that cannot be written whole is removed. Raises DataError."""
        await asyncio.to_thread(_write, self.config)
        return self.Output(path=self.config.destination)


def _write(config: File.Config) -> None:
    path = config.destination
    how = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if config.force else os.O_EXCL)
    try:
        descriptor = os.open(path, how, 0o644)
    except FileExistsError:
        raise DataError(f"{path} is there already. Set force = true to replace it.") from None
    except OSError as error:
        raise DataError(f"Cannot write {path}: {error.strerror}.") from None
    try:
        with open(descriptor, "wb") as file:
            file.write(config.contents.encode())
    except OSError as error:
        os.unlink(path)
        raise DataError(f"Cannot write {path}: {error.strerror}.") from None
