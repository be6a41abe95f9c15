"""The image of a container that stands on a checkpoint, made to stand on its source image with one layer.

A checkpoint is a layer of its own, and a layer keeps what a later one removes: without this, a secret that one step
wrote and the next one deleted would be published with the image.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
import json
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from bakehouse.clients.docker import Docker
from bakehouse.clients.docker_archive import in_threads
from bakehouse.sdk import StepError
from bakehouse_builders.docker.layers import Flattening, paths

CHUNK = 1 << 20
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Flat:
    """A container's image. source: what it is to stand on, by its id. name: what the template calls that."""

    docker: Docker
    source: str
    name: str

    async def needed(self, image: str) -> bool:
        """Whether there is more than one layer on the source image. Raises StepError, DockerError."""
        whole, below = await self._layers(image), await self._layers(self.source)
        if whole[: len(below)] != below:
            raise StepError(f"The container does not stand on {self.name} any more, so no image is made of it.")
        return len(whole) > len(below) + 1

    async def make(self, image: str, place: Path) -> str:
        """Load the same with one layer, under the tag `image`: its id. The old one loses the tag.

        place: where there is room for the image, twice. Raises StepError, DockerError.
        """
        below = len(await self._layers(self.source))
        async with self.docker.request("GET", f"images/{self.source}/history") as response:
            past = len(await response.json())
        with ExitStack() as files:
            saved = files.enter_context(tempfile.TemporaryFile(dir=place))
            layer = files.enter_context(tempfile.TemporaryFile(dir=place))
            try:
                await self._save(image, saved)
                archive = await asyncio.to_thread(_Archive, saved, files, place)
                config = await asyncio.to_thread(archive.flatten, layer, below, past, self.name)
                chunks = archive.chunks(image, config, layer, below)
                await self._load(chunks)
            except (OSError, tarfile.TarError, ValueError) as error:
                raise StepError(f"The layers of the image cannot be made one: {error}") from error
        if await self._layers(image) != config["rootfs"]["diff_ids"]:
            raise StepError("Docker did not take the image with its layers made one.")
        return await self._id(image)

    async def _layers(self, image: str) -> list[str]:
        found = await self.docker.api.images.inspect(image)
        return list(found["RootFS"].get("Layers") or [])

    async def _id(self, image: str) -> str:
        return str((await self.docker.api.images.inspect(image))["Id"])

    async def _save(self, image: str, file: IO[bytes]) -> None:
        async with self.docker.request("GET", f"images/{image}/get") as response:
            async for chunk in response.content.iter_chunked(CHUNK):
                await asyncio.to_thread(file.write, chunk)

    async def _load(self, chunks: Iterator[bytes]) -> None:
        headers = {"Content-Type": "application/x-tar"}
        data = in_threads(chunks)
        async with self.docker.request(
            "POST", "images/load", params={"quiet": "1"}, data=data, headers=headers
        ) as response:
            async for line in response.content:
                if "error" in (report := json.loads(line)):
                    raise StepError(f"Docker does not take the image with its layers made one: {report['error']}")


class _Archive:
    """What `docker save` has written of one image. layers: the lowest first."""

    def __init__(self, saved: IO[bytes], files: ExitStack, place: Path) -> None:
        saved.seek(0)
        archive = files.enter_context(tarfile.open(fileobj=saved, mode="r:"))  # noqa: SIM115 (the stack closes it)
        [manifest] = json.load(_member(archive, "manifest.json"))
        self.config: dict[str, Any] = json.load(_member(archive, manifest["Config"]))
        self.layers = [_plain(files.enter_context(_member(archive, name)), files, place) for name in manifest["Layers"]]

    def flatten(self, layer: IO[bytes], below: int, past: int, name: str) -> dict[str, Any]:
        """Write what is above the first `below` layers as one; the configuration that goes with it. past: entries of
        the source's history."""
        known = frozenset(path for lower in self.layers[:below] for path in paths(lower))
        digest = Flattening(self.layers[below:], known).write(layer)
        config = {**self.config, "rootfs": {**self.config["rootfs"]}}
        config["rootfs"]["diff_ids"] = self.config["rootfs"]["diff_ids"][:below] + ([digest] if digest else [])
        last = {key: value for key, value in self.config["history"][-1].items() if key != "empty_layer"}
        config["history"] = [*self.config["history"][:past], last if digest else {**last, "empty_layer": True}]
        if "container_config" in config:
            config["container_config"] = {**config["container_config"], "Image": name}
        return config

    def chunks(self, tag: str, config: dict[str, Any], layer: IO[bytes], below: int) -> Iterator[bytes]:
        """A tar archive for `docker load`."""
        layers = [*self.layers[:below], layer][: len(config["rootfs"]["diff_ids"])]
        names = [f"{number}/layer.tar" for number in range(len(layers))]
        content = json.dumps(config, ensure_ascii=False).encode()
        name = f"{hashlib.sha256(content).hexdigest()}.json"
        manifest = json.dumps([{"Config": name, "RepoTags": [tag], "Layers": names}]).encode()
        yield from _file("manifest.json", io.BytesIO(manifest))
        yield from _file(name, io.BytesIO(content))
        for path, part in zip(names, layers, strict=True):
            yield from _file(path, part)
        yield bytes(2 * tarfile.BLOCKSIZE)


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)  # follows the link that a layer is which is there twice
    if found is None:
        raise ValueError(f"{name} is no file")
    return found


def _plain(layer: IO[bytes], files: ExitStack, place: Path) -> IO[bytes]:
    """A layer that is not packed."""
    start = layer.read(len(_GZIP))
    layer.seek(0)
    if start != _GZIP:
        return layer
    unpacked = files.enter_context(tempfile.TemporaryFile(dir=place))  # noqa: SIM115 (the same)
    with gzip.open(layer) as packed:
        shutil.copyfileobj(packed, unpacked, CHUNK)
    return unpacked


def _file(name: str, content: IO[bytes]) -> Iterator[bytes]:
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, io.SEEK_END)
    content.seek(0)
    yield member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
    while chunk := content.read(CHUNK):
        yield chunk
    yield bytes(-member.size % tarfile.BLOCKSIZE)
