"""Writing the output: whole, beside its place, and then put there. Runs in a thread."""

from __future__ import annotations

import os
import tarfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from bakehouse.clients.oci import Check
from bakehouse.post_processors.compress.compressors import Writer, compressor
from bakehouse.post_processors.compress.formats import Form
from bakehouse.post_processors.compress.names import in_tar, in_zip

PIECE = 1 << 20
Progress = Callable[[int], None]


class Reader:
    """An input file; asks `check` before every piece, and tells how much was read."""

    def __init__(self, file: IO[bytes], check: Check, progress: Progress) -> None:
        self._file = file
        self._check = check
        self._progress = progress

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        self._check()
        data = self._file.read(size)
        self._progress(len(data))
        return data


def write(output: Path, files: Sequence[Path], form: Form, level: int | None, check: Check, progress: Progress) -> None:
    """Write `files` into `output`. progress: called with the number of bytes read. Raises OSError."""
    output.parent.mkdir(parents=True, exist_ok=True)
    partial = output.with_name(f".{output.name}.{os.getpid()}-{os.urandom(4).hex()}"[-250:])
    try:
        with partial.open("xb") as file:
            if form.archive == "zip":
                _zip(file, files, level, check, progress)
            else:
                writer = Writer(file, compressor(form.compression, level))
                (_tar if form.archive == "tar" else _single)(writer, files, check, progress)
                writer.finish()
        os.replace(partial, output)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def _single(writer: Writer, files: Sequence[Path], check: Check, progress: Progress) -> None:
    with files[0].open("rb") as file:
        _copy(Reader(file, check, progress), writer.write)


def _copy(reader: Reader, put: Callable[[bytes], object]) -> None:
    while data := reader.read(PIECE):
        put(data)


def _tar(writer: Writer, files: Sequence[Path], check: Check, progress: Progress) -> None:
    """Ends with two empty blocks, and not with the ten kilobytes of a tape."""
    # the type stubs ask a stream for more than the `write` and `tell` that tarfile calls
    archive = tarfile.TarFile(mode="w", fileobj=writer, dereference=True, copybufsize=PIECE)  # type: ignore[arg-type]
    for path, name in in_tar(files):
        check()
        entry = archive.gettarinfo(path, name)
        if entry is None:  # a socket
            continue
        entry.mtime = int(entry.mtime)
        if entry.isreg():
            with path.open("rb") as file:
                archive.addfile(entry, Reader(file, check, progress))
        else:
            archive.addfile(entry)
    writer.write(bytes(2 * tarfile.BLOCKSIZE))


def _zip(file: IO[bytes], files: Sequence[Path], level: int | None, check: Check, progress: Progress) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for path, name in in_zip(files):
            check()
            entry = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
            if entry.is_dir():
                archive.writestr(entry, b"")
                continue
            entry.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(entry, "w", force_zip64=entry.file_size >= 1 << 31) as target:
                _copy(Reader(source, check, progress), target.write)
