"""Write images as files: an OCI layout directory, or one tar that OCI tools and `docker load` both take."""

from __future__ import annotations

import io
import shutil
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.clients.oci import (
    CONFIG,
    INDEX,
    MANIFEST,
    PIECE,
    REFERENCE_NAME,
    Check,
    Image,
    canonical,
    never,
    sha256,
)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written. digest: of the manifest, an image's identity; config_digest: what docker calls its image id."""

    digest: str
    config_digest: str
    size: int


class _Documents:
    """The documents of an image that has one manifest."""

    def __init__(self, image: Image, tag: str) -> None:
        self.configuration = canonical(image.configuration)
        self.config_digest = sha256(self.configuration)
        layers = [layer.blob.descriptor() for layer in image.layers]
        config = {"mediaType": CONFIG, "digest": self.config_digest, "size": len(self.configuration)}
        self.manifest = canonical({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers})
        self.digest = sha256(self.manifest)
        entry: dict[str, Any] = {"mediaType": MANIFEST, "digest": self.digest, "size": len(self.manifest)}
        if tag:
            entry["annotations"] = {REFERENCE_NAME: tag}
        self.small = {
            "oci-layout": canonical({"imageLayoutVersion": "1.0.0"}),
            "index.json": canonical({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]}),
            blob_path(self.config_digest): self.configuration,
            blob_path(self.digest): self.manifest,
        }
        self.docker_manifest = canonical(
            [
                {
                    "Config": blob_path(self.config_digest),
                    "RepoTags": [tag] if tag else [],
                    "Layers": [blob_path(layer.blob.digest) for layer in image.layers],
                }
            ]
        )
        self.blobs = {blob_path(layer.blob.digest): layer.blob.path for layer in image.layers}


def blob_path(digest: str) -> str:
    """Where a layout keeps a blob."""
    return "blobs/" + digest.replace(":", "/")


def write_archive(image: Image, target: Path, *, tag: str = "", check: Check = never) -> Written:
    """One tar; `skopeo` reads it as oci-archive: and docker-archive:, `docker load` and `podman load` take it.

    tag: NAME[:TAG] that `docker load` gives the image. Nothing in it depends on when or by whom it was written.
    """
    documents = _Documents(image, tag)
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted({**documents.small, "manifest.json": documents.docker_manifest}.items()):
            archive.addfile(_entry(name, len(content)), io.BytesIO(content))
        archive.copybufsize = PIECE  # type: ignore[attr-defined]  # missing in the type stubs
        for name, path in sorted(documents.blobs.items()):
            check()
            with path.open("rb") as file:
                archive.addfile(_entry(name, path.stat().st_size), file)
    return Written(documents.digest, documents.config_digest, target.stat().st_size)


def write_layout(image: Image, target: Path, *, tag: str = "", check: Check = never) -> Written:
    """An OCI image layout in an empty directory (image-spec `image-layout.md`)."""
    documents = _Documents(image, tag)
    (target / "blobs/sha256").mkdir(parents=True, exist_ok=True)
    for name, path in documents.blobs.items():
        check()
        shutil.copyfile(path, target / name)
    for name, content in documents.small.items():
        (target / name).write_bytes(content)
    size = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    return Written(documents.digest, documents.config_digest, size)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o644
    return entry
