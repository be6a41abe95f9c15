"""A file that grows at its end, all or nothing."""

from __future__ import annotations

import os
from pathlib import Path


class AppendFile:
    """Appends to a file that nobody else writes. What a full disk took only in part is cut off again."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self.size = os.fstat(self._fd).st_size

    def append(self, data: bytes) -> None:
        """Raises OSError, and then the file is as it was."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._fd, memoryview(data)[written:] if written else data)
        except OSError:
            self.cut(self.size)
            raise
        self.size += written

    def cut(self, size: int) -> None:
        """Take back what was appended beyond `size`."""
        os.ftruncate(self._fd, size)
        self.size = size

    def sync(self) -> None:
        """Return once it is on the disk. Raises OSError."""
        os.fdatasync(self._fd)

    def last(self) -> bytes:
        """The last byte; b"" if the file is empty."""
        return os.pread(self._fd, 1, self.size - 1) if self.size else b""

    def is_at(self, path: Path) -> bool:
        """Whether `path` is this file still: nobody has removed it, or put another there."""
        try:
            there = os.stat(path)
        except OSError:
            return False
        return os.path.samestat(there, os.fstat(self._fd))

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)
