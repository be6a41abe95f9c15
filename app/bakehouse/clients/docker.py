"""The connection to a Docker daemon, by aiodocker, and its errors in plain words.

One short connection a piece of work: its session is closed at the end of the `async with`, so no response is ever
left unread (dockerd then blocks later calls), and two hundred builds do not queue for one session's connections.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bakehouse.errors import StepError, Unavailable

if TYPE_CHECKING:
    import aiodocker
    import aiohttp

SOCKETS = ("/run/docker.sock", "/var/run/docker.sock", "~/.docker/run/docker.sock")
READ_BUFFER = 1 << 20  # a download then stops four times less often than with aiohttp's 64 KiB

_api_versions: dict[str, str] = {}


class DockerError(StepError):
    """The daemon answered with an error. `status`: the HTTP status of the answer (404 not found, 409 conflict)."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Docker:
    """A connection. `api`: aiodocker's own client; `host`: where the daemon is, as people write it."""

    api: aiodocker.Docker
    host: str

    @asynccontextmanager
    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        read_until_eof: bool = True,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """One request with a body or an answer that aiodocker would hold in memory whole. Raises DockerError."""
        url = f"{self.api.docker_host.rstrip('/')}/{self.api.api_version}/{path}"
        async with self.api.session.request(
            method,
            url,
            params=params,
            data=data,
            headers={"Content-Type": "application/json", **(headers or {})},
            read_until_eof=read_until_eof,
            read_bufsize=READ_BUFFER,
        ) as response:
            if response.status >= 400:
                raise DockerError(await _message(response), status=response.status)
            yield response


@asynccontextmanager
async def connect() -> AsyncIterator[Docker]:
    """Connect as the `docker` command would: DOCKER_HOST, DOCKER_CONTEXT, the current context, the usual sockets.

    Raises DockerError for an error of aiodocker's that leaves the block, Unavailable if no daemon can be reached.
    """
    await load()
    import aiodocker
    import aiohttp

    named = os.environ.get("DOCKER_HOST") or None
    try:
        api = aiodocker.Docker(named)  # named here, for else aiodocker prefers the current context
    except AssertionError as error:  # so aiodocker says that there is no socket
        raise Unavailable(
            f"No Docker daemon is running: DOCKER_HOST is not set and there is no socket at {', '.join(SOCKETS)}. "
            "Start it (`systemctl start docker`, or `dockerd`), or name another one by DOCKER_HOST."
        ) from error
    except (aiodocker.DockerError, ValueError, OSError) as error:
        raise Unavailable(f"Docker's settings name no daemon: {_words(error)}") from error
    host = named or _connected_to(api)
    try:
        async with api:
            await _agree_on_version(api, host)
            yield Docker(api, host)
    except aiodocker.DockerError as error:
        raise _explained(error, host) from error
    except aiohttp.ClientError as error:
        raise unreachable(host, error) from error


async def load() -> None:
    """Import aiodocker in a thread: in the loop it would stop everything else for 0.3 s."""
    if "aiodocker" not in sys.modules:
        await asyncio.to_thread(importlib.import_module, "aiodocker")


def unreachable(host: str, error: BaseException) -> Unavailable:
    """No daemon at `host`: why, and what would help."""
    reason = getattr(error, "os_error", None) or error
    if getattr(reason, "errno", None) in (errno.EACCES, errno.EPERM):
        return Unavailable(
            f"No permission to use Docker's socket at {host}. "
            "Join the group docker (`sudo usermod -aG docker $USER`, then log in again), or run as root."
        )
    return Unavailable(
        f"No Docker daemon answers at {host} ({_words(reason)}). "
        "Start it (`systemctl start docker`, or `dockerd`), or name another one by DOCKER_HOST."
    )


def _connected_to(api: aiodocker.Docker) -> str:
    path = getattr(api.connector, "path", None)
    return f"unix://{path}" if path else api.docker_host


async def _agree_on_version(api: aiodocker.Docker, host: str) -> None:
    """Set the API version by /_ping (aiodocker itself would ask /version, 20 ms); asked once per daemon."""
    if host not in _api_versions:
        async with api.session.get(f"{api.docker_host.rstrip('/')}/_ping") as response:
            if response.status >= 400:
                raise DockerError(await _message(response), status=response.status)
            if "Api-Version" not in response.headers:
                raise Unavailable(f"What answers at {host} is not a Docker daemon. Name one by DOCKER_HOST.")
            _api_versions[host] = f"v{response.headers['Api-Version']}"
    api.api_version = _api_versions[host]


def _explained(error: aiodocker.DockerError, host: str) -> StepError:
    cause = error.__context__
    if error.status == 900 and cause is not None:
        return unreachable(host, cause)
    return DockerError(f"Docker: {error.message}", status=error.status)


async def _message(response: aiohttp.ClientResponse) -> str:
    text = await response.text(errors="replace")
    if text and response.content_type == "application/json":
        text = str(json.loads(text).get("message", text))
    return f"Docker: {text.strip() or response.reason}"


def _words(error: BaseException) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
