"""Copy files between the host and the machine, run inside the machine: links there lead nowhere else.

The host's side is a file or directory that the engine has opened and handed over.
"""

from __future__ import annotations

import errno
import os
import stat

_PIECE = 1 << 20
_READ_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

Owner = tuple[int, int]


def copy_content(source: int, target: int) -> None:
    """All bytes of one open file into another, in the kernel where it can."""
    try:
        while os.sendfile(target, source, None, _PIECE):
            pass
        return
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOSYS):
            raise
    while piece := os.read(source, _PIECE):
        view = memoryview(piece)
        while view:
            view = view[os.write(target, view) :]


def put(source: int, path: str, mode: int, owner: Owner) -> None:
    """Write the file at `path` of the machine; raises OSError."""
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        copy_content(source, target)
        os.fchown(target, *owner)
        os.fchmod(target, mode)
    finally:
        os.close(target)


def get(path: str, target: int) -> None:
    """Read the file at `path` of the machine; raises OSError."""
    source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if stat.S_ISDIR(os.fstat(source).st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        copy_content(source, target)
    finally:
        os.close(source)


def put_tree(source: int, path: str, owner: Owner) -> None:
    """Copy what lies in an open directory into `path` of the machine, which is made if need be."""
    os.makedirs(path, 0o755, exist_ok=True)
    target = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    _copy_tree(source, target, owner)


def get_tree(path: str, target: int) -> None:
    """Copy what lies in `path` of the machine into an open directory."""
    source = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    _copy_tree(source, target, None)


def _copy_tree(source: int, target: int, owner: Owner | None) -> None:
    for name in sorted(os.listdir(source)):
        status = os.stat(name, dir_fd=source, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            _copy_directory(name, status, source, target, owner)
        elif stat.S_ISLNK(status.st_mode):
            _make_way(name, target)
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
            if owner:
                os.chown(name, *owner, dir_fd=target, follow_symlinks=False)
        elif stat.S_ISREG(status.st_mode):
            _copy_file(name, status, source, target, owner)


def _copy_directory(name: str, status: os.stat_result, source: int, target: int, owner: Owner | None) -> None:
    try:
        os.mkdir(name, 0o700, dir_fd=target)
    except FileExistsError:
        if not stat.S_ISDIR(os.stat(name, dir_fd=target, follow_symlinks=False).st_mode):
            raise
    inner_source = os.open(name, _READ_DIRECTORY, dir_fd=source)
    inner_target = os.open(name, _READ_DIRECTORY, dir_fd=target)
    try:
        _copy_tree(inner_source, inner_target, owner)
        if owner:
            os.fchown(inner_target, *owner)
        os.fchmod(inner_target, stat.S_IMODE(status.st_mode))
    finally:
        os.close(inner_source)
        os.close(inner_target)


def _copy_file(name: str, status: os.stat_result, source: int, target: int, owner: Owner | None) -> None:
    _make_way(name, target)
    inner_source = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=source)
    inner_target = os.open(name, _NEW_FILE, 0o600, dir_fd=target)
    try:
        copy_content(inner_source, inner_target)
        if owner:
            os.fchown(inner_target, *owner)
        os.fchmod(inner_target, stat.S_IMODE(status.st_mode))
        os.utime(inner_target, ns=(status.st_atime_ns, status.st_mtime_ns))
    finally:
        os.close(inner_source)
        os.close(inner_target)


def _make_way(name: str, target: int) -> None:
    try:
        os.unlink(name, dir_fd=target)
    except FileNotFoundError:
        return
