"""Read images: an OCI layout directory, or an archive as `skopeo copy ... oci-archive:` or `docker save` writes it."""

from __future__ import annotations

import gzip
import hashlib
import json
import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Protocol

from bakehouse.clients.oci import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    GZIP_ERRORS,
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
from bakehouse.clients.oci_layer import compress_layer

_DAMAGED: tuple[type[Exception], ...] = (tarfile.TarError, *GZIP_ERRORS)
_LARGEST_DOCUMENT = 16 << 20
_LARGEST_INDEX_DEPTH = 4


try:
    from isal import igzip

    _open_gzip: Any = igzip.open
except ImportError:
    _open_gzip = gzip.open


def _gunzip(file: IO[bytes]) -> IO[bytes]:
    stream: IO[bytes] = _open_gzip(file)
    return stream


class _Files(Protocol):
    """Files by name, of a directory or of an archive."""

    def open(self, name: str) -> IO[bytes]:
        """Raises KeyError if there is none."""
        ...


class _Directory:
    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self, name: str) -> IO[bytes]:
        try:
            return (self._root / name).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise KeyError(name) from None


class _Archive:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self._members = {posixpath.normpath(member.name): member for member in archive}

    def open(self, name: str) -> IO[bytes]:
        member = self._members[posixpath.normpath(name)]
        if member.issym():  # `docker save` of old links layers that occur twice
            member = self._members[posixpath.normpath(posixpath.join(posixpath.dirname(name), member.linkname))]
        stream = self._archive.extractfile(member)
        if stream is None:
            raise KeyError(name)
        return stream


@contextmanager
def _files(path: Path) -> Iterator[_Files]:
    if path.is_dir():
        yield _Directory(path)
        return
    try:
        with tarfile.open(path) as archive:
            yield _Archive(archive)
    except _DAMAGED as error:
        raise ImageError(f"{path} is neither an OCI layout nor an image archive: {error}") from error


def read_image(path: Path, blobs: Path, scratch: Path, *, check: Check = never) -> Image:
    """Read an image and put its layers into `blobs`, a directory of files named by digest, checked by digest.

    Layers that are there already are not read again. scratch: a directory on the same file system, for what is half
    read. Raises ImageError if `path` is no whole image for this machine.
    """
    blobs.mkdir(parents=True, exist_ok=True)
    try:
        with _files(path) as files:
            return _Reader(path, files, blobs, scratch, check).read()
    except OSError as error:
        raise ImageError(f"{error.filename or path}: {error.strerror or error}") from error


@contextmanager
def open_layer(layer: Layer) -> Iterator[IO[bytes]]:
    """The tar stream in a layer. Raises ImageError for a compression that cannot be read here."""
    with layer.blob.path.open("rb") as file:
        magic = file.read(4)
        file.seek(0)
        if magic[:2] == b"\x1f\x8b":
            with _gunzip(file) as stream:
                yield stream
        elif magic == b"\x28\xb5\x2f\xfd":
            raise ImageError(
                f"layer {layer.blob.digest} is compressed by zstd, which Bakehouse cannot read; "
                "write the image again with `skopeo copy --dest-compress-format gzip`"
            )
        else:
            yield file


class _Reader:
    def __init__(self, path: Path, files: _Files, blobs: Path, scratch: Path, check: Check) -> None:
        self._path = path
        self._files = files
        self._blobs = blobs
        self._scratch = scratch
        self._check = check

    def read(self) -> Image:
        try:
            index = self._json("index.json")
        except KeyError:
            return self._read_docker()
        try:
            manifest = self._manifest(index, 0)
            configuration = self._blob_json(manifest["config"]["digest"])
            diff_ids = configuration["rootfs"]["diff_ids"]
            descriptors = manifest["layers"]
            if len(diff_ids) != len(descriptors):
                raise self._broken("it names a different number of layers in manifest and configuration")
            layers = tuple(map(self._layer, descriptors, diff_ids))
        except (KeyError, TypeError, IndexError) as error:
            raise self._broken(f"{error} is missing") from error
        return Image(layers, configuration)

    def _broken(self, why: str) -> ImageError:
        return ImageError(f"{self._path} is not a whole image: {why}")

    def _json(self, name: str) -> Any:
        with self._files.open(name) as file:
            content = file.read(_LARGEST_DOCUMENT)
        try:
            return json.loads(content)
        except ValueError as error:
            raise self._broken(f"{name} is not JSON: {error}") from error

    def _blob_json(self, digest: str) -> Any:
        with self._files.open(_blob_name(digest)) as file:
            content = file.read(_LARGEST_DOCUMENT)
        if sha256(content) != digest:
            raise self._broken(f"blob {digest} has another content than its name says")
        return json.loads(content)

    def _manifest(self, index: Mapping[str, Any], depth: int) -> Mapping[str, Any]:
        entries = [entry for entry in index["manifests"] if _is_for_us(entry)]
        if not entries:
            raise ImageError(f"{self._path} has no image for linux/{architecture()}")
        names = {str(entry.get("annotations")) for entry in entries}
        if len({entry["digest"] for entry in entries}) > 1 and len(names) > 1:
            raise ImageError(f"{self._path} holds {len(entries)} images; a base is a layout or archive with one")
        kind = entries[0].get("mediaType", MANIFEST)
        document: Mapping[str, Any] = self._blob_json(entries[0]["digest"])
        if kind in (MANIFEST, DOCKER_MANIFEST):
            return document
        if kind in (INDEX, DOCKER_INDEX) and depth < _LARGEST_INDEX_DEPTH:
            return self._manifest(document, depth + 1)
        raise self._broken(f"its index names a {kind}")

    def _layer(self, descriptor: Mapping[str, Any], diff_id: str) -> Layer:
        digest = descriptor["digest"]
        target = self._blobs / digest.removeprefix("sha256:")
        if not target.exists():
            with self._files.open(_blob_name(digest)) as source:
                self._keep(source, target, digest)
        media_type = descriptor["mediaType"]
        if media_type.endswith("tar"):
            media_type = LAYER_TAR
        elif media_type.endswith("gzip"):
            media_type = LAYER_GZIP
        return Layer(Blob(target, digest, target.stat().st_size, media_type), diff_id)

    def _keep(self, source: IO[bytes], target: Path, digest: str) -> None:
        """Copy a blob under a name of its own, checked, then move it into its place."""
        temporary = self._scratch / target.name
        try:
            hasher = hashlib.sha256()
            with temporary.open("wb") as file:
                while piece := source.read(PIECE):
                    self._check()
                    hasher.update(piece)
                    file.write(piece)
            if f"sha256:{hasher.hexdigest()}" != digest:
                raise self._broken(f"blob {digest} has another content than its name says")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def _read_docker(self) -> Image:
        """An archive of `docker save` before version 25: manifest.json, and layers as plain tars."""
        try:
            manifests = self._json("manifest.json")
        except KeyError:
            raise ImageError(
                f"{self._path} is neither an OCI layout nor an image archive: it has no index.json and no manifest.json"
            ) from None
        if len(manifests) != 1:
            raise ImageError(f"{self._path} holds {len(manifests)} images; a base is an archive with one")
        try:
            configuration = self._json(manifests[0]["Config"])
            names = manifests[0]["Layers"]
            layers = tuple(map(self._docker_layer, names, configuration["rootfs"]["diff_ids"]))
        except (KeyError, TypeError) as error:
            raise self._broken(f"{error} is missing") from error
        return Image(layers, configuration)

    def _docker_layer(self, name: str, diff_id: str) -> Layer:
        """Compressed once, then found again by what it holds."""
        note = self._blobs / f"{diff_id.removeprefix('sha256:')}.gzip-of"
        if note.exists():
            digest = note.read_text().strip()
            kept = self._blobs / digest.removeprefix("sha256:")
            if kept.exists():
                return Layer(Blob(kept, digest, kept.stat().st_size, LAYER_GZIP), diff_id)
        temporary = self._scratch / "layer"
        try:
            with self._files.open(name) as source, _plain(source) as stream:
                layer = compress_layer(stream, temporary, check=self._check)
            if layer.diff_id != diff_id:
                raise self._broken(f"{name} has another content than its configuration says")
            target = self._blobs / layer.blob.digest.removeprefix("sha256:")
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
        note.write_text(layer.blob.digest)
        return Layer(Blob(target, layer.blob.digest, layer.blob.size, LAYER_GZIP), diff_id)


@contextmanager
def _plain(source: IO[bytes]) -> Iterator[IO[bytes]]:
    magic = source.read(2)
    source.seek(0)
    if magic == b"\x1f\x8b":
        with _gunzip(source) as stream:
            yield stream
    else:
        yield source


def _is_for_us(entry: Mapping[str, Any]) -> bool:
    found = entry.get("platform")
    if not found:
        return True
    return bool(found.get("os") == "linux" and found.get("architecture") == architecture())


def _blob_name(digest: str) -> str:
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or len(value) != 64 or not all(c in "0123456789abcdef" for c in value):
        raise ImageError(f'"{digest}" is not a SHA-256 digest')
    return f"blobs/sha256/{value}"
