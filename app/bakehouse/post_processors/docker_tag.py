"""Post-processor `docker-tag`: further names for an image in a Docker daemon."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bakehouse.clients.docker import connect
from bakehouse.clients.docker_images import remove_image, tag_image
from bakehouse.sdk import Argument, Artifact, Context, Diagnostic, PostProcessor, Processed, StepError, option

BUILDER_ID = "packer.post-processor.docker-tag"
INPUTS = ("packer.post-processor.docker-import", BUILDER_ID)
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
REPOSITORY = re.compile(r"([A-Za-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*")


class DockerTag(PostProcessor, type="docker-tag"):
    """Packer's docker-tag post-processor. The new artifact's id is the last tag; its input is always kept.

    The image's first tag is the one that Bakehouse claimed for it; it goes, now that the image has another.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Packer's options. tag: the older spelling of tags, added after them. force: only for Docker before 1.12."""

        repository: str
        tags: list[str] = option(factory=list)
        tag: list[str] = option(factory=list)
        force: bool = False

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        problems = []
        if not REPOSITORY.fullmatch(config.repository):
            text = "A repository is lower case, as in registry.example.com:5000/team/name."
            problems.append(_wrong(f'"{config.repository}" is no repository', text, arguments.get("repository")))
        for option_name in ("tags", "tag"):
            for tag in getattr(config, option_name):
                if not TAG.fullmatch(tag):
                    text = "A tag has at most 128 letters, digits, underscores, dots and hyphens."
                    problems.append(_wrong(f'"{tag}" is no tag', text, arguments.get(option_name)))
        return problems

    async def post_process(self, artifact: Artifact, context: Context) -> Processed:
        if artifact.builder_id not in INPUTS:
            raise StepError(
                f"docker-tag needs an image in Docker, as commit = true makes one, not {artifact.builder_id}"
            )
        tags = [*self.config.tags, *self.config.tag]
        names = [f"{self.config.repository}:{tag}" for tag in tags] or [self.config.repository]
        async with connect() as docker:
            for name in names:
                context.say(f"Tagging image: {artifact.id}")
                context.say(f"Repository: {name}")
                await tag_image(docker, artifact.id, name, force=self.config.force)
            claimed = artifact.metadata.get("claimed_tag")
            if isinstance(claimed, str) and claimed not in names:
                await remove_image(docker, claimed)
        return Processed(_tagged(artifact, names), keep=True, forced=True)


def _wrong(summary: str, text: str, place: Argument | None) -> Diagnostic:
    return Diagnostic(summary, text, place.location if place else None, source=place.source if place else "")


def _tagged(artifact: Artifact, names: list[str]) -> Artifact:
    async def destroy() -> None:
        async with connect() as docker:
            for name in names:
                await remove_image(docker, name)

    metadata = {**artifact.metadata, "docker_tags": names}
    metadata.pop("claimed_tag", None)
    description = f"Imported Docker image: {names[-1]} with tags {' '.join(names)}"
    return Artifact(BUILDER_ID, names[-1], description, metadata=metadata, destroy=destroy)
