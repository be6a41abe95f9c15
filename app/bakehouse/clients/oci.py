"""OCI images: the words of the image specification (1.0) that readers and writers share.

https://github.com/opencontainers/image-spec: `descriptor.md`, `config.md`, `manifest.md`, `layer.md`.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from bakehouse.errors import StepError

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER_TAR = "application/vnd.oci.image.layer.v1.tar"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
REFERENCE_NAME = "org.opencontainers.image.ref.name"

PIECE = 1 << 20
"""Bytes that are copied, hashed or compressed at once."""


class ImageError(StepError):
    """An image that cannot be read; the text says which and why."""


class Stopped(Exception):
    """The work in a thread was told to stop."""


GZIP_ERRORS: tuple[type[Exception], ...] = (zlib.error, EOFError)
"""What reading damaged gzip raises besides OSError."""

try:
    import isal.isal_zlib

    GZIP_ERRORS = (*GZIP_ERRORS, cast(type[Exception], isal.isal_zlib.error))
except ImportError:  # no wheel for this architecture: zlib does it
    pass


Check = Callable[[], None]
"""Called between pieces of work in a thread; raises `Stopped` when it is to end."""


def stopper() -> tuple[Check, Callable[[], None]]:
    """(check, stop): the two ends of telling a thread to stop."""
    event = threading.Event()

    def check() -> None:
        if event.is_set():
            raise Stopped

    return check, event.set


def never() -> None:
    """A `Check` that never stops anything."""


@dataclass(frozen=True, slots=True)
class Blob:
    """A file known by its content. digest: `sha256:HEX`; media_type: what a descriptor calls it."""

    path: Path
    digest: str
    size: int
    media_type: str

    def descriptor(self) -> dict[str, Any]:
        """As manifests and indexes hold it."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer. diff_id: the digest of the tar stream in it, uncompressed."""

    blob: Blob
    diff_id: str


@dataclass(frozen=True, slots=True)
class Image:
    """An image: layers from the bottom up, and the whole configuration document (`config.md`)."""

    layers: tuple[Layer, ...] = ()
    configuration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def runtime(self) -> dict[str, Any]:
        """The `config` object in the configuration: Env, Cmd, Entrypoint, User ..."""
        return dict(self.configuration.get("config") or {})

    @property
    def chain_id(self) -> str:
        """The digest that stands for all layers on top of each other (config.md, "Layer ChainID")."""
        chain = ""
        for layer in self.layers:
            chain = sha256(f"{chain} {layer.diff_id}".encode()) if chain else layer.diff_id
        return chain or sha256(b"")


def sha256(data: bytes) -> str:
    """`sha256:HEX` of some bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical(document: Any) -> bytes:
    """JSON in one form only: the same document is the same bytes, hence the same digest."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def architecture() -> str:
    """This machine's, in Go's words, as images name it."""
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}.get(machine, machine)


def source_date_epoch() -> int | None:
    """`SOURCE_DATE_EPOCH`, seconds since 1970 (https://reproducible-builds.org/specs/source-date-epoch/), if set."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return None
    if not text.isdecimal():
        raise StepError(f'SOURCE_DATE_EPOCH is "{text}", not a number of seconds.')
    return int(text)
