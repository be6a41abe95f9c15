"""Data source `http`: the answer of a web server (Packer's `datasource/http`)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bakehouse.sdk import Argument, DataError, DataSource, Diagnostic, option

if TYPE_CHECKING:
    from aiohttp import ClientResponse

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
CONNECTING = 30.0
SILENCE = 60.0
"""Seconds within which a server must be reached, and those that it may say nothing."""
LARGEST = 64 * 1024 * 1024
"""Bytes of a body; what is larger is no value for a template."""


class Http(DataSource, type="http"):
    """Makes one request and gives the answer's body and headers; other answers than 2xx are errors.

    Redirects are followed, and HTTP_PROXY, HTTPS_PROXY and NO_PROXY are heeded, as by Go's client.
    """

    mirrors = {"url": "url"}

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """url: http or https. request_body: sent as UTF-8."""

        url: str
        method: str = option(default="GET", choices=("", *METHODS))
        request_headers: dict[str, str] = option(factory=dict)
        request_body: str = ""

    @dataclass(frozen=True, kw_only=True)
    class Output:
        """url: the one asked. body: as text. request_headers: those of the *answer*, by Packer's misleading name;
        names as in "Content-Type", several of one name joined by ", ".
        """

        url: str
        body: str
        request_headers: dict[str, str]

    config: Config

    @classmethod
    def check(cls, config: Config, arguments: Mapping[str, Argument]) -> list[Diagnostic]:
        """The URL must be one of http or https."""
        given = arguments.get("url")
        if given is None or config.url.lower().startswith(("http://", "https://")) or not isinstance(given.value, str):
            return []
        detail = "It begins with http:// or https://."
        return [Diagnostic('"url" is not the address of a web page', detail, given.location, source=given.source)]

    async def read(self) -> Output:
        """Ask. Raises DataError."""
        from aiohttp import ClientError, ClientSession, ClientTimeout

        config = self.config
        timeout = ClientTimeout(total=None, sock_connect=CONNECTING, sock_read=SILENCE)
        body = config.request_body.encode() or None
        try:
            async with (
                ClientSession(timeout=timeout, trust_env=True) as session,
                session.request(
                    config.method or "GET", config.url, headers=config.request_headers, data=body
                ) as answer,
            ):
                return await self._output(answer)
        except TimeoutError:
            raise DataError(f"{config.url} did not answer in time: nothing came for {SILENCE:.0f} s.") from None
        except (ClientError, ValueError, OSError) as error:
            raise DataError(f"{config.url} cannot be read: {_reason(error)}.") from None

    async def _output(self, answer: ClientResponse) -> Output:
        url = self.config.url
        if not 200 <= answer.status < 300:
            raise DataError(f"{url} answered {answer.status} {answer.reason or ''}".rstrip() + ".")
        parts, size = [], 0
        async for part in answer.content.iter_chunked(1 << 16):
            parts.append(part)
            size += len(part)
            if size > LARGEST:
                raise DataError(f"The answer of {url} is larger than {LARGEST >> 20} MiB.")
        headers: dict[str, str] = {}
        for name, value in answer.headers.items():
            name = "-".join(part.capitalize() for part in name.split("-"))
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        return self.Output(url=url, body=b"".join(parts).decode(errors="replace"), request_headers=headers)


def _reason(error: Exception) -> str:
    """Why there is no answer, as the system says it."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno) if error.errno > 0 else error.strerror or "the name is not known"
    return str(error) or type(error).__name__
