"""Try in a child what a tier needs, for real: nothing else tells whether a kernel, an LSM or a container refuses it."""

from __future__ import annotations

import os
import sys

from bakehouse.clients.isolation import kernel
from bakehouse.clients.isolation.holder import map_root
from bakehouse.clients.isolation.mounts import overlay_options


def _namespaces(tier: str) -> None:
    if tier == "single":
        map_root()
    kernel.unshare(kernel.CLONE_NEWPID)
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        sys.exit(os.waitstatus_to_exitcode(status))
    kernel.unshare(kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWUTS)
    kernel.mount(None, "/", None, kernel.MS_REC | kernel.MS_PRIVATE)


def _overlay(tier: str, directory: str) -> str:
    """ "overlay" if the directory's file system can carry one, else "copy"."""
    os.chdir(directory)
    try:
        kernel.mount("overlay", "root", "overlay", 0, overlay_options(in_user_namespace=tier == "single"))
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


def main() -> None:
    """`TIER DIRECTORY` (in it lower/below, upper, work, root, proc, dev): prints the storage, or what is refused."""
    tier, directory = sys.argv[-2:]
    try:
        if tier == "chroot":
            os.chroot(directory)
            answer = "copy"
        else:
            _namespaces(tier)
            _mounts(directory)
            answer = _overlay(tier, directory)
    except OSError as error:
        sys.stdout.write(f"refused {error.filename}: {error.strerror}\n")
        sys.stdout.flush()
        os._exit(1)
    sys.stdout.write(f"works {answer}\n")
    sys.stdout.flush()
    os._exit(0)
