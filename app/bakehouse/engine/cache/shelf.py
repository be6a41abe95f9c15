"""Where checkpoints that outlive their run are listed: `$XDG_CACHE_HOME/bakehouse/checkpoints/`.

An entry is a file `ID.json`, whose ID is the digest of all that led to the machine as it was saved, and beside it
`ID.lock`: held shared by each build that may need the checkpoint, exclusively by who takes it away. Several processes
share the directory; each change is one atomic step, so that a killed one leaves a whole entry or none.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

FORMAT = 1
TRIES = 10
INSTANT = 0.002
_NEW = ".new-"


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One checkpoint. id: digest of what led to it. ref, size, lost: as in `sdk.Checkpoint`.

    builder: its type, whose `remove` takes away the resource `name`. template: absolute path; build: its name; step:
    title of the step before which the machine is as saved. run: who made it; made: ns since 1970.
    """

    id: str
    builder: str
    name: str
    ref: str
    template: str
    build: str
    step: str
    run: str
    made: int
    size: int = 0
    lost: list[str] = []
    installation: str = ""
    format: int = FORMAT


class Listed(msgspec.Struct, frozen=True):
    """An entry as the list shows it. used: when a build last started from it, ns since 1970. busy: a build holds it."""

    entry: Entry
    used: int
    busy: bool


class Held:
    """An entry that nobody takes away until `release`."""

    def __init__(self, entry: Entry, lock: int) -> None:
        self.entry = entry
        self._lock = lock

    def release(self) -> None:
        """It is needed no longer."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def cache_root() -> Path:
    """`$XDG_CACHE_HOME/bakehouse/checkpoints`; a relative XDG_CACHE_HOME is passed over, as the specification says."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".cache"
    return base / "bakehouse" / "checkpoints"


class Shelf:
    """The list of one user. Nothing is made before something is put there."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or cache_root()

    def hold(self, id: str) -> Held | None:
        """The entry of this digest, held; None if there is none, or it is being taken away."""
        if not self._file(id).exists():
            return None
        lock = self._lock(id, fcntl.LOCK_SH)
        if lock < 0:
            return None
        entry = self._read(id)
        if entry is None:
            os.close(lock)
            return None
        return Held(entry, lock)

    def touch(self, held: Held) -> None:
        """A build starts from it."""
        with suppress(OSError):
            os.utime(self._file(held.entry.id))

    def put(self, entry: Entry) -> Held | None:
        """List a checkpoint, synced, and hold it; None if there is one of this digest. Raises OSError."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._lock(entry.id, fcntl.LOCK_SH)
        if lock < 0:
            return None
        try:
            if self._write(entry):
                return Held(entry, lock)
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
        return None

    def entries(self) -> list[Listed]:
        """All of them, the one used last first."""
        found = []
        for path in self.root.glob("*.json"):
            entry = self._read(path.stem)
            with suppress(FileNotFoundError):
                if entry is not None:
                    found.append(Listed(entry, path.stat().st_mtime_ns, self._busy(path.stem)))
        return sorted(found, key=lambda listed: -listed.used)

    def knows(self, builder: str, name: str) -> bool:
        """Whether a checkpoint of this name is listed."""
        return any((listed.entry.builder, listed.entry.name) == (builder, name) for listed in self.entries())

    @contextmanager
    def taking(self, id: str) -> Iterator[bool]:
        """Take an entry away: whether nobody holds it. If so it is struck out at the end, unless the body raises."""
        lock = self._lock(id, fcntl.LOCK_EX)
        if lock < 0:
            yield False
            return
        try:
            yield True
            self._file(id).unlink(missing_ok=True)
            self._lock_file(id).unlink(missing_ok=True)
        finally:
            os.close(lock)

    def _file(self, id: str) -> Path:
        return self.root / f"{id}.json"

    def _lock_file(self, id: str) -> Path:
        return self.root / f"{id}.lock"

    def _lock(self, id: str, how: int) -> int:
        """A descriptor with the lock, -1 if it cannot be had. Who only looks holds it for an instant: try again."""
        for _ in range(TRIES):
            try:
                lock = os.open(self._lock_file(id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except FileNotFoundError:
                return -1
            try:
                fcntl.flock(lock, how | fcntl.LOCK_NB)
                if os.fstat(lock).st_nlink:
                    return lock
            except BlockingIOError:
                time.sleep(INSTANT if how == fcntl.LOCK_SH else 0)
            os.close(lock)  # held, or struck out by who held it
        return -1

    def _busy(self, id: str) -> bool:
        lock = self._lock(id, fcntl.LOCK_EX)
        if lock >= 0:
            os.close(lock)
        return lock < 0

    def _read(self, id: str) -> Entry | None:
        try:
            entry = msgspec.json.decode(self._file(id).read_bytes(), type=Entry)
        except (OSError, msgspec.DecodeError):
            return None
        return entry if entry.format == FORMAT and entry.id == id else None

    def _write(self, entry: Entry) -> bool:
        """Whether it is new."""
        with tempfile.NamedTemporaryFile(dir=self.root, prefix=_NEW, delete=False) as partial:
            try:
                partial.write(msgspec.json.encode(entry))
                partial.flush()
                os.fsync(partial.fileno())
                os.link(partial.name, self._file(entry.id))
            except FileExistsError:
                return False
            finally:
                os.unlink(partial.name)
        self._sync()
        return True

    def _sync(self) -> None:
        directory = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
