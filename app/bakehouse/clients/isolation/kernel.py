"""System calls that Python 3.11's `os` lacks, by ctypes. Constants are those of linux/sched.h, mount.h and prctl.h."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 0x2

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_LAST_CAPABILITY_EVER = 63

MACHINE = os.uname().machine
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}.get(MACHINE)

CONTAINER_CAPABILITIES = frozenset({0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31})
"""Docker's default set: CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW
SYS_CHROOT MKNOD AUDIT_WRITE SETFCAP."""

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, subject: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), subject)
    return result


def unshare(flags: int) -> None:
    """unshare(2)."""
    _checked(_libc.unshare(flags), "unshare")


def mount(source: str | None, target: str, kind: str | None, flags: int = 0, data: str | None = None) -> None:
    """mount(2)."""
    _checked(
        _libc.mount(
            source.encode() if source is not None else None,
            os.fsencode(target),
            kind.encode() if kind is not None else None,
            ctypes.c_ulong(flags),
            data.encode() if data is not None else None,
        ),
        f"mount {kind or source or ''} on {target}",
    )


def detach(target: str) -> None:
    """umount2(2) with MNT_DETACH."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2)."""
    if _PIVOT_ROOT is None:
        raise OSError(f"pivot_root: its number on {platform.machine()} is not known")
    _checked(_libc.syscall(ctypes.c_long(_PIVOT_ROOT), os.fsencode(new), os.fsencode(old)), "pivot_root")


def set_hostname(name: str) -> None:
    """sethostname(2), cut to the 64 bytes that the kernel takes."""
    raw = name.encode()[:64]
    _checked(_libc.sethostname(raw, len(raw)), "sethostname")


def prctl(option: int, first: object = 0, second: object = 0) -> int:
    """prctl(2)."""
    arguments = [value if not isinstance(value, int) else ctypes.c_ulong(value) for value in (first, second, 0, 0)]
    return _checked(_libc.prctl(option, *arguments), "prctl")


def die_with_parent(signal_number: int) -> None:
    """PR_SET_PDEATHSIG; the kernel forgets it when the process changes its user, so set it after that."""
    prctl(_PR_SET_PDEATHSIG, signal_number)


def adopt_orphans() -> None:
    """PR_SET_CHILD_SUBREAPER: descendants whose parent dies become this process's children."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_from_tracers() -> None:
    """PR_SET_DUMPABLE 0: without CAP_SYS_PTRACE nobody in the machine reaches this process's memory, files or links."""
    prctl(_PR_SET_DUMPABLE, 0)


def yield_to_others(proc: int, nice: int) -> None:
    """Lower this process by `nice`, and its session too: the scheduler weighs these first. Best effort.

    proc: an open /proc. To be called anew in every session.
    """
    if not nice:
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    with contextlib.suppress(OSError):
        file = os.open("self/autogroup", os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc)
        try:
            os.write(file, str(nice).encode())
        finally:
            os.close(file)


def drop_capabilities(keep: frozenset[int] = CONTAINER_CAPABILITIES) -> None:
    """Take everything but `keep` out of the bounding set: programs started from here on never get it."""
    for capability in range(_LAST_CAPABILITY_EVER + 1):
        if capability in keep:
            continue
        try:
            prctl(_PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == 22:  # EINVAL: beyond the last one that this kernel knows
                return
            raise
