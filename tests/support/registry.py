"""Debian's docker-registry on loopback, and a door in front of it that wants a token."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.request import urlopen

import aiohttp
from aiohttp import web

NAME, PASSWORD = "baker", "flour"
TOKEN = "a-token-of-the-tests"


@contextmanager
def registry(directory: Path) -> Iterator[str]:
    """HOST:PORT of an empty registry with its own data."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {
        "version": 0.1,
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(directory / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
    }
    (directory / "config.yml").write_text(json.dumps(settings))  # JSON is YAML
    command = ["docker-registry", "serve", str(directory / "config.yml")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


def wait_for(port: int) -> None:
    """Until the registry answers."""
    end = time.monotonic() + 10
    while True:
        try:
            with urlopen(f"http://127.0.0.1:{port}/v2/") as answer:
                assert answer.status == 200
                return
        except OSError:
            assert time.monotonic() < end, "docker-registry does not answer"
            time.sleep(0.02)


def push(source: str, host: str, name: str, *options: str) -> None:
    """By skopeo. source: as skopeo names it."""
    command = ["skopeo", "copy", "-q", "--dest-tls-verify=false", *options, source, f"docker://{host}/{name}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@asynccontextmanager
async def guarded(host: str) -> AsyncIterator[str]:
    """HOST:PORT of a registry that gives tokens to NAME with PASSWORD only, in front of another."""
    expected = "Basic " + base64.b64encode(f"{NAME}:{PASSWORD}".encode()).decode()

    async def token(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != expected or request.query["service"] != "tests":
            return web.Response(status=401)
        return web.json_response({"token": TOKEN})

    async def serve(request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            realm = f"http://{request.host}/token"
            ask = f'Bearer realm="{realm}",service="tests",scope="repository:made:pull"'
            return web.Response(status=401, headers={"WWW-Authenticate": ask})
        headers = {"Accept": request.headers.get("Accept", "*/*")}
        url = f"http://{host}{request.path}"
        async with aiohttp.request("GET", url, headers=headers) as answer:
            kind = {"Content-Type": answer.headers["Content-Type"]}
            return web.Response(status=answer.status, body=await answer.read(), headers=kind)

    application = web.Application()
    application.router.add_get("/token", token)
    application.router.add_get("/{path:.*}", serve)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
