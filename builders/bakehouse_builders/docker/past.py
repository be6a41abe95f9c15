"""Files as an image has them, for comparison: through a container of it that never runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bakehouse.clients import docker_archive as archive
from bakehouse.clients.docker import Docker, connect
from bakehouse.clients.docker_removal import remove_claimed_container
from bakehouse.sdk import FileDifference, Machine, StepError
from bakehouse_builders.docker.listing import Listing, compare, list_files


class Past:
    """What a machine is compared with, one question at a time. Listings of images are kept: they do not change."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._one_at_a_time = asyncio.Lock()

    async def diff(self, machine: Machine, container: str, image: str) -> list[FileDifference]:
        """What is in the container not as in the image, by its id. Raises StepError."""
        async with self._one_at_a_time, connect() as docker:
            if image not in self._listings:
                async with _look_at(docker, machine, image) as name:
                    self._listings[image] = await list_files(docker, name)
            state = await docker.api.containers.container(container).show()
            mounted = [mount["Destination"] for mount in state.get("Mounts") or []]
            mounted += list(state["HostConfig"].get("Tmpfs") or {})
            now = await list_files(docker, container)
        return compare(self._listings[image], now, mounted)

    async def open(self, machine: Machine, image: str, path: str, limit: int) -> bytes | None:
        """The first bytes of a file in an image; None if there is none. Raises StepError."""
        content: list[bytes] = []
        async with (
            self._one_at_a_time,
            connect() as docker,
            _look_at(docker, machine, image) as name,
            connect() as reading,
        ):
            try:
                place, _ = await archive.resolve(reading, name, path)
            except StepError:
                return None
            await archive.get(reading, name, place, archive.read_file(limit, content))
        return content[0] if content else None


@asynccontextmanager
async def _look_at(docker: Docker, machine: Machine, image: str) -> AsyncIterator[str]:
    """The name of a container, as long as it is needed."""
    claim = await machine.claim("container", f"{machine.name}-look")
    try:
        await remove_claimed_container(docker, claim.name, answered=True)
        body: dict[str, Any] = {"Image": image, "Entrypoint": ["/"], "HostConfig": {"NetworkMode": "none"}}
        await docker.api.containers.create(body, name=claim.name)
        yield claim.name
    finally:
        await remove_claimed_container(docker, claim.name, answered=True)
        await machine.context.gone(claim)
