"""Apply layers to a directory (image-spec `layer.md`, "Applying Changesets"), whatever is in them.

Every path is resolved below the directory, as if that were the root: a link in one layer cannot lead what the next
one writes to a file of the host.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tarfile
from pathlib import Path
from typing import IO

from bakehouse.clients.isolation.links import resolve
from bakehouse.clients.oci import GZIP_ERRORS, PIECE, Check, ImageError, never
from bakehouse.clients.oci_layer import OPAQUE, WHITEOUT

_DAMAGED: tuple[type[Exception], ...] = (tarfile.TarError, *GZIP_ERRORS)
_CAPABILITY = "SCHILY.xattr.security.capability"


class Unpacker:
    """Applies layers from the bottom up to a new directory; call `finish` after the last.

    owners: give files the owners that the layers name; else all are the caller's (no privilege: then devices are
    left out too). keep_links: a directory does not take the place of a link to one, as `tar` and `dpkg` have it.
    """

    def __init__(self, root: Path, *, owners: bool, check: Check = never, keep_links: bool = False) -> None:
        self._root = str(root)
        self._owners = owners
        self._check = check
        self._keep_links = keep_links
        self._directories: dict[str, tarfile.TarInfo] = {}
        self._fresh: set[str] = set()

    def apply(self, stream: IO[bytes], name: str) -> None:
        """Apply one layer, a plain tar stream; `name` stands in errors. Raises ImageError."""
        self._fresh = set()
        try:
            with tarfile.open(fileobj=stream, mode="r|", bufsize=PIECE) as archive:
                archive.errorlevel = 2
                for member in archive:
                    self._check()
                    self._apply(archive, member)
        except _DAMAGED as error:
            raise ImageError(f"{name} is not a whole layer: {error}") from error
        except OSError as error:
            raise ImageError(f"{name} cannot be unpacked: {error.filename or ''} {error.strerror or error}") from error

    def finish(self) -> None:
        """Give directories their own modes and times, which were put off so that files could be made in them."""
        for path, member in sorted(self._directories.items(), reverse=True):
            if not os.path.islink(path) and os.path.isdir(path):
                os.chmod(path, member.mode & 0o7777)
                os.utime(path, (member.mtime, member.mtime))

    def _apply(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        parts = [part for part in member.name.split("/") if part not in ("", ".")]
        if ".." in parts:
            raise ImageError(f'the layer has an entry "{member.name}", which leads out of the image')
        if not parts:
            if member.isdir():
                self._own(self._root, member)
                self._directories[self._root] = member
            return
        parent = self._parent(parts[:-1])
        if parts[-1] == OPAQUE:
            self._hide_content(parent)
        elif parts[-1].startswith(WHITEOUT):
            self._hide(os.path.join(parent, parts[-1].removeprefix(WHITEOUT)))
        else:
            self._make(archive, member, os.path.join(parent, parts[-1]))

    def _parent(self, parts: list[str]) -> str:
        """The real directory of a path in the image; what is missing is made, as `layer.md` allows it to be."""
        path = self._resolve("/".join(parts))
        if not os.path.isdir(path):
            os.makedirs(path, 0o755, exist_ok=True)
        return path

    def _resolve(self, path: str) -> str:
        """The real path below the root, links followed as inside the image."""
        try:
            return resolve(self._root, path)
        except OSError as error:
            if error.errno != errno.ELOOP:
                raise
            raise ImageError(f'the layer has links that lead in a circle at "{path}"') from error

    def _make(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        """Put one entry in its place, instead of whatever stood there."""
        fresh = path
        while fresh != self._root and fresh not in self._fresh:
            self._fresh.add(fresh)
            fresh = os.path.dirname(fresh)
        if member.isdir():
            if self._keep_links and os.path.islink(path) and os.path.isdir(self._resolve(path[len(self._root) :])):
                return
            if os.path.islink(path) or not os.path.isdir(path):
                self._remove(path)
                os.mkdir(path, 0o700)
            self._own(path, member)
            os.chmod(path, (member.mode & 0o7777) | 0o700)
            self._directories[path] = member
            return
        if member.islnk():
            self._link(member, path)
            return
        self._remove(path)
        if member.issym():
            os.symlink(member.linkname, path)
            self._own(path, member)
        elif member.isfile():
            self._make_file(archive, member, path)
        elif not self._make_special(member, path):
            return
        os.utime(path, (member.mtime, member.mtime), follow_symlinks=False)

    def _make_file(self, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
        source = archive.extractfile(member)
        assert source is not None
        with open(path, "xb") as target:
            shutil.copyfileobj(source, target, PIECE)
        self._own(path, member)
        os.chmod(path, member.mode & 0o7777)
        capability = member.pax_headers.get(_CAPABILITY)
        if capability and self._owners:
            with contextlib.suppress(OSError):  # a file system without them: the image keeps them all the same
                os.setxattr(path, "security.capability", capability.encode("utf-8", "surrogateescape"))

    def _make_special(self, member: tarfile.TarInfo, path: str) -> bool:
        kind = {tarfile.FIFOTYPE: stat.S_IFIFO, tarfile.CHRTYPE: stat.S_IFCHR, tarfile.BLKTYPE: stat.S_IFBLK}
        if member.type not in kind or not (self._owners or member.isfifo()):
            return False
        os.mknod(path, kind[member.type] | 0o600, os.makedev(member.devmajor, member.devminor))
        self._own(path, member)
        os.chmod(path, member.mode & 0o7777)
        return True

    def _link(self, member: tarfile.TarInfo, path: str) -> None:
        parent, _, name = member.linkname.rstrip("/").rpartition("/")
        target = os.path.join(self._resolve(parent), name)
        if name in ("", ".", "..") or not os.path.lexists(target):
            raise ImageError(f'the layer has a link "{member.name}" to "{member.linkname}", which is not there')
        if target != path:
            self._remove(path)
            os.link(target, path, follow_symlinks=False)

    def _own(self, path: str, member: tarfile.TarInfo) -> None:
        if self._owners:
            os.chown(path, member.uid, member.gid, follow_symlinks=False)

    def _hide(self, path: str) -> None:
        """A whiteout: what lower layers have there goes, what this layer has put there stays."""
        if path in self._fresh:
            if os.path.isdir(path) and not os.path.islink(path):
                self._hide_content(path)
            return
        self._remove(path)

    def _hide_content(self, directory: str) -> None:
        for name in os.listdir(directory):
            self._hide(os.path.join(directory, name))

    def _remove(self, path: str) -> None:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
