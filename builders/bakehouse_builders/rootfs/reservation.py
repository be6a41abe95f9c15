"""The output while it is being made: one partial file beside it, locked, so that two runs never write one output."""

from __future__ import annotations

import errno
import fcntl
import os
import threading
from pathlib import Path

from bakehouse.sdk import StepError
from bakehouse_builders.rootfs.places import remove_tree

_held: dict[str, Reservation] = {}
_guard = threading.Lock()


def partial_path(output: Path) -> Path:
    """Where the output lies until it is whole; the same for every run, so that its lock means something."""
    return output.absolute().with_name(f".{output.name}.bakehouse-partial")


class Reservation:
    """Holds the partial file, or for a layout the partial directory, of one output.

    holder: the machine's name. build: the build's, for the message to the one who comes second.
    """

    def __init__(self, output: Path, *, directory: bool, holder: str, build: str) -> None:
        self.output = output
        self.partial = partial_path(output)
        self.holder = holder
        self.build = build
        self._directory = directory
        self._file = -1

    def take(self) -> None:
        """Make and lock it. Raises StepError if another build writes this output now, or nobody can."""
        try:
            self.partial.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            while not self._lock():
                pass
        except OSError as error:
            reason = "it is no directory" if isinstance(error, FileExistsError | NotADirectoryError) else error.strerror
            where = error.filename or self.partial.parent
            raise StepError(f"Cannot write {self.output}: {where}: {reason}") from error
        with _guard:
            _held[str(self.partial)] = self

    def _lock(self) -> bool:
        """False: it was renamed or removed between our open and our lock."""
        if self._directory:
            self.partial.mkdir(mode=0o755, exist_ok=True)
            file = os.open(self.partial, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        else:
            file = os.open(self.partial, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(file), os.lstat(self.partial)):
                self._file, file = file, -1
                return True
        except FileNotFoundError:
            return False
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                with _guard:
                    held = _held.get(str(self.partial))
                who = held.build if held else "another run"
                raise StepError(
                    f"{self.output} is being written by {who} now. Wait for it, or give this build another output."
                ) from None
            raise
        finally:
            if file >= 0:
                os.close(file)
        return False

    def empty(self) -> Path:
        """Where to write; without what an earlier try has left in it."""
        if self._directory:
            for path in self.partial.iterdir():
                remove_tree(path) if path.is_dir() else path.unlink()
        return self.partial

    def publish(self) -> None:
        """Put the whole output in its place and let go of it. Raises OSError."""
        if self._directory and self.output.exists():
            older = self.partial.with_name(f"{self.partial.name}-older")
            self.output.rename(older)
            self.partial.rename(self.output)
            remove_tree(older)
        else:
            os.replace(self.partial, self.output)
        self.release()

    def release(self) -> None:
        """Let go of it; what is there stays."""
        with _guard:
            if _held.get(str(self.partial)) is self:
                del _held[str(self.partial)]
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def remove_partial(path: Path, holder: str) -> None:
    """Remove a partial output that `holder` claimed, unless another build has it now."""
    with _guard:
        held = _held.get(str(path))
    if held is not None:
        if held.holder != holder:
            return
        held.release()
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.isdir(path):
            remove_tree(path)
        else:
            os.unlink(path)
    except BlockingIOError:
        return
    finally:
        os.close(file)
