"""Writing a file so that there is a whole one at any time: the old one or the new one."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress


def write_whole(name: str, content: bytes) -> None:
    """Write a file; one that is there is replaced and keeps its mode, a link stays one. What is no file of its own,
    such as /dev/stdout, is added to. Raises OSError.
    """
    path = os.path.realpath(name)
    if name.startswith("/dev/") or (os.path.exists(path) and not os.path.isfile(path)):
        with open(name, "ab") as file:
            file.write(content)
        return
    rights = os.stat(path).st_mode & 0o7777 if os.path.exists(path) else 0o666 & ~_umask()
    descriptor, temporary = tempfile.mkstemp(
        prefix=f".{os.path.basename(path)[:200]}.", suffix="~", dir=os.path.dirname(path)
    )
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), rights)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _umask() -> int:
    mask = os.umask(0o77)
    os.umask(mask)
    return mask
