"""Post-processor `checksum`: digests of the artifact's files."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.sdk import Argument, Artifact, Context, Diagnostic, PostProcessor, Processed, StepError, option
from bakehouse.sdk.late import render

TYPES = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")


class Checksum(PostProcessor, type="checksum"):
    """Packer's checksum post-processor: a line `HEX<TAB>BASENAME` a file, appended; its input is always kept."""

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Packer's options, with Packer's defaults."""

        checksum_types: list[str] = option(factory=lambda: ["md5"])
        output: str = option(
            default="packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum",
            late=("BuildName", "BuilderType", "ChecksumType"),
        )

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        unknown = [name for name in config.checksum_types if name not in TYPES]
        if not unknown:
            return []
        place = arguments["checksum_types"]
        text = f"checksum_types takes {', '.join(TYPES)}."
        return [Diagnostic(f'There is no checksum type "{unknown[0]}"', text, place.location, source=place.source)]

    async def post_process(self, artifact: Artifact, context: Context) -> Processed:
        written: list[Path] = []
        for name in self.config.checksum_types:
            output = Path(
                render(
                    self.config.output,
                    {
                        "BuildName": context.build.source_name,
                        "BuilderType": context.build.builder_type,
                        "ChecksumType": name,
                    },
                )
            )
            try:
                await asyncio.to_thread(_append, output, artifact.files, name)
            except OSError as error:
                raise StepError(f"Cannot write the {name} checksums to {output}: {error}") from error
            if output not in written:
                written.append(output)
        return Processed(_with_files(artifact, written), keep=True, forced=True)


def _append(output: Path, files: tuple[Path, ...], name: str) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    lines = []
    for path in files:
        with path.open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, name).hexdigest()}\t{path.name}\n")
    with output.open("a", encoding="utf-8") as sums:
        sums.writelines(lines)


def _with_files(artifact: Artifact, written: list[Path]) -> Artifact:
    files = (*artifact.files, *(path for path in written if path not in artifact.files))

    async def destroy() -> None:
        await artifact.destroy()
        for path in written:
            path.unlink(missing_ok=True)

    description = "Created artifact from files: " + ", ".join(map(str, files))
    return Artifact("packer.post-processor.checksum", "", description, files, artifact.metadata, destroy)
