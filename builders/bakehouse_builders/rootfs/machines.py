"""The directory of a machine on the host: made, filled, and taken away again, by whoever knows its name."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import time
from pathlib import Path

from bakehouse.clients.isolation import proot
from bakehouse.clients.isolation.connection import Connection, run_helper
from bakehouse.clients.isolation.holder import RECORD, start_time
from bakehouse.clients.oci import Check, never
from bakehouse.sdk import StepError
from bakehouse_builders.rootfs.places import remove_tree
from bakehouse_builders.rootfs.tiers import Tier

_PATIENCE = 10.0  # seconds that killed processes may take to go
_CALM = 0.3  # seconds that a proot may take to end by itself: killed, it leaves a file, and the traced at large

_ONE_USER = 'APT::Sandbox::User "root";\n'  # apt checks that it has really become another user: it cannot here

running: dict[str, Connection] = {}
"""The machines of this process that run, by name."""


def lay_out(directory: Path, tree: Path, tier: Tier, hostname: str) -> None:
    """Make the directory of a machine on top of an unpacked base."""
    directory.mkdir(mode=0o700)
    for name in ("upper", "work", "root", "files"):
        (directory / name).mkdir()
    for inner in ("upper", "root"):
        _like(tree, directory / inner, tier)
    (directory / "lower").symlink_to(tree)
    _write_host_files(directory / "files", hostname)
    if tier.name == "single":
        (directory / "files/apt.conf").write_text(_ONE_USER)
        (directory / "files/apt.conf").chmod(0o644)


def lay_out_again(directory: Path, tree: Path, tier: Tier, hostname: str) -> None:
    """Make what a machine starts with once more: `fresh` for its changes, empty, and the names of hosts."""
    (directory / "fresh").mkdir()
    _like(tree, directory / "fresh", tier)
    _write_host_files(directory / "files", hostname)


def _like(model: Path, directory: Path, tier: Tier) -> None:
    status, own = model.stat(), directory.stat()
    if tier.owners == "kept" and (status.st_uid, status.st_gid) != (own.st_uid, own.st_gid):
        tier.call(_give, never, model, directory)
    directory.chmod(stat.S_IMODE(status.st_mode))


def _give(check: Check, model: Path, directory: Path) -> None:
    status = model.stat()  # as it is seen where this runs
    os.chown(directory, status.st_uid, status.st_gid)


def _write_host_files(directory: Path, hostname: str) -> None:
    """Copies: what a script does to them does not reach the host, nor the image."""
    for name in ("resolv.conf", "hosts"):
        with contextlib.suppress(OSError):
            (directory / name).write_bytes(Path("/etc", name).read_bytes())
    with (directory / "hosts").open("a") as file:
        file.write(f"127.0.1.1\t{hostname}\n")
    (directory / "hostname").write_text(f"{hostname}\n")
    for file_path in directory.iterdir():
        file_path.chmod(0o644)


async def copy_base(tree: Path, directory: Path, tier: Tier, name: str = "root") -> int:
    """Copy the base where no overlay can be had; when the copy was complete, in ns of the file system's own clock."""
    status, _, errors = await run_helper("copying", tier.name, str(os.getpid()), str(tree), f"{directory}/{name}")
    if status:
        raise StepError(f"The base could not be copied: {errors}")
    mark = directory / "copied"
    mark.touch()
    return mark.stat().st_ctime_ns


async def remove_machine(name: str, directory: Path) -> None:
    """End the machine and remove its directory; whatever of it there is. Raises StepError if something stays."""
    connection = running.pop(name, None)
    if connection is not None:
        await connection.close()
    try:
        await asyncio.to_thread(_remove, directory)
    except OSError as error:
        raise StepError(f"{error.filename or directory} cannot be removed: {error.strerror}") from error


def _remove(directory: Path) -> None:
    if not directory.is_dir():
        return
    end = time.monotonic() + _PATIENCE
    calm = time.monotonic() + _CALM
    while True:
        traced, others = proot.processes(str(directory))
        left = _holders(directory) | _inside(directory / "root") | traced
        if others and not traced and time.monotonic() > calm:
            left |= others
        if not left | others:
            break
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end:
            raise StepError(f"Processes of the machine in {directory} do not end: {sorted(left)}")
        time.sleep(0.005)
    remove_tree(directory)


def _holders(directory: Path) -> set[int]:
    """The holder and the agent, as the holder noted them, that still live."""
    try:
        lines = (directory / RECORD).read_text().splitlines()
    except OSError:
        return set()
    alive = set()
    for line in lines:
        pid, _, started = line.partition(" ")
        if pid.isdecimal() and _lives(int(pid), started):
            alive.add(int(pid))
    return alive


def _lives(pid: int, started: str) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return start_time(pid) == started and status[0] != b"Z"
    except OSError:
        return False


def _inside(root: Path) -> set[int]:
    """Processes whose root is the machine's (only a chroot shows as such from outside)."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError):
                if os.readlink(entry / "root") == str(root):
                    found.add(int(entry.name))
    return found
