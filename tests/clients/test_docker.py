"""No daemon, no permission, a daemon that fails: each told in words that help."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bakehouse.clients.docker import DockerError, connect
from bakehouse.sdk import Unavailable


@asynccontextmanager
async def answering(path: Path, answer: bytes) -> AsyncIterator[None]:
    """A socket where every request gets `answer`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_unix_server(serve, path):
        yield


async def told() -> str:
    with pytest.raises(Unavailable) as caught:
        async with connect() as connection:
            await connection.api.version()
    return str(caught.value)


async def test_no_socket_at_the_named_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    text = await told()
    assert f"No Docker daemon answers at unix://{tmp_path}/none.sock" in text
    assert "No such file or directory" in text
    assert "dockerd" in text


@pytest.mark.parametrize("settings", [None, "{}"])
async def test_no_socket_at_the_usual_places(
    settings: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiodocker.docker._sock_search_paths", [tmp_path / "a.sock"])
    monkeypatch.setenv("HOME", str(tmp_path))
    if settings:
        (tmp_path / ".docker").mkdir()
        (tmp_path / ".docker" / "config.json").write_text(settings)
    text = await told()
    assert "DOCKER_HOST is not set and there is no socket at /run/docker.sock" in text


async def test_a_named_host_wins_over_the_current_context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker" / "config.json").write_text('{"currentContext": "nowhere"}')
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert f"No Docker daemon answers at unix://{tmp_path}/none.sock" in await told()


async def test_a_socket_that_nobody_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(tmp_path / "d.sock", b""):
        pass
    if not (tmp_path / "d.sock").exists():
        import socket

        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(tmp_path / "d.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    assert "Connection refused" in await told()


@pytest.mark.parametrize("host", ["tcp://127.0.0.1:9", "http://127.0.0.1:9"])
async def test_a_dead_port(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert f"No Docker daemon answers at {host}" in await told()


async def test_a_host_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "somewhere")
    assert "name no daemon" in await told()


async def test_a_context_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONTEXT", "nowhere")
    assert "name no daemon" in await told()


async def test_something_else_behind_the_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    async with answering(tmp_path / "d.sock", b"220 mail.example ESMTP\r\n"):
        assert "No Docker daemon answers" in await told()


async def test_a_web_server_behind_the_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    async with answering(tmp_path / "d.sock", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"):
        assert "not a Docker daemon" in await told()


async def test_a_daemon_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    body = b'{"message":"out of luck"}'
    head = b"HTTP/1.1 500 No\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    async with answering(tmp_path / "d.sock", head % len(body) + body):
        with pytest.raises(DockerError, match="out of luck") as caught:
            async with connect():
                pass
    assert caught.value.status == 500


@pytest.mark.needs("root", "ordinary-user", "docker")
def test_no_permission_on_the_socket(tmp_path: Path) -> None:
    """As an ordinary user, who may neither use the socket nor read this tree: so the module comes from memory."""
    code = (
        "import asyncio, os, bakehouse.clients.docker as d, aiodocker\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "async def main():\n"
        "    try:\n"
        "        async with d.connect(): pass\n"
        "    except d.Unavailable as e: os.write(1, str(e).encode())\n"
        "asyncio.run(main())"
    )
    environment = {**os.environ, "DOCKER_HOST": "unix:///var/run/docker.sock", "HOME": "/"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert "No permission to use Docker's socket at unix:///var/run/docker.sock" in done.stdout, done.stderr
    assert "group docker" in done.stdout
