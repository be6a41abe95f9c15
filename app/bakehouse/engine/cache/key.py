"""The key of this installation: all that is said of a step's inputs on disk goes through it, so that a digest tells
nobody a short secret."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from bakehouse.errors import RecordError
from bakehouse.record.rundir import state_root

SIZE = 32


class Keyed:
    """Digests with one key, HMAC-SHA256 in hex."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, *parts: bytes | str) -> str:
        """Of some parts; where one ends and the next begins counts."""
        keyed = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in parts:
            data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
            keyed.update(len(data).to_bytes(8, "big") + data)
        return keyed.hexdigest()


def installed_key() -> Keyed:
    """With the key in the state directory, made (0600) if there is none. Raises RecordError if it cannot be."""
    return _read(state_root() / "checkpoint-key")


@cache
def _read(path: Path) -> Keyed:
    with suppress(OSError):
        known = path.read_bytes()
        if len(known) == SIZE:
            return Keyed(known)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
            partial.write(secrets.token_bytes(SIZE))
        with suppress(FileExistsError):
            os.link(partial.name, path)
        os.unlink(partial.name)
        return Keyed(path.read_bytes())
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror}.") from error
