"""`$XDG_STATE_HOME/bakehouse/runs/ID/`: everything that there is to know about a run (DESIGN 5).

run.json        what the run is, where its socket is
lock            locked while the engine lives
events.jsonl    the facts
logs/KEY.log    the output of each build, and KEY.idx beside it
ledger.jsonl    what it claimed outside of itself
builds/KEY/     private directory of a build
reserve         bytes kept for saying that the disk is full
"""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from bakehouse.errors import RecordError

ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
RESERVE = 256 * 1024
NEW = ".new-"
YOUNG = 60.0
"""Seconds in which a directory that has no lock yet may still become a run."""
Status = Literal["running", "lost", "finished"]


class RunInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """`run.json`. started: ns since 1970. socket: "" until the engine serves. executable: what to attach with."""

    run: str
    template: str
    cwd: str
    pid: int
    started: int
    version: str
    executable: str
    installation: str
    socket: str = ""


def state_root() -> Path:
    """`$XDG_STATE_HOME/bakehouse`; a relative XDG_STATE_HOME is passed over, as the XDG specification says."""
    configured = os.environ.get("XDG_STATE_HOME", "")
    base = Path(configured) if configured.startswith("/") else Path.home() / ".local" / "state"
    return base / "bakehouse"


def runs_root() -> Path:
    """The directory of all runs, made (0700) if it is not there. Raises RecordError if it cannot be."""
    root = state_root() / "runs"
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RecordError(
            f"The directory for runs, {root}, cannot be made: {error.strerror}. "
            "XDG_STATE_HOME names the directory in which it should be."
        ) from error
    return root


def installation() -> str:
    """What tells our resources from those of another user or host: five letters, made at random once.

    Raises RecordError if the state directory cannot be written.
    """
    path = runs_root().parent / "installation"
    with suppress(OSError):
        if known := path.read_text(encoding="ascii").strip():
            return known
    name = "".join(secrets.choice(ALPHABET) for _ in range(5))
    try:
        with tempfile.NamedTemporaryFile("w", dir=path.parent, encoding="ascii", delete=False) as partial:
            partial.write(name)
        with suppress(FileExistsError):
            os.link(partial.name, path)
        os.unlink(partial.name)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise RecordError(f"{path} cannot be written: {error.strerror}.") from error


class RunDirectory:
    """One run on disk. Whoever made it holds its lock until `close`; everyone else only reads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = path.name
        self._lock = -1

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def ledger(self) -> Path:
        return self.path / "ledger.jsonl"

    @property
    def reserve(self) -> Path:
        return self.path / "reserve"

    def log(self, build: str) -> Path:
        """The log of a build, by its key."""
        return self.path / "logs" / f"{build}.log"

    def private(self, build: str) -> Path:
        """The private directory of a build; it may not be there yet."""
        return self.path / "builds" / build

    @classmethod
    def create(cls, template: str, cwd: str, *, version: str = "", executable: str = "") -> RunDirectory:
        """A new run with a short id of its own, locked. Raises RecordError if it cannot be written.

        It is made under another name and renamed when its lock is held, so that nobody ever takes it for lost.
        """
        name, root = installation(), runs_root()
        started, pid = time.time_ns(), os.getpid()
        made = None
        try:
            made = cls(Path(tempfile.mkdtemp(prefix=NEW, dir=root)))
            made._fill()
            made._settle(root)
            made._write(RunInfo(made.run, template, cwd, pid, started, version, executable, name))
        except OSError as error:
            if made is not None:
                made.close()
                shutil.rmtree(made.path, ignore_errors=True)
            raise RecordError(f"The run cannot be written to {root}: {error.strerror}.") from error
        return made

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """A run that is there. Raises RecordError if `path` is none."""
        if not (path / "run.json").is_file():
            raise RecordError(f"{path} is not the directory of a run.")
        return cls(path)

    @classmethod
    def find(cls, name: str) -> RunDirectory:
        """The run whose id begins with `name`. Raises RecordError if there is none, or more than one."""
        found = [run for run in cls.list() if run.run.startswith(name)] if name else []
        exact = [run for run in found if run.run == name]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if found:
            raise RecordError(f'Several runs begin with "{name}": {", ".join(sorted(run.run for run in found))}.')
        raise RecordError(f'There is no run "{name}". "bakehouse runs" lists them.')

    @classmethod
    def list(cls) -> list[RunDirectory]:
        """All runs, the newest first."""
        found = []
        for entry in os.scandir(runs_root()):
            if not entry.name.startswith("."):
                with suppress(RecordError):
                    run = cls.open(Path(entry.path))
                    found.append((run.info.started, run))
        return [run for _, run in sorted(found, key=lambda pair: pair[0], reverse=True)]

    @classmethod
    def sweep(cls) -> None:
        """Take away runs that were killed while their directory was made, a minute ago or more."""
        for path in runs_root().glob(f"{NEW}*"):
            with suppress(OSError):
                if time.time() - path.stat().st_mtime > YOUNG and not cls(path).alive:
                    shutil.rmtree(path)

    @property
    def info(self) -> RunInfo:
        """What `run.json` says. Raises RecordError if it cannot be read."""
        try:
            return msgspec.json.decode((self.path / "run.json").read_bytes(), type=RunInfo)
        except (OSError, msgspec.DecodeError) as error:
            raise RecordError(f"{self.path / 'run.json'} cannot be read: {error}") from error

    def update(self, *, socket: str) -> None:
        """Note where the run is served. Raises RecordError."""
        try:
            self._write(msgspec.structs.replace(self.info, socket=socket))
        except OSError as error:
            raise RecordError(f"{self.path / 'run.json'} cannot be written: {error.strerror}.") from error

    @property
    def alive(self) -> bool:
        """Whether an engine holds the lock now."""
        if self._lock >= 0:
            return True
        try:
            fd = os.open(self.path / "lock", os.O_RDONLY)
        except OSError:
            return False
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
        return False

    @property
    def status(self) -> Status:
        """running; finished: RunFinished is recorded; lost: neither, the engine went away without a word."""
        if self.alive:
            return "running"
        return "finished" if self._has_end() else "lost"

    def take_reserve(self, more: int = 0) -> bool:
        """Keep the bytes for a full disk again, if that leaves as many and `more` free; whether it does."""
        try:
            disk = os.statvfs(self.path)
            if disk.f_bavail * disk.f_frsize < 2 * RESERVE + more:
                return False
            self._reserve()
        except OSError:
            self.free_reserve()
            return False
        return True

    def free_reserve(self) -> None:
        """Give back the bytes kept for a full disk."""
        with suppress(OSError):
            self.reserve.unlink()

    def close(self) -> None:
        """Let go of the lock: the run is over."""
        if self._lock >= 0:
            self.free_reserve()
            os.close(self._lock)
            self._lock = -1

    def discard(self) -> None:
        """It never began (nothing is recorded yet): take it away. Does nothing if anything is."""
        self.close()
        if not self.events.exists() or not self.events.stat().st_size:
            shutil.rmtree(self.path, ignore_errors=True)

    def _fill(self) -> None:
        (self.path / "logs").mkdir(mode=0o700)
        # Python's descriptors are not inherited: a helper that outlives the engine must not keep the lock.
        self._lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._reserve()

    def _reserve(self) -> None:
        fd = os.open(self.reserve, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.posix_fallocate(fd, 0, RESERVE)
        finally:
            os.close(fd)

    def _settle(self, root: Path) -> None:
        """Take a free id. A directory that is not empty cannot be renamed over, so two runs never share one."""
        while True:
            run = "".join(secrets.choice(ALPHABET) for _ in range(4))
            try:
                os.rename(self.path, root / run)
            except OSError as error:
                if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                    raise
            else:
                self.path, self.run = root / run, run
                return

    def _write(self, info: RunInfo) -> None:
        partial = self.path / "run.json.part"
        partial.write_bytes(msgspec.json.format(msgspec.json.encode(info), indent=2) + b"\n")
        os.replace(partial, self.path / "run.json")

    def _has_end(self) -> bool:
        try:
            with self.events.open("rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - 4096))
                tail = file.read()
        except OSError:
            return False
        return any(b'"kind":"RunFinished"' in line for line in tail.split(b"\n")[-2:-1])
