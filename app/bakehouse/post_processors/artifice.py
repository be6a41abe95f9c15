"""Post-processor `artifice`: files that some step made become the artifact."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bakehouse.clients import globs
from bakehouse.sdk import Argument, Artifact, Context, Diagnostic, PostProcessor, Processed, StepError, option


class Artifice(PostProcessor, type="artifice"):
    """Packer's artifice post-processor: `files` take the place of the artifact's own; its input is kept by default."""

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """files: paths and patterns of Go's `filepath.Glob`, from the directory in which Bakehouse was started."""

        files: list[str] = option(factory=list)

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        """A pattern that is none is only warned about: Packer, too, finds it when it runs."""
        place = arguments.get("files")
        if not config.files and (place is None or place.value == []):
            text = "artifice makes these files the artifact."
            return [_about('"files" names no file', text, place, "error", 'Write: files = ["output/*"]')]
        return [
            _about(f'"{pattern}" is not a pattern of file names', f"{fault}.", place, "warning")
            for pattern in config.files
            if (fault := _fault(pattern))
        ]

    async def post_process(self, artifact: Artifact, context: Context) -> Processed:
        files: list[Path] = []
        for pattern in self.config.files:
            found = await asyncio.to_thread(_find, pattern)
            if not found:
                context.warn(f'Nothing matches "{pattern}".')
            files.extend(path for path in found if path not in files)
        if artifact.files:
            context.say(f"No longer in the artifact: {_listed(artifact.files)}")
        context.say(f"The artifact's files: {_listed(files) or 'none'}")
        return Processed(_of(files, artifact), keep=True)


def _fault(pattern: str) -> str:
    try:
        globs.check(pattern)
    except ValueError as error:
        return str(error)
    return ""


def _find(pattern: str) -> list[Path]:
    try:
        return [Path(path) for path in globs.find(pattern)]
    except ValueError as error:
        raise StepError(f'"{pattern}" is not a pattern of file names: {error}.') from None


def _about(summary: str, text: str, place: Argument | None, severity: str, help: str = "") -> Diagnostic:
    location, source = (place.location, place.source) if place else (None, "")
    return Diagnostic(summary, text, location, severity, source, help)


def _listed(files: list[Path] | tuple[Path, ...]) -> str:
    return ", ".join(map(str, files))


def _of(files: list[Path], before: Artifact) -> Artifact:
    async def destroy() -> None:
        for path in files:
            path.unlink(missing_ok=True)

    description = f"Created artifact from files: {_listed(files)}"
    metadata = before.metadata
    return Artifact("packer.post-processor.artifice", "", description, tuple(files), metadata, destroy)
