"""Write layers: changes of a file system as a reproducible, compressed tar (image-spec `layer.md`)."""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, Protocol

from bakehouse.clients.oci import LAYER_GZIP, PIECE, Blob, Check, Layer, never

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
_CAPABILITY = "security.capability"
_XATTR = "SCHILY.xattr."

try:
    from isal import isal_zlib

    COMPRESSOR = "isal-1"
except ImportError:  # no wheel for this architecture: four times slower, otherwise the same
    COMPRESSOR = "zlib-1"


@dataclass(frozen=True, slots=True)
class Change:
    """One path of a layer, relative to its root, without a leading slash.

    kind: "entry" is what `source` is now; "deleted" hides the path of lower layers; "opaque" is a directory of which
    nothing below shows through (its own entry comes as a change of its own). mode, owner: where they are not
    those that `source` has.
    """

    path: str
    kind: Literal["entry", "deleted", "opaque"] = "entry"
    source: Path | None = None
    mode: int | None = None
    owner: tuple[int, int] | None = None


class _Compressor(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def _compressor() -> _Compressor:
    """Gzip with no name and no time in its header."""
    if COMPRESSOR == "isal-1":
        compressor: _Compressor = isal_zlib.compressobj(1, wbits=31)
        return compressor
    return zlib.compressobj(1, wbits=31)


class _Sink:
    """Takes the tar stream; hashes, compresses, hashes again, writes."""

    def __init__(self, target: IO[bytes], check: Check) -> None:
        self._target = target
        self._check = check
        self._compressor = _compressor()
        self._plain = hashlib.sha256()
        self._packed = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._check()
        self._plain.update(data)
        self._put(self._compressor.compress(data))
        return len(data)

    def finish(self) -> tuple[str, str]:
        """(diff id, digest of the compressed bytes)."""
        self._put(self._compressor.flush())
        return f"sha256:{self._plain.hexdigest()}", f"sha256:{self._packed.hexdigest()}"

    def _put(self, data: bytes) -> None:
        self._packed.update(data)
        self.size += len(data)
        self._target.write(data)


def write_layer(changes: Iterable[Change], target: Path, *, clamp: int | None = None, check: Check = never) -> Layer:
    """Write `changes`, in the order of their paths, to `target`. Raises OSError.

    clamp: no entry is younger than this (SOURCE_DATE_EPOCH). Owners are numbers, names are left out; equal content,
    modes, owners and times give equal bytes, on every host with the same `COMPRESSOR`.
    """
    with target.open("wb") as file:
        sink = _Sink(file, check)
        # the type stubs ask a stream for more than the `write` that tarfile calls
        with tarfile.open(mode="w|", fileobj=sink, bufsize=PIECE, format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
            _write_changes(archive, sorted(changes, key=_order), clamp)
        diff_id, digest = sink.finish()
    return Layer(Blob(target, digest, sink.size, LAYER_GZIP), diff_id)


def compress_layer(source: IO[bytes], target: Path, *, check: Check = never) -> Layer:
    """Compress a layer that is a plain tar (as `docker save` writes them)."""
    with target.open("wb") as file:
        sink = _Sink(file, check)
        while piece := source.read(PIECE):
            sink.write(piece)
        diff_id, digest = sink.finish()
    return Layer(Blob(target, digest, sink.size, LAYER_GZIP), diff_id)


def _order(change: Change) -> tuple[list[str], int]:
    """Parents before children; a directory, then its opaque mark, then what is in it."""
    return change.path.split("/"), change.kind == "opaque"


def _write_changes(archive: tarfile.TarFile, changes: list[Change], clamp: int | None) -> None:
    links: dict[tuple[int, int], str] = {}
    for change in changes:
        if change.kind == "entry":
            assert change.source is not None
            _write_entry(archive, change, change.source, links, clamp)
            continue
        parent, _, name = change.path.rpartition("/")
        mark = f"{change.path}/{OPAQUE}" if change.kind == "opaque" else os.path.join(parent, WHITEOUT + name)
        archive.addfile(tarfile.TarInfo(mark))


def _write_entry(
    archive: tarfile.TarFile, change: Change, source: Path, links: dict[tuple[int, int], str], clamp: int | None
) -> None:
    status = source.lstat()
    entry = tarfile.TarInfo(change.path)
    entry.mode = stat.S_IMODE(status.st_mode) if change.mode is None else change.mode
    entry.uid, entry.gid = change.owner or (status.st_uid, status.st_gid)
    entry.mtime = int(status.st_mtime) if clamp is None else min(int(status.st_mtime), clamp)
    kind = stat.S_IFMT(status.st_mode)
    identity = (status.st_dev, status.st_ino)
    if kind == stat.S_IFREG and status.st_nlink > 1 and identity in links:
        entry.type, entry.linkname = tarfile.LNKTYPE, links[identity]
    elif kind == stat.S_IFREG:
        links[identity] = change.path
        _write_file(archive, entry, source, status)
        return
    elif kind == stat.S_IFDIR:
        entry.type = tarfile.DIRTYPE
    elif kind == stat.S_IFLNK:
        entry.type, entry.linkname = tarfile.SYMTYPE, os.readlink(source)
    elif kind == stat.S_IFIFO:
        entry.type = tarfile.FIFOTYPE
    elif kind in (stat.S_IFCHR, stat.S_IFBLK):
        entry.type = tarfile.CHRTYPE if kind == stat.S_IFCHR else tarfile.BLKTYPE
        entry.devmajor, entry.devminor = os.major(status.st_rdev), os.minor(status.st_rdev)
    else:  # a socket: whoever listened on it is gone
        return
    archive.addfile(entry)


def _write_file(archive: tarfile.TarFile, entry: tarfile.TarInfo, source: Path, status: os.stat_result) -> None:
    entry.size = status.st_size
    with open_whatever_its_mode(source, status.st_mode) as file:
        try:
            capability = os.getxattr(source, _CAPABILITY, follow_symlinks=False)
            entry.pax_headers = {_XATTR + _CAPABILITY: capability.decode("utf-8", "surrogateescape")}
        except OSError:  # none, or a file system without them
            pass
        archive.copybufsize = PIECE  # type: ignore[attr-defined]  # missing in the type stubs
        archive.addfile(entry, file)


def open_whatever_its_mode(path: Path, mode: int) -> IO[bytes]:
    """Open a file of our own for reading even if its mode (0000, as of /etc/gshadow) forbids that to its owner."""
    try:
        return path.open("rb")
    except PermissionError:
        path.chmod(stat.S_IMODE(mode) | stat.S_IRUSR)
        return path.open("rb")
