"""Post-processor `compress`: the artifact's files in an archive, or one file compressed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bakehouse.clients.threads import in_thread
from bakehouse.post_processors.compress.formats import FORMATS, form_of, says_nothing
from bakehouse.post_processors.compress.writing import write
from bakehouse.sdk import Argument, Artifact, Context, Diagnostic, PostProcessor, Processed, StepError, option
from bakehouse.sdk.late import render

BEST = 9


class Compress(PostProcessor, type="compress"):
    """Packer's compress post-processor. The input is removed unless `keep_input_artifact` says otherwise.

    What is made follows the output's extensions, or `format`; a name that says nothing gives a tar with gzip under
    that name, as with Packer. Beyond Packer: zst, bz2, tgz and the like.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Packer's options, with Packer's defaults. compression_level: 1 to 9; 0 and -1 for the usual one."""

        output: str = option(default="packer_{{.BuildName}}_{{.BuilderType}}", late=("BuildName", "BuilderType"))
        format: str = ""
        compression_level: int = -1

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        """Warnings only: Packer takes any level and any format."""
        problems = []
        level, format = config.compression_level, config.format
        if not -1 <= level <= BEST:
            used = "9, the highest," if level > BEST else "The usual one"
            summary = f"There is no compression level {level}"
            problems.append(_warning(summary, f"{used} is used.", arguments.get("compression_level")))
        if says_nothing(format):
            text = f"A tar with gzip is made. The formats are {', '.join(FORMATS)}."
            problems.append(_warning(f'There is no format "{format}"', text, arguments.get("format")))
        return problems

    async def post_process(self, artifact: Artifact, context: Context) -> Processed:
        names = {"BuildName": context.build.source_name, "BuilderType": context.build.builder_type}
        output = Path(render(self.config.output or type(self).Config().output, names))
        form = form_of(str(output), self.config.format)
        if not artifact.files:
            raise StepError(f"There is nothing to compress: the artifact has no files ({artifact.description}).")
        if not form.archive:
            _only_one(artifact.files, output)
        _not_itself(artifact.files, output)
        context.say(f"Writing {output} ({form}): {', '.join(map(str, artifact.files))}")
        level = min(self.config.compression_level, BEST)
        total = sum(path.stat().st_size for path in artifact.files if path.exists())
        read = 0

        def progress(count: int) -> None:
            nonlocal read
            read += count
            loop.call_soon_threadsafe(context.progress, read, total)

        loop = asyncio.get_running_loop()
        work = partial(write, output, artifact.files, form, level if level > 0 else None)
        try:
            await in_thread(lambda check: work(check=check, progress=progress))
        except (OSError, ValueError) as error:
            raise StepError(f"Cannot write {output}: {error}") from error
        return Processed(_packed(output, artifact), keep=False)


def _warning(summary: str, text: str, place: Argument | None) -> Diagnostic:
    location, source = (place.location, place.source) if place else (None, "")
    return Diagnostic(summary, text, location, "warning", source)


def _only_one(files: tuple[Path, ...], output: Path) -> None:
    if len(files) == 1 and not files[0].is_dir():
        return
    listed = ", ".join(map(str, files))
    raise StepError(
        f"{output.name} can hold exactly one file, and these are {len(files)}: {listed}. "
        f"A name that ends in .zip or in .tar{output.suffix} holds as many as there are."
    )


def _not_itself(files: tuple[Path, ...], output: Path) -> None:
    if output.is_dir():
        raise StepError(f"{output} is a directory.")
    if output.resolve() in [path.resolve() for path in files]:
        raise StepError(f"{output} is one of the files that are to go into it.")


def _packed(output: Path, before: Artifact) -> Artifact:
    async def destroy() -> None:
        output.unlink(missing_ok=True)

    description = f"compressed artifacts in: {output}"
    return Artifact("packer.post-processor.compress", "", description, (output,), before.metadata, destroy)
