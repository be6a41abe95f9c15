"""What a machine starts from: an image's layers, kept by digest, and the file system they make, kept by chain id."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bakehouse.clients.oci import LAYER_GZIP, Blob, Check, Image, ImageError, Layer, architecture, canonical
from bakehouse.clients.oci_layer import COMPRESSOR, write_layer
from bakehouse.clients.oci_read import open_layer, read_image
from bakehouse.clients.oci_reference import parse
from bakehouse.clients.oci_unpack import Unpacker
from bakehouse_builders.rootfs import busybox, debian
from bakehouse_builders.rootfs.difference import all_entries
from bakehouse_builders.rootfs.places import remove_tree
from bakehouse_builders.rootfs.tiers import Tier

BUSYBOX = "busybox"
REGISTRY = "docker://"
"""What an image in a registry begins with, as skopeo and podman have it."""
_LARGE = 10_000_000  # bytes of layers that take long enough to say so
_FORM = 1  # of the busybox base: raise it when `busybox.make_root` changes

_guard = threading.Lock()
_locks: dict[tuple[str, str], threading.Lock] = {}


@dataclass(frozen=True, slots=True)
class Base:
    """tree: the unpacked file system, which nobody may change."""

    image: Image
    tree: Path


def prepare(
    name: str,
    tier: Tier,
    cache: Path,
    scratch: Path,
    check: Check,
    *,
    plain_http: bool = False,
    tell: Callable[[str], None] = lambda text: None,
) -> Base:
    """Find or make a base; blocks. scratch: an empty directory inside `cache`, for what is half done. tell: called, in
    the thread of the caller, with what is done now, where that takes long.

    Builds of one process that want the same base wait for the first; others may do the work twice, and one's result
    is kept. Raises ImageError, Unavailable, or `Stopped` from check.
    """
    with _one_at_a_time((name, tier.owners), check):
        if name == BUSYBOX:
            image = _busybox(cache, scratch, check)
        elif debian.NAME.fullmatch(name):
            image = debian.prepare(name, tier, cache, scratch, check, tell)
        elif name.startswith(REGISTRY):
            tell(f"Asking for {name}")
            image = _pull(name, cache, scratch, check, plain=plain_http)
        else:
            image = read_image(Path(name), cache / "blobs", scratch, check=check)
        return Base(image, _tree(image, tier, cache, scratch, check, tell))


@contextmanager
def _one_at_a_time(key: tuple[str, str], check: Check) -> Iterator[None]:
    with _guard:
        lock = _locks.setdefault(key, threading.Lock())
    while not lock.acquire(timeout=0.1):
        check()
    try:
        yield
    finally:
        lock.release()


def _pull(name: str, cache: Path, scratch: Path, check: Check, *, plain: bool) -> Image:
    from bakehouse.clients import oci_registry  # its library takes longer to load than a busybox to build

    reference = parse(name.removeprefix(REGISTRY))
    if reference is None:
        raise ImageError(f'"{name}" is not {REGISTRY}HOST/NAME[:TAG][@DIGEST]')
    return asyncio.run(oci_registry.pull(reference, cache / "blobs", scratch, plain=plain, check=check))


def is_path(name: str) -> bool:
    """Whether a base is a file or directory of the user's, not one that is made or fetched."""
    return name != BUSYBOX and not debian.NAME.fullmatch(name) and not name.startswith(REGISTRY)


def _tree(image: Image, tier: Tier, cache: Path, scratch: Path, check: Check, tell: Callable[[str], None]) -> Path:
    kept = cache / "trees" / f"{image.chain_id.removeprefix('sha256:')}-{tier.tree}"
    if kept.is_dir():
        return kept
    size = sum(layer.blob.size for layer in image.layers)
    if size > _LARGE:
        tell(f"Unpacking {size / 1e6:.0f} MB of layers")
    root = scratch / "tree"
    root.mkdir()
    root.chmod(0o755)
    tier.call(unpack, check, root, image.layers, owners=tier.owners == "kept")
    _keep(root, kept)
    return kept


def unpack(check: Check, root: Path, layers: tuple[Layer, ...], *, owners: bool) -> None:
    """Unpack layers over each other into an empty directory. Raises ImageError."""
    unpacker = Unpacker(root, owners=owners, check=check)
    for layer in layers:
        with open_layer(layer) as stream:
            unpacker.apply(stream, f"layer {layer.blob.digest}")
    unpacker.finish()


def _keep(made: Path, kept: Path) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    try:
        made.rename(kept)
    except OSError:
        if not kept.exists():
            raise
        remove_tree(made)  # another process was faster


def _busybox(cache: Path, scratch: Path, check: Check) -> Image:
    program = busybox.find(cache, scratch)
    status = program.stat()
    origin = [_FORM, COMPRESSOR, platform.machine(), str(program), status.st_size, status.st_mtime_ns]
    note = cache / "busybox.json"
    layer = _noted(note, origin, cache / "blobs")
    if layer is None:
        layer = _make_busybox(program, cache / "blobs", scratch, check)
        (scratch / "note").write_bytes(canonical([origin, layer.blob.digest, layer.diff_id]))
        os.replace(scratch / "note", note)
    configuration = {
        "architecture": architecture(),
        "os": "linux",
        "config": busybox.RUNTIME,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
        "history": [{"created_by": "busybox base"}],
    }
    return Image((layer,), configuration)


def _noted(note: Path, origin: list[object], blobs: Path) -> Layer | None:
    try:
        noted, digest, diff_id = json.loads(note.read_bytes())
    except (OSError, ValueError):
        return None
    path = blobs / digest.removeprefix("sha256:")
    if noted != origin or not path.exists():
        return None
    return Layer(Blob(path, digest, path.stat().st_size, LAYER_GZIP), diff_id)


def _make_busybox(program: Path, blobs: Path, scratch: Path, check: Check) -> Layer:
    root = scratch / BUSYBOX
    root.mkdir()
    busybox.make_root(program, root)
    layer = write_layer(all_entries(root, owner=(0, 0)), scratch / "layer", clamp=0, check=check)
    blobs.mkdir(parents=True, exist_ok=True)
    kept = blobs / layer.blob.digest.removeprefix("sha256:")
    os.replace(layer.blob.path, kept)
    return Layer(Blob(kept, layer.blob.digest, layer.blob.size, LAYER_GZIP), layer.diff_id)
