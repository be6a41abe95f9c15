"""Images of a Docker daemon: look, pull, tag, take away."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bakehouse.clients.docker import Docker, DockerError
from bakehouse.errors import StepError

DOCKER_HUB = "https://index.docker.io/v1/"


@dataclass(frozen=True, slots=True)
class Image:
    """What the daemon knows of an image. `config`: its Config: Cmd, Entrypoint, User, Env."""

    id: str
    tags: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)


async def find_image(docker: Docker, name: str) -> Image | None:
    """The image of a name, tag or id; None if it is not here."""
    try:
        async with docker.request("GET", f"images/{quote(name, safe='/:@')}/json") as response:
            found = await response.json()
    except DockerError as error:
        if error.status == 404:
            return None
        raise
    return Image(found["Id"], tuple(found["RepoTags"] or ()), tuple(found["RepoDigests"] or ()), found["Config"] or {})


async def pull_image(docker: Docker, name: str) -> AsyncIterator[dict[str, Any]]:
    """Pull `name` (`:latest` if it says no tag) and give the daemon's reports: status, id, progressDetail.

    Credentials are those that `docker login` wrote into Docker's config.json. Raises DockerError, StepError.
    """
    repository, tag = split_reference(name)
    params = {"fromImage": repository, "tag": tag or "latest"}
    headers = _authorisation(repository)
    async with docker.request("POST", "images/create", params=params, headers=headers) as response:
        async for line in response.content:
            report = json.loads(line)
            if "error" in report:
                raise StepError(f"Cannot pull {name}: {report['error']}")
            yield report


async def tag_image(docker: Docker, image: str, reference: str, *, force: bool = False) -> None:
    """Give an image one more name. Raises DockerError."""
    repository, tag = split_reference(reference)
    params = {"repo": repository, "tag": tag or "latest", **({"force": "1"} if force else {})}
    async with docker.request("POST", f"images/{quote(image, safe='/:@')}/tag", params=params) as response:
        await response.read()


async def remove_image(docker: Docker, name: str, *, force: bool = False) -> bool:
    """Take one name away, and the image if it was its last; parents stay. False if it was not there.

    force: also the name of an image that a container runs on; the image itself stays then.
    """
    params = {"noprune": "1", **({"force": "1"} if force else {})}
    try:
        async with docker.request("DELETE", f"images/{quote(name, safe='/:@')}", params=params) as response:
            await response.read()
    except DockerError as error:
        if error.status == 404:
            return False
        raise
    return True


def split_reference(reference: str) -> tuple[str, str]:
    """`host:5000/name:tag` is (`host:5000/name`, `tag`); `name@sha256:x` is (`name`, `sha256:x`); no tag is ""."""
    if "@" in reference:
        repository, _, digest = reference.partition("@")
        return repository, digest
    head, slash, last = reference.rpartition("/")
    name, _, tag = last.partition(":")
    return f"{head}{slash}{name}", tag


def valid_reference(text: str) -> str:
    """`text` made fit for a part of an image reference: lower case letters, digits, `.`, `_`, `-`; 1 to 128 long."""
    fit = re.sub(r"[^a-z0-9]+", lambda match: match[0] if match[0] in ("-", "_", ".") else "-", text.lower())
    return fit.strip("-_.")[:128].rstrip("-_.") or "x"


def _authorisation(repository: str) -> dict[str, str]:
    host, slash, _ = repository.partition("/")
    named = bool(slash) and ("." in host or ":" in host or host == "localhost")
    server = host if named else DOCKER_HUB
    folder = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    try:
        entry = json.loads((folder / "config.json").read_bytes()).get("auths", {}).get(server, {})
    except (OSError, ValueError):
        return {}
    if not entry.get("auth"):
        return {}
    user, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
    login = {"username": user, "password": password, "serveraddress": server}
    return {"X-Registry-Auth": base64.urlsafe_b64encode(json.dumps(login).encode()).decode()}
