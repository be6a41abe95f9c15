"""The files that a plan rests on: read once, so that a revision can be run again as it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bakehouse.sdk import Inputs
from bakehouse.sdk.weak import PLACEHOLDER
from bakehouse.template.files import TextFile
from bakehouse.template.plan import FileRecord


class InputFiles:
    """Collects `FileRecord`s by absolute path. A path that is not known yet is passed by."""

    def __init__(self, cwd: str) -> None:
        self._cwd = cwd
        self.records: dict[str, FileRecord] = {}

    def path(self, name: str) -> str:
        """The absolute path of a file as the template names it."""
        return os.path.normpath(os.path.join(self._cwd, name))

    def add_text(self, file: TextFile, keep: bool) -> None:
        """A file that was read already. keep: its bytes too; a file of variables holds secrets, so only its digest.

        Standard input is no file that could change.
        """
        if not file.path:
            return
        self._put(file.path, file.content)
        if not keep:
            self.records[file.path] = msgspec.structs.replace(self.records[file.path], content=None)

    def add(self, inputs: Inputs) -> list[str]:
        """The records of what a component reads; their paths, scripts first. A missing file has the digest ""."""
        paths = []
        for name in filter(_is_known, inputs.scripts):
            paths.append(path := self.path(name))
            if path not in self.records or self.records[path].content is None:
                self._put(path, _content(path))
        for name in filter(_is_known, inputs.files):
            paths.append(path := self.path(name))
            if path not in self.records:
                digest, size = digest_of(path)
                self.records[path] = FileRecord(path, digest, size)
        return list(dict.fromkeys(paths))

    def missing(self, inputs: Inputs) -> list[str]:
        """The scripts, as the template names them, that are not there or cannot be read."""
        return [name for name in inputs.scripts if _is_known(name) and not self.records[self.path(name)].digest]

    def _put(self, path: str, content: bytes | None) -> None:
        digest = "" if content is None else hashlib.sha256(content).hexdigest()
        self.records[path] = FileRecord(path, digest, len(content or b""), content)


def _is_known(name: str) -> bool:
    return bool(name) and PLACEHOLDER not in name


def _content(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes() if os.path.isfile(path) else None  # a pipe would be waited at for ever
    except OSError:
        return None


def digest_of(path: str) -> tuple[str, int]:
    """sha256 and size of a file, or of all that is in a directory; ("", 0) if there is none to be read."""
    try:
        if not os.path.isdir(path):
            if not os.path.isfile(path):
                return "", 0
            with open(path, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest(), os.fstat(file.fileno()).st_size
        whole, size = hashlib.sha256(), 0
        for name, mode, digest, length in _entries(path):
            whole.update(f"{name}\0{mode:o}\0{digest}\n".encode(errors="surrogateescape"))
            size += length
        return whole.hexdigest(), size
    except OSError:
        return "", 0


def _entries(directory: str) -> Iterator[tuple[str, int, str, int]]:
    """Every name below a directory in order, with mode, digest (of a link: where it points) and size."""
    for folder, folders, names in os.walk(directory):
        folders.sort()
        for name in sorted([*names, *folders]):
            path = os.path.join(folder, name)
            about = os.lstat(path)
            shown = os.path.relpath(path, directory)
            if os.path.islink(path):
                yield shown, about.st_mode, os.readlink(path), 0
            elif os.path.isfile(path):
                yield shown, about.st_mode, *digest_of(path)
            else:
                yield shown, about.st_mode, "", 0
