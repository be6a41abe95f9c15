"""Several layers of an image made into one, as the image format has it: what a later layer removes, or puts another
file in the place of, is not in the result (OCI image specification, 'Image Layer Filesystem Changeset').

Members are copied as they are, byte for byte, header included.
"""

from __future__ import annotations

import copy
import hashlib
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
_META = ".wh..wh."
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class _Piece:
    """A member of a layer."""

    layer: int
    member: tarfile.TarInfo


@dataclass(slots=True)
class _Marks:
    """What hides the layers below. gone: paths; opaque: directories of which nothing below is to be seen."""

    gone: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)


class Flattening:
    """Makes one layer. layers: tar files that can be sought in, the lowest first. below: paths that the layers under
    them may have, without which nothing is to be marked as removed."""

    def __init__(self, layers: Sequence[IO[bytes]], below: frozenset[str]) -> None:
        self._layers = layers
        self._below = below
        self._chosen: dict[str, _Piece] = {}
        self._marks = _Marks()
        self._own: list[dict[str, _Piece]] = [{} for _ in layers]
        for number in reversed(range(len(layers))):
            self._look_through(number)

    def write(self, target: IO[bytes]) -> str:
        """Write the layer; its digest ("sha256:..."), "" if there is nothing in it."""
        digest, written = hashlib.sha256(), 0
        for piece in self._pieces():
            digest.update(piece)
            target.write(piece)
            written += len(piece)
        if not written:
            return ""
        end = bytes(2 * tarfile.BLOCKSIZE)
        digest.update(end)
        target.write(end)
        return f"sha256:{digest.hexdigest()}"

    def _look_through(self, number: int) -> None:
        """Take from a layer what those above it have left of it."""
        found: dict[str, _Piece] = {}
        marks, own = _Marks(), self._own[number]
        for member in _members(self._layers[number]):
            path = plain(member.name)
            parent, _, name = path.rpartition("/")
            if name == OPAQUE:
                marks.opaque.add(parent)
            elif name.startswith(WHITEOUT):
                if not name.startswith(_META):
                    marks.gone.add(f"{parent}/{name[len(WHITEOUT) :]}".lstrip("/"))
            else:
                own[path] = _Piece(number, member)
                if not self._is_hidden(path):
                    self._take(path, own[path], found, marks)
        marks.opaque = {path for path in marks.opaque if not self._is_hidden(path)}
        for path in [path for path in marks.gone if path in self._chosen or self._is_hidden(path)]:
            marks.gone.discard(path)
            if not self._is_hidden(path):
                marks.opaque.add(path)  # a directory was made anew where something had been removed
        self._chosen |= found
        self._marks.gone |= marks.gone
        self._marks.opaque |= marks.opaque

    def _take(self, path: str, piece: _Piece, found: dict[str, _Piece], marks: _Marks) -> None:
        if path not in self._chosen:
            found[path] = piece
        elif not piece.member.isdir():
            marks.opaque.add(path)  # a directory came in the place of this

    def _is_hidden(self, path: str) -> bool:
        """By a layer above the one that is looked through."""
        if path in self._marks.gone or (path in self._chosen and not self._chosen[path].member.isdir()):
            return True
        while path:
            path = path.rpartition("/")[0]
            above = self._chosen.get(path)
            if path in self._marks.gone or path in self._marks.opaque or (above and not above.member.isdir()):
                return True
        return False

    def _pieces(self) -> Iterator[bytes]:
        """Directories before what is in them, hard links after everything."""
        marked = [path for path in self._marks.gone if path in self._below]
        names = [_beside(path, WHITEOUT + path.rpartition("/")[2]) for path in marked]
        names += [f"{path}/{OPAQUE}".lstrip("/") for path in self._marks.opaque if path in self._below]
        links = {path for path, piece in self._chosen.items() if piece.member.islnk()}
        for path in sorted([*names, *(self._chosen.keys() - links)], key=lambda path: path.split("/")):
            yield from self._raw(self._chosen[path]) if path in self._chosen else [_header(tarfile.TarInfo(path))]
        heirs: dict[tuple[int, str], str] = {}
        for path in sorted(links):
            yield from self._link(path, self._chosen[path], heirs)

    def _link(self, path: str, piece: _Piece, heirs: dict[tuple[int, str], str]) -> Iterator[bytes]:
        """A hard link whose file is there no more is that file itself; the next ones are links to it."""
        target = plain(piece.member.linkname)
        file = self._own[piece.layer].get(target)
        if file is None or self._chosen.get(target) is file:
            yield from self._raw(piece)
        elif (piece.layer, target) in heirs:
            link = _renamed(piece.member, piece.member.name)
            link.linkname = heirs[piece.layer, target]
            yield _header(link)
        else:
            heirs[piece.layer, target] = path
            yield _header(_renamed(file.member, piece.member.name))
            yield from self._read(piece.layer, file.member.offset_data, _blocks(file.member.size))

    def _raw(self, piece: _Piece) -> Iterator[bytes]:
        member = piece.member
        size = _blocks(member.size) if member.isreg() else 0
        yield from self._read(piece.layer, member.offset, member.offset_data - member.offset + size)

    def _read(self, layer: int, offset: int, size: int) -> Iterator[bytes]:
        self._layers[layer].seek(offset)
        while size:
            read = self._layers[layer].read(min(size, _PIECE))
            if not read:
                raise tarfile.ReadError("a layer ends too early")
            size -= len(read)
            yield read


def paths(layer: IO[bytes]) -> Iterator[str]:
    """Every path that a layer has."""
    return (plain(member.name) for member in _members(layer))


def plain(name: str) -> str:
    """A path without what comes before and after it: `./etc/` is `etc`, the root is ``."""
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _members(layer: IO[bytes]) -> Iterator[tarfile.TarInfo]:
    layer.seek(0)
    with tarfile.open(fileobj=layer, mode="r:") as archive:
        yield from archive


def _beside(path: str, name: str) -> str:
    return f"{path.rpartition('/')[0]}/{name}".lstrip("/")


def _blocks(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE


def _renamed(member: tarfile.TarInfo, name: str) -> tarfile.TarInfo:
    other = copy.copy(member)
    other.name = name
    other.pax_headers = {key: value for key, value in member.pax_headers.items() if key not in ("path", "linkpath")}
    return other


def _header(member: tarfile.TarInfo) -> bytes:
    return member.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")
