"""Writing a file so that there is a whole one at any time: the old one or the new one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

from bakehouse.errors import UsageError


def write_whole(name: str, text: str) -> None:
    """Write a text file; one that is there is replaced and keeps its mode, a link stays one. Raises UsageError."""
    path = os.path.realpath(name)
    try:
        if name.startswith("/dev/") or (os.path.exists(path) and not os.path.isfile(path)):
            _write(name, text, mode="a")
            return
        rights = os.stat(path).st_mode & 0o7777 if os.path.exists(path) else 0o666 & ~_umask()
        file, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=os.path.dirname(path))
        try:
            os.close(file)
            _write(temporary, text)
            os.chmod(temporary, rights)
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f'Cannot write "{name}": {error.strerror or error}.') from None


def _write(path: str, text: str, mode: str = "w") -> None:
    """Also to what is no file of its own, such as /dev/stdout, which is added to."""
    with open(path, mode, encoding="utf-8", newline="") as file:
        file.write(text)


def _umask() -> int:
    mask = os.umask(0o77)
    os.umask(mask)
    return mask
