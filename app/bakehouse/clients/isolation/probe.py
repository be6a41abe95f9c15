"""Try in a child what a tier needs, for real: nothing else tells whether a kernel, an LSM or a container refuses it.

The directory that this takes is made and removed here, and not by the engine, whose death nothing may outlive.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import time
from typing import NoReturn

from bakehouse.clients.isolation import kernel
from bakehouse.clients.isolation.mapping import map_range, map_root
from bakehouse.clients.isolation.mounts import overlay_options


def _namespaces(tier: str) -> None:
    if tier == "single":
        map_root()
    elif tier == "range":
        map_range()
    kernel.unshare(kernel.CLONE_NEWPID)
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status))
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)


def _overlay(tier: str, directory: str) -> str:
    """ "overlay" if the directory's file system can carry one, else "copy"."""
    os.chdir(directory)
    try:
        kernel.mount("overlay", "root", "overlay", 0, overlay_options(in_user_namespace=tier != "root"))
        os.close(os.open("root/probe", os.O_CREAT | os.O_WRONLY, 0o600))
        os.unlink("root/below")
    except OSError:
        return "copy"
    return "overlay"


def _mounts(directory: str) -> None:
    os.chdir(directory)
    kernel.mount("proc", "proc", "proc", kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    kernel.mount("tmpfs", "dev", "tmpfs", 0, "mode=0755")
    os.mkdir("dev/pts")
    kernel.mount("devpts", "dev/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0620")


def _try(tier: str, directory: str) -> NoReturn:
    try:
        if tier == "chroot":
            os.chroot(directory)
            answer = "copy"
        else:
            _namespaces(tier)
            _mounts(directory)
            answer = _overlay(tier, directory)
    except OSError as error:
        limit = error.errno == errno.ENOSPC and error.filename == "unshare"  # as unshare(2) says it
        reason = "no more user namespaces are allowed" if limit else error.strerror
        sys.stdout.write(f"refused {error.filename}: {reason}\n")
        sys.stdout.flush()
        os._exit(1)
    sys.stdout.write(f"works {answer}\n")
    sys.stdout.flush()
    os._exit(0)


def _remove(directory: str) -> None:
    """All of it; an overlay leaves directories that their own maker may not enter."""
    for parent, names, _ in os.walk(directory):
        for name in names:
            os.chmod(os.path.join(parent, name), 0o700)
    for parent, names, files in os.walk(directory, topdown=False):
        for name in files:
            os.unlink(os.path.join(parent, name))
        for name in names:
            os.rmdir(os.path.join(parent, name))
    os.rmdir(directory)


def main() -> None:
    """`TIER DIRECTORY`: prints the storage that can be had in a directory for machines, or what is refused."""
    tier, machines = sys.argv[-2:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the engine, and what is made here must go
    directory = os.path.join(machines, f".probe-{os.getpid()}-{time.monotonic_ns()}")
    os.mkdir(directory, 0o700)
    try:
        for inner in ("lower", "upper", "work", "root", "proc", "dev"):
            os.mkdir(os.path.join(directory, inner), 0o755)
        os.close(os.open(os.path.join(directory, "lower", "below"), os.O_CREAT | os.O_WRONLY, 0o600))
        child = os.fork()
        if child == 0:
            try:
                _try(tier, directory)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
    finally:
        _remove(directory)
    sys.exit(os.waitstatus_to_exitcode(status))
