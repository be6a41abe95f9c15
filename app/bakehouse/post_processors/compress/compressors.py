"""Streams that compress what is written to them, by the libraries of the field. Memory does not grow with the file."""

from __future__ import annotations

import bz2
import lzma
import os
import struct
import zlib
from typing import IO, Protocol

import lz4.frame
import zstandard

from bakehouse.post_processors.compress.formats import Compression

BLOCK = 0xFF00
"""Plain bytes in one BGZF block: less than 64 KiB even where they do not compress (SAM specification 4.1)."""
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


class Compressor(Protocol):
    """Gives compressed bytes for plain ones, some now and the rest at the end."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class Writer:
    """A file open for writing plain bytes. `finish` ends the stream and leaves the file open."""

    def __init__(self, file: IO[bytes], compressor: Compressor | None) -> None:
        self._file = file
        self._compressor = compressor
        self._position = 0

    def write(self, data: bytes) -> int:
        """Take plain bytes."""
        self._file.write(self._compressor.compress(data) if self._compressor else data)
        self._position += len(data)
        return len(data)

    def tell(self) -> int:
        """How many plain bytes there were."""
        return self._position

    def finish(self) -> None:
        """Write what the compressor still holds."""
        if self._compressor is not None:
            self._file.write(self._compressor.flush())


def compressor(compression: Compression, level: int | None) -> Compressor | None:
    """The compressor; None for none. level: 1 to 9, or None for the library's own choice."""
    match compression:
        case "gzip":
            return _gzip(level)
        case "xz":
            return lzma.LZMACompressor(preset=6 if level is None else level)
        case "bzip2":
            return bz2.BZ2Compressor(level or 9)
        case "zstd":
            threads = len(os.sched_getaffinity(0))
            return zstandard.ZstdCompressor(level=level or 3, threads=threads, write_checksum=True).compressobj()
        case "lz4":
            return _Lz4(level or 0)
        case "bgzf":
            return _Bgzf(level)
        case "":
            return None


def _gzip(level: int | None) -> Compressor:
    """By isal, several times quicker than zlib, unless a level is asked for that packs better than isal can."""
    if level is None or level <= 3:
        try:
            from isal import isal_zlib

            quick: Compressor = isal_zlib.compressobj(level or 3, wbits=31)
            return quick
        except ImportError:  # no wheel for this architecture
            pass
    return zlib.compressobj(6 if level is None else level, wbits=31)


class _Lz4:
    def __init__(self, level: int) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor(
            compression_level=level, block_linked=True, content_checksum=True, auto_flush=False
        )
        self._start: bytes = self._frame.begin()

    def compress(self, data: bytes, /) -> bytes:
        start, self._start = self._start, b""
        return start + bytes(self._frame.compress(data))

    def flush(self) -> bytes:
        return self._start + bytes(self._frame.flush())


class _Bgzf:
    """Gzip in blocks that can be found and read one by one, as bioinformatics and block devices use it."""

    def __init__(self, level: int | None) -> None:
        self._level = 6 if level is None else level
        self._waiting = bytearray()

    def compress(self, data: bytes, /) -> bytes:
        self._waiting += data
        blocks = []
        while len(self._waiting) >= BLOCK:
            blocks.append(self._block(bytes(self._waiting[:BLOCK])))
            del self._waiting[:BLOCK]
        return b"".join(blocks)

    def flush(self) -> bytes:
        last = self._block(bytes(self._waiting)) if self._waiting else b""
        return last + _BGZF_END

    def _block(self, data: bytes) -> bytes:
        deflate = zlib.compressobj(self._level, wbits=-15)
        packed = deflate.compress(data) + deflate.flush()
        header = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(packed) + 25)
        return header + packed + struct.pack("<II", zlib.crc32(data), len(data))
