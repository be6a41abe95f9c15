"""Copy the files of a machine as an overlay or a plain tree has them, with all that belongs to them.

Run by itself (`connection.helper`), in a user namespace of its own where the machine's files need one to be read.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import stat
import sys

from bakehouse.clients.isolation import kernel
from bakehouse.clients.isolation.mapping import map_range, map_root
from bakehouse.clients.isolation.views import Views

_PIECE = 1 << 24
_NO_FILE = 3


class Copy:
    """Copies trees; counts the entries and the bytes of files."""

    def __init__(self) -> None:
        self.entries = 0
        self.bytes = 0
        self._links: dict[tuple[int, int], str] = {}

    def tree(self, source: str, target: str) -> None:
        """Make `target`, a copy of the directory `source`. Raises OSError."""
        status = os.lstat(source)
        os.mkdir(target, 0o700)
        for name in sorted(os.listdir(source)):
            self._entry(f"{source}/{name}", f"{target}/{name}")
        _copy_marks(source, target, status)

    def _entry(self, source: str, target: str) -> None:
        status = os.lstat(source)
        self.entries += 1
        if stat.S_ISDIR(status.st_mode):
            self.tree(source, target)
            return
        identity = (status.st_dev, status.st_ino)
        if identity in self._links:
            os.link(self._links[identity], target, follow_symlinks=False)
            return
        if status.st_nlink > 1:
            self._links[identity] = target
        if stat.S_ISREG(status.st_mode):
            self.bytes += status.st_size
            _copy_file(source, target, status.st_size)
        elif stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(source), target)
        else:
            os.mknod(target, status.st_mode, status.st_rdev)
        _copy_marks(source, target, status)


def _copy_file(source: str, target: str, size: int) -> None:
    """Holes stay holes."""
    from_file = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    to_file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.truncate(to_file, size)
        end = 0
        while end < size:
            try:
                start = os.lseek(from_file, end, os.SEEK_DATA)
            except OSError as error:
                if error.errno == errno.ENXIO:  # nothing but a hole is left
                    break
                raise
            end = os.lseek(from_file, start, os.SEEK_HOLE)
            _copy_range(from_file, to_file, start, end)
    except OSError as error:
        raise OSError(error.errno, error.strerror, target) from error
    finally:
        os.close(from_file)
        os.close(to_file)


def _copy_range(source: int, target: int, at: int, end: int) -> None:
    while at < end:
        count = min(end - at, _PIECE)
        try:
            done = os.copy_file_range(source, target, count, at, at)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
            os.lseek(target, at, os.SEEK_SET)
            done = os.sendfile(target, source, at, count)
        if not done:
            return
        at += done


def _copy_marks(source: str, target: str, status: os.stat_result) -> None:
    """Owner, mode, extended attributes, times; in this order, for a change of owner takes capabilities away."""
    if os.geteuid() == 0:
        os.lchown(target, status.st_uid, status.st_gid)
    link = stat.S_ISLNK(status.st_mode)
    if not link:
        os.chmod(target, stat.S_IMODE(status.st_mode))
    for name, value in attributes(source).items():
        os.setxattr(target, name, value, follow_symlinks=False)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns), follow_symlinks=False)


def attributes(path: str) -> dict[str, bytes]:
    """The extended attributes that belong to a file; of overlayfs' own only the one that hides what is below."""
    try:
        names = os.listxattr(path, follow_symlinks=False)
    except OSError:
        return {}
    found = {}
    for name in names:
        overlay = ".overlay." in name
        if (overlay and not name.endswith(".opaque")) or (
            name.startswith("security.") and name != "security.capability"
        ):
            continue
        found[name] = os.getxattr(path, name, follow_symlinks=False)
    return found


def measure(directory: str) -> tuple[int, int]:
    """(entries, bytes of files, a linked one once) below a directory, as `Copy` counts them."""
    entries = size = 0
    seen = set()
    for parent, names, files in os.walk(directory):
        entries += len(names) + len(files)
        for name in files:
            status = os.lstat(os.path.join(parent, name))
            identity = (status.st_dev, status.st_ino)
            if stat.S_ISREG(status.st_mode) and identity not in seen:
                size += status.st_size
            seen.add(identity)
    return entries, size


def _work(verb: str, arguments: list[str]) -> int:
    if verb == "copy":
        copies = [(Copy(), *pair) for pair in zip(arguments[::2], arguments[1::2], strict=True)]
        for copy, source, target in copies:
            copy.tree(source, target)
        sys.stdout.write(json.dumps([copies[0][0].entries, copies[0][0].bytes]))
    elif verb == "measure":
        sys.stdout.write(json.dumps(measure(*arguments)))
    elif verb == "diff":
        for difference in Views(*arguments).differences():
            sys.stdout.write(json.dumps(difference) + "\n")
    elif verb == "open":
        *places, path, limit = arguments
        content = Views(*places).read_before(path, int(limit))
        if content is None:
            return _NO_FILE
        sys.stdout.buffer.write(content)
    return 0


def main() -> None:
    """`PARENT TIER VERB`, and what the verb takes; ends with its parent. Paths that may be missing are "".

    copy SOURCE TARGET, and more pairs (what is printed is of the first), measure TREE, diff BEFORE NOW LOWER,
    open BEFORE NOW LOWER PATH LIMIT.
    """
    parent, tier, verb, *arguments = sys.argv[1:]
    kernel.die_with_parent(signal.SIGKILL)
    if os.getppid() != int(parent):  # it was gone before we asked to be told
        sys.exit(1)
    os.umask(0)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file beyond a limit is an error as others are
    try:
        if tier == "single":
            map_root()
        elif tier == "range":
            map_range()
        sys.exit(_work(verb, arguments))
    except OSError as error:
        sys.stderr.write(f"{error.filename or verb}: {error.strerror}\n")
        sys.exit(1)
