"""docker-tag against a real daemon."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bakehouse import registry
from bakehouse.sdk import Argument, Artifact, PostProcessor, StepError
from bakehouse.sdk.decode import decode
from support.context import make_context
from support.docker import docker, docker_image, exists

__all__ = ["docker_image"]


def make(**options: Any) -> PostProcessor:
    component: type[PostProcessor] = registry.load("post_processor", "docker-tag")
    config, problems = decode(component, {name: Argument(value) for name, value in options.items()})
    assert config is not None, problems
    return component(config)


@pytest.fixture
def artifact(docker_image: str) -> Iterator[Artifact]:
    """An image that has one name, of ours."""
    name = docker_image.replace("busybox", "claimed")
    container = docker("create", docker_image)
    image = docker("commit", container, name)
    docker("rm", container)
    yield Artifact("packer.post-processor.docker-import", image, "", metadata={"claimed_tag": name, "x": 1})
    if exists("image", image):
        docker("rmi", "--force", image)


@pytest.mark.needs("docker")
async def test_tags_take_the_place_of_the_name_that_was_claimed(artifact: Artifact, tmp_path: Path) -> None:
    context = make_context(tmp_path, type="docker")
    done = await make(repository="bakehouse-tests/app", tags=["1", "2"], tag=["3"]).post_process(artifact, context)
    assert (done.keep, done.forced) == (True, True)
    names = [f"bakehouse-tests/app:{tag}" for tag in ("1", "2", "3")]
    assert done.artifact is not None
    assert done.artifact.id == names[-1]
    assert done.artifact.builder_id == "packer.post-processor.docker-tag"
    assert done.artifact.metadata == {"x": 1, "docker_tags": names}
    assert all(exists("image", name) for name in names)
    assert not exists("image", str(artifact.metadata["claimed_tag"]))
    assert context.said[:2] == [f"Tagging image: {artifact.id}", f"Repository: {names[0]}"]
    again = await make(repository="bakehouse-tests/again").post_process(done.artifact, context)
    assert again.artifact is not None
    assert again.artifact.id == "bakehouse-tests/again"
    await again.artifact.destroy()
    await done.artifact.destroy()
    assert not exists("image", artifact.id)


@pytest.mark.needs("docker")
async def test_an_image_that_is_gone_is_told(tmp_path: Path, docker_image: str) -> None:
    gone = Artifact("packer.post-processor.docker-import", "sha256:" + "0" * 64, "")
    with pytest.raises(StepError, match="No such image"):
        await make(repository="bakehouse-tests/app").post_process(gone, make_context(tmp_path))


async def test_only_images_in_docker_can_be_tagged(tmp_path: Path) -> None:
    with pytest.raises(StepError, match=r"packer\.file"):
        await make(repository="app").post_process(Artifact("packer.file", "File", ""), make_context(tmp_path))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"repository": "team/Upper"}, "is no repository"),
        ({"repository": "a b"}, "is no repository"),
        ({"repository": "app:1"}, "is no repository"),
        ({"repository": "app", "tags": ["-x"]}, "is no tag"),
        ({"repository": "app", "tag": ["a/b"]}, "is no tag"),
        ({}, "repository"),
    ],
)
def test_bad_names_are_told_before_any_build(options: dict[str, Any], told: str) -> None:
    component = registry.load("post_processor", "docker-tag")
    config, problems = decode(component, {name: Argument(value) for name, value in options.items()})
    assert config is None
    assert told in problems[0].summary


@pytest.mark.parametrize("name", ["app", "localhost:5000/team/app", "registry.example.com/a.b/c__d"])
def test_good_repositories(name: str) -> None:
    assert make(repository=name, tags=["1.0-rc_1"]).config.repository == name
