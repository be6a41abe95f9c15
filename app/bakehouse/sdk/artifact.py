"""What a build leaves behind."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


async def _nothing_to_destroy() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A result: an image, files, both or neither.

    builder_id: Packer's identifier of the maker: "packer.docker", "packer.file", "bakehouse.rootfs".
    id: what the manifest calls `artifact_id`.
    files: paths as people would type them, in the order in which they are listed.
    description: one line for the summary ("Imported Docker image: sha256:...").
    metadata: JSON-safe facts for later steps and the record: digests, tags, the tier used.
    destroy: removes it; a post-processor that does not keep its input calls for this.
    """

    builder_id: str
    id: str
    description: str
    files: tuple[Path, ...] = ()
    metadata: Mapping[str, object] = field(default_factory=dict)
    destroy: Callable[[], Awaitable[None]] = field(default=_nothing_to_destroy, compare=False, repr=False)
