"""Files in and out of a container by Docker's archive calls: tar streams, never held in memory whole."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import stat
import tarfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from bakehouse.clients.docker import Docker, DockerError
from bakehouse.errors import StepError

CHUNK = 1 << 20
BLOCK = tarfile.BLOCKSIZE
LINKS = 20
GO_MODE_SYMLINK = 1 << 27
GO_MODE_DIRECTORY = 1 << 31


@dataclass(frozen=True, slots=True)
class Owner:
    """Numeric owner of what is uploaded."""

    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What stands at a path in the container; `target` is where a symbolic link leads, absolute."""

    directory: bool
    link: bool
    target: str


async def put(docker: Docker, container: str, directory: str, chunks: Iterator[bytes]) -> None:
    """Unpack a tar stream in `directory`, which must exist. Raises DockerError (404: it does not)."""
    headers = {"Content-Type": "application/x-tar"}
    params = {"path": directory, "noOverwriteDirNonDir": "1"}
    path = f"containers/{container}/archive"
    async with docker.request("PUT", path, params=params, data=in_threads(chunks), headers=headers) as response:
        await response.read()


async def look(docker: Docker, container: str, path: str) -> Found | None:
    """What is at `path`; None for nothing."""
    try:
        async with docker.request("HEAD", f"containers/{container}/archive", params={"path": path}) as response:
            return _found(response.headers["X-Docker-Container-Path-Stat"])
    except DockerError as error:
        if error.status == 404:
            return None
        raise


async def get(docker: Docker, container: str, path: str, take: Callable[[IO[bytes]], None]) -> None:
    """Run `take` in a thread on the tar stream of `path`. Raises DockerError, StepError, OSError."""
    await _stream(docker, f"containers/{container}/archive", {"path": path}, take)


async def export(docker: Docker, container: str, take: Callable[[IO[bytes]], None]) -> None:
    """Run `take` in a thread on the tar stream of all files, without mounts. Raises DockerError, StepError, OSError."""
    await _stream(docker, f"containers/{container}/export", {}, take)


async def _stream(docker: Docker, path: str, params: dict[str, str], take: Callable[[IO[bytes]], None]) -> None:
    # dockerd gzips when asked to, and aiohttp asks by default: eight times slower
    headers = {"Accept-Encoding": "identity"}
    async with docker.request("GET", path, params=params, headers=headers) as response:
        bridge = cast(IO[bytes], _Bridge(response.content.read))
        work = asyncio.get_running_loop().run_in_executor(None, take, bridge)
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            response.close()  # which ends the thread's reading
            await asyncio.wait({work})
            work.exception()
            raise


async def resolve(docker: Docker, container: str, path: str) -> tuple[str, Found]:
    """Follow symbolic links, the last component's too. Raises StepError if nothing is there."""
    at = path
    for _ in range(LINKS):
        found = await look(docker, container, at)
        if found is None:
            raise StepError(f"There is no {path} in the machine")
        if not found.link:
            return at, found
        at = str(PurePosixPath(at).parent / found.target)
    raise StepError(f"{path} is a chain of more than {LINKS} symbolic links")


def file_chunks(name: str, content: bytes | Path, mode: int, owner: Owner) -> Iterator[bytes]:
    """A tar stream of one regular file."""
    if isinstance(content, bytes):
        yield _header(name, tarfile.REGTYPE, mode, owner, size=len(content))
        yield content + bytes(-len(content) % BLOCK)
    else:
        yield from _disk_file(name, content, content.stat(), mode, owner)
    yield bytes(2 * BLOCK)


def directory_chunks(source: Path, owner: Owner) -> Iterator[bytes]:
    """A tar stream of what lies in `source`: directories, files, links as links; sockets and devices are left out."""
    for folder, directories, files in os.walk(source):
        for name in sorted(directories) + sorted(files):
            path = Path(folder, name)
            yield from _entry(path, str(path.relative_to(source)), owner)
    yield bytes(2 * BLOCK)


def new_directory_chunks(path: str, owner: Owner) -> Iterator[bytes]:
    """A tar stream that makes the directory `path`, and what is missing above it."""
    yield _header(path.strip("/") + "/", tarfile.DIRTYPE, 0o755, owner)
    yield bytes(2 * BLOCK)


def unpack_file(destination: Path) -> Callable[[IO[bytes]], None]:
    """Write the one file of a tar stream to `destination`, which appears only when it is whole."""

    def take(stream: IO[bytes]) -> None:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK) as archive:
            member = archive.next()
            if member is None or not member.isreg():
                raise StepError(f"what was to become {destination} is not a regular file")
            _write(archive, member, destination)
            _drain(archive)

    return take


def read_file(limit: int, content: list[bytes]) -> Callable[[IO[bytes]], None]:
    """Put the first bytes of the one file of a tar stream into `content`; nothing if it is no regular file."""

    def take(stream: IO[bytes]) -> None:
        with tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK) as archive:
            member = archive.next()
            if member is not None and member.isreg():
                file = archive.extractfile(member)
                assert file is not None
                content.append(file.read(limit))

    return take


def unpack_directory(destination: Path) -> Callable[[IO[bytes]], None]:
    """Unpack a tar stream of one directory so that what lies in it lies in `destination`."""

    def take(stream: IO[bytes]) -> None:
        destination.mkdir(parents=True, exist_ok=True)
        root = destination.resolve()
        with tarfile.open(fileobj=stream, mode="r|", bufsize=CHUNK) as archive:
            for member in archive:
                inside = PurePosixPath(member.name).parts[1:]
                if inside:
                    _unpack(archive, member, _within(root, inside), root)

    return take


def _unpack(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path, root: Path) -> None:
    if member.isdir():
        path.mkdir(exist_ok=True)
        path.chmod(member.mode & 0o777 | 0o700)
    elif member.issym():
        path.unlink(missing_ok=True)
        path.symlink_to(member.linkname)
    elif member.islnk():
        path.unlink(missing_ok=True)
        os.link(_within(root, PurePosixPath(member.linkname).parts[1:]), path, follow_symlinks=False)
    elif member.isreg():
        _write(archive, member, path)


def _within(root: Path, parts: tuple[str, ...]) -> Path:
    """The place of a member; refuses one that a link or `..` would put outside `root`."""
    path = root.joinpath(*parts)
    if ".." in parts or not path.parent.resolve().is_relative_to(root):
        raise StepError(f"the machine sent a path that leads out of {root}: {'/'.join(parts)}")
    return path


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    partial = path.with_name(f".{path.name[:200]}.partial")
    content = archive.extractfile(member)
    assert content is not None
    try:
        with partial.open("wb") as file:
            shutil.copyfileobj(content, file, CHUNK)
        partial.chmod(member.mode & 0o777)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _drain(archive: tarfile.TarFile) -> None:
    while archive.next() is not None:
        pass


def _entry(path: Path, name: str, owner: Owner) -> Iterator[bytes]:
    status = path.lstat()
    mode = stat.S_IMODE(status.st_mode)
    if stat.S_ISDIR(status.st_mode):
        yield _header(name + "/", tarfile.DIRTYPE, mode, owner, modified=status.st_mtime)
    elif stat.S_ISLNK(status.st_mode):
        yield _header(name, tarfile.SYMTYPE, 0o777, owner, target=os.readlink(path))
    elif stat.S_ISREG(status.st_mode):
        yield from _disk_file(name, path, status, mode, owner)


def _disk_file(name: str, path: Path, status: os.stat_result, mode: int, owner: Owner) -> Iterator[bytes]:
    size = left = status.st_size
    with path.open("rb") as file:
        yield _header(name, tarfile.REGTYPE, mode, owner, size=size, modified=status.st_mtime)
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
    if left:
        raise StepError(f"{path} became shorter while it was uploaded")
    yield bytes(-size % BLOCK)


def _header(
    name: str, kind: bytes, mode: int, owner: Owner, *, size: int = 0, target: str = "", modified: float | None = None
) -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.mode, info.size, info.linkname = kind, mode, size, target
    info.uid, info.gid = owner.uid, owner.gid
    info.mtime = int(time.time() if modified is None else modified)
    return info.tobuf(tarfile.PAX_FORMAT)


def _found(header: str) -> Found:
    answer: dict[str, Any] = json.loads(base64.b64decode(header))
    mode = int(answer["mode"])
    return Found(
        directory=bool(mode & GO_MODE_DIRECTORY),
        link=bool(mode & GO_MODE_SYMLINK),
        target=str(answer.get("linkTarget", "")),
    )


async def in_threads(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The body of a request: each chunk made in a thread, for it may come from a slow disk."""
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        if chunk:
            yield chunk


class _Bridge:
    """A file for a thread whose bytes come from the loop."""

    def __init__(self, read: Callable[[int], Awaitable[bytes]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._read = read

    async def _exactly(self, size: int) -> bytes:
        pieces: list[bytes] = []
        while size and (piece := await self._read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def read(self, size: int) -> bytes:
        return asyncio.run_coroutine_threadsafe(self._exactly(size), self._loop).result()
