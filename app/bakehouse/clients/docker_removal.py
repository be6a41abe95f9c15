"""Taking away containers and images that were claimed, also when the daemon has only been asked for them.

An engine that is killed, or a step that is cancelled, does not end what the daemon does for it: a container or an
image may appear after it was looked for. So what was claimed and never answered for is looked for a while longer.
"""

from __future__ import annotations

import asyncio

from bakehouse.clients.docker import Docker, DockerError
from bakehouse.clients.docker_images import remove_image
from bakehouse.errors import StepError

GONE_LIMIT = 30.0
COMMIT_LIMIT = 600.0
LATE = 1.0
"""Seconds in which something that was asked for may still appear."""
POLL = 0.1


async def remove_claimed_container(docker: Docker, name: str, *, answered: bool) -> None:
    """Remove it, with its anonymous volumes. answered: the daemon has said that it made it.

    Raises StepError if it stays.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + (0 if answered else LATE)
    while True:
        if await remove_container(docker, name) or loop.time() >= end:
            return
        await asyncio.sleep(POLL)


async def remove_claimed_image(
    docker: Docker, name: str, container: str, *, answered: bool, force: bool = False
) -> None:
    """Take the name away, and the image if that was its last; a commit of `container` under way is waited for.

    answered: the daemon has said that it made it. force: also the name of an image that a container runs on. Raises
    StepError if the commit does not end.
    """
    loop = asyncio.get_running_loop()
    end, limit = loop.time() + (0 if answered else LATE), loop.time() + COMMIT_LIMIT
    while not await remove_image(docker, name, force=force):
        if await _is_paused(docker, container):  # as it is during a commit
            if loop.time() > limit:
                raise StepError(f"Docker does not come to the end of committing {container}, which is paused.")
            end = loop.time() + LATE
        elif loop.time() >= end:
            return
        await asyncio.sleep(POLL)


async def remove_container(docker: Docker, name: str) -> bool:
    """End and remove it; wait out a removal that is under way. False if it was not there. Raises StepError."""
    loop = asyncio.get_running_loop()
    limit = loop.time() + GONE_LIMIT
    there = False
    while True:
        try:
            async with docker.request("DELETE", f"containers/{name}", params={"force": "1", "v": "1"}):
                return True
        except DockerError as error:
            if error.status == 404:
                return there
            if error.status != 409 or loop.time() > limit:
                raise
            there = True
        await asyncio.sleep(POLL)


async def _is_paused(docker: Docker, container: str) -> bool:
    if not container:
        return False
    try:
        async with docker.request("GET", f"containers/{container}/json") as response:
            return bool((await response.json())["State"]["Paused"])
    except DockerError as error:
        if error.status == 404:
            return False
        raise
