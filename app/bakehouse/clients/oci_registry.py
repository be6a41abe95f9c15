"""Pull images from registries (https://github.com/opencontainers/distribution-spec, "Pulling").

Loaded when a template names a registry. What comes is checked by digest, from the manifest down to each layer.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from bakehouse.clients.oci import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    INDEX,
    LAYER_GZIP,
    LAYER_TAR,
    MANIFEST,
    PIECE,
    Blob,
    Check,
    Image,
    ImageError,
    Layer,
    architecture,
    never,
    sha256,
)
from bakehouse.clients.oci_reference import DOCKER_HUB, Reference

_ACCEPT = ", ".join((INDEX, MANIFEST, DOCKER_INDEX, DOCKER_MANIFEST))
_LARGEST_DOCUMENT = 16 << 20
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_LOOPBACK = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?")


async def pull(reference: Reference, blobs: Path, scratch: Path, *, plain: bool = False, check: Check = never) -> Image:
    """Fetch what is missing into `blobs`, files named by digest. Raises ImageError.

    scratch: a directory on the same file system. plain: http is allowed; on loopback it always is.
    """
    blobs.mkdir(parents=True, exist_ok=True)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=60)
    # auto_decompress: a proxy that names the layer's own gzip as an encoding must not make us unpack it
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False, trust_env=True) as session:
        puller = _Puller(session, reference, blobs, scratch, plain, check)
        try:
            return await puller.pull()
        except aiohttp.ClientError as error:
            raise ImageError(f"{reference} cannot be pulled: {error or type(error).__name__}") from error
        except TimeoutError as error:
            raise ImageError(f"{reference} cannot be pulled: the registry does not answer") from error
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise ImageError(f"{reference} is not a whole image: {error}") from error


class _Puller:
    def __init__(
        self,
        session: aiohttp.ClientSession,
        reference: Reference,
        blobs: Path,
        scratch: Path,
        plain: bool,
        check: Check,
    ) -> None:
        self._session = session
        self._reference = reference
        self._blobs = blobs
        self._scratch = scratch
        self._check = check
        scheme = "http" if plain or _LOOPBACK.fullmatch(reference.host) else "https"
        host = "registry-1.docker.io" if reference.host in DOCKER_HUB else reference.host
        self._root = f"{scheme}://{host}/v2/{reference.name}"
        self._authorization = ""

    async def pull(self) -> Image:
        manifest = json.loads(await self._manifest(self._reference.target))
        if "manifests" in manifest:
            manifest = json.loads(await self._manifest(self._for_us(manifest["manifests"])))
        if "config" not in manifest or "layers" not in manifest:
            raise ImageError(f"{self._reference} has a manifest of a form that is too old to read")
        configuration = json.loads(await self._document("blobs", manifest["config"]["digest"]))
        diff_ids = configuration["rootfs"]["diff_ids"]
        descriptors = manifest["layers"]
        if len(diff_ids) != len(descriptors):
            raise ImageError(f"{self._reference} names a different number of layers in manifest and configuration")
        layers = [await self._layer(one, diff_id) for one, diff_id in zip(descriptors, diff_ids, strict=True)]
        return Image(tuple(layers), configuration)

    def _for_us(self, entries: list[Mapping[str, Any]]) -> str:
        for entry in entries:
            platform = entry.get("platform") or {}
            if platform.get("os") == "linux" and platform.get("architecture") == architecture():
                return str(entry["digest"])
        raise ImageError(f"{self._reference} has no image for linux/{architecture()}")

    async def _manifest(self, target: str) -> bytes:
        if target.startswith("sha256:"):
            return await self._document("manifests", target)
        return await self._read(f"manifests/{target}")

    async def _document(self, kind: str, digest: str) -> bytes:
        """A small one, kept like the layers."""
        kept = self._place(digest)
        if kept.exists() and sha256(content := kept.read_bytes()) == digest:
            return content
        content = await self._read(f"{kind}/{digest}")
        if sha256(content) != digest:
            raise ImageError(f"{self._reference}: {digest} has another content than its name says")
        temporary = self._scratch / kept.name
        temporary.write_bytes(content)
        temporary.replace(kept)
        return content

    async def _read(self, path: str) -> bytes:
        async with await self._get(path) as response:
            content = bytearray()
            async for piece in response.content.iter_chunked(PIECE):
                self._check()
                content += piece
                if len(content) > _LARGEST_DOCUMENT:
                    raise ImageError(f"{self._reference}: {path} is too large to be read")
            return bytes(content)

    async def _layer(self, descriptor: Mapping[str, Any], diff_id: str) -> Layer:
        digest = descriptor["digest"]
        kept = self._place(digest)
        if not kept.exists():
            await self._keep(digest, kept)
        media_type = str(descriptor["mediaType"])
        if media_type.endswith("tar"):
            media_type = LAYER_TAR
        elif media_type.endswith("gzip"):
            media_type = LAYER_GZIP
        return Layer(Blob(kept, digest, kept.stat().st_size, media_type), diff_id)

    async def _keep(self, digest: str, kept: Path) -> None:
        temporary = self._scratch / kept.name
        hasher = hashlib.sha256()
        try:
            async with await self._get(f"blobs/{digest}") as response:
                with temporary.open("wb") as file:
                    async for piece in response.content.iter_chunked(PIECE):
                        self._check()
                        hasher.update(piece)
                        file.write(piece)
            if f"sha256:{hasher.hexdigest()}" != digest:
                raise ImageError(f"{self._reference}: layer {digest} has another content than its name says")
            temporary.replace(kept)
        finally:
            temporary.unlink(missing_ok=True)

    def _place(self, digest: object) -> Path:
        if not isinstance(digest, str) or not re.fullmatch(r"sha256:[0-9a-f]{64}", digest):
            raise ImageError(f'{self._reference}: "{digest}" is not a SHA-256 digest')
        return self._blobs / digest.removeprefix("sha256:")

    async def _get(self, path: str) -> aiohttp.ClientResponse:
        """An answer that is good, after the registry has got whatever proof it asks for. Raises ImageError."""
        self._check()
        response = await self._ask(path)
        if response.status == 401:
            challenge = response.headers.get("WWW-Authenticate", "")
            response.release()
            self._authorization = await self._prove(challenge)
            response = await self._ask(path)
        if response.status == 200:
            return response
        response.release()
        what = "needs other credentials (docker login)" if response.status in (401, 403) else "has no such image"
        if response.status not in (401, 403, 404):
            what = f"answers {response.status} {response.reason}"
        raise ImageError(f"{self._reference} cannot be pulled: {self._reference.host} {what}")

    async def _ask(self, path: str) -> aiohttp.ClientResponse:
        headers = {"Accept": _ACCEPT} if path.startswith("manifests/") else {}
        if self._authorization:
            headers["Authorization"] = self._authorization
        return await self._session.get(f"{self._root}/{path}", headers=headers)

    async def _prove(self, challenge: str) -> str:
        """What to send as Authorization (RFC 6750 and docker's token authentication; else RFC 7617)."""
        kind, _, rest = challenge.partition(" ")
        stored = _credentials(self._reference.host)
        basic = f"Basic {stored}" if stored else ""
        if kind.lower() != "bearer":
            return basic
        asked = dict(_CHALLENGE.findall(rest))
        realm = urlsplit(asked["realm"])
        if realm.scheme != "https" and basic and self._root.startswith("https"):
            raise ImageError(f"{self._reference}: {self._reference.host} wants credentials sent over plain http")
        query = urlencode({name: asked[name] for name in ("service", "scope") if name in asked})
        headers = {"Authorization": basic} if basic else {}
        async with self._session.get(f"{asked['realm']}?{query}", headers=headers) as response:
            if response.status != 200:
                raise ImageError(
                    f"{self._reference}: {realm.hostname} gives no token ({response.status}; docker login)"
                )
            answer = json.loads(await response.read())
        return f"Bearer {answer.get('token') or answer['access_token']}"


def _credentials(host: str) -> str:
    """What `docker login` wrote down for a host, as base64 of NAME:PASSWORD; "" if nothing."""
    directory = os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
    try:
        auths = json.loads(Path(directory, "config.json").read_bytes()).get("auths") or {}
    except (OSError, ValueError, AttributeError):
        return ""
    names = [host, f"https://{host}", f"https://{host}/v2/"]
    if host in DOCKER_HUB:
        names.append("https://index.docker.io/v1/")
    for name in names:
        stored = (auths.get(name) or {}).get("auth", "")
        if isinstance(stored, str) and stored:
            return stored
    return ""
