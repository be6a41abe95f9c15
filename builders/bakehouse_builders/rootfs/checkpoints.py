"""Checkpoints of embedded machines: a directory in the cache with a copy of the machine's changes, taken while it
stands still. Every process of this user can restore one, on any day.

An overlay could be sealed instead of copied, but only by ending what runs in it. Nothing is synced here: a checkpoint
of an earlier boot counts only if all its bytes are there.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.clients.isolation.connection import Connection, run_helper
from bakehouse.sdk import FileDifference, StepError, Stream
from bakehouse_builders.rootfs.places import cache_directory, remove_tree
from bakehouse_builders.rootfs.streams import Output
from bakehouse_builders.rootfs.tiers import Tier

_NOTE = "checkpoint.json"  # written last: without it there is no checkpoint
_TREE = "tree"
_NO_FILE = 3
_WORDS = {"tmpfs": "tmpfs", "mount": "mounts"}


@dataclass(frozen=True, slots=True)
class Note:
    """What a checkpoint knows of its machine. made: as `Connection.made`. boot: of the host, when it was taken."""

    made: tuple[str, ...]
    hostname: str
    entries: int
    bytes: int
    boot: str


def place(name: str) -> Path:
    """The directory of a checkpoint."""
    return cache_directory() / "checkpoints" / name


async def save(
    connection: Connection, tier: Tier, machine: Path, name: str, note: Note
) -> tuple[Path, Note, tuple[str, ...]]:
    """Copy a machine's changes, and its own names of hosts, while it stands still; also what is lost with it.

    Raises StepError.
    """
    directory = await asyncio.to_thread(_make_anew, name)
    async with _frozen(connection) as lost:
        tree, files = (machine / _storage(tier), directory / _TREE), (machine / "files", directory / "files")
        copied = await _helper(tier, "copy", *map(str, (*tree, *files)))
    entries, size = json.loads(copied)
    whole = Note(note.made, note.hostname, entries, size, note.boot)
    await asyncio.to_thread(_write_note, directory, whole)
    return directory, whole, lost


async def read_note(directory: Path) -> Note:
    """Raises StepError if there is no whole checkpoint."""
    note = await asyncio.to_thread(_read_note, directory)
    if note is None:
        raise StepError(f"The checkpoint {directory.name} is gone.")
    return note


async def is_whole(directory: Path, tier: Tier) -> bool:
    """Whether all of it is there; after another boot each file is looked at, for the host may have crashed."""
    note = await asyncio.to_thread(_read_note, directory)
    if note is None or note.boot == boot():
        return note is not None
    try:
        return list(json.loads(await _helper(tier, "measure", str(directory / _TREE)))) == [note.entries, note.bytes]
    except StepError:
        return False


async def lay_back(directory: Path, tier: Tier, machine: Path, hostname: str) -> Note:
    """Put a checkpoint's files where the next start of the machine finds them (`fresh`). Raises StepError."""
    note = await read_note(directory)
    await _helper(tier, "copy", str(directory / _TREE), str(machine / "fresh"))
    await asyncio.to_thread(_lay_back_files, directory / "files", machine / "files", note.hostname, hostname)
    return note


def swap(tier: Tier, machine: Path, record: str) -> None:
    """Let `fresh` take the place of a stopped machine's changes. Raises OSError."""
    (machine / record).unlink(missing_ok=True)
    storage = machine / _storage(tier)
    remove_tree(storage)
    (machine / "fresh").rename(storage)
    if tier.storage == "overlay":
        remove_tree(machine / "work")
        (machine / "work").mkdir()


async def differences(tier: Tier, machine: Path, base: Path, since: Path | None) -> list[FileDifference]:
    """What is not as it was; since: a checkpoint's directory, None: the base. Raises StepError."""
    printed = await _helper(tier, "diff", *_views(tier, machine, base, since))
    found = []
    for line in printed.splitlines():
        path, change, kind, size, before, mode, owner = json.loads(line)
        found.append(FileDifference(_shown(path), change, kind, size, before, mode, owner))
    return sorted(found, key=lambda one: one.path.split("/"))


async def open_before(tier: Tier, machine: Path, base: Path, since: Path | None, path: str, limit: int) -> bytes | None:
    """A file as it was. Raises StepError."""
    return await _snapshot(tier, "open", *_views(tier, machine, base, since), path, str(limit))


def remove(name: str) -> None:
    """Whatever of it there is; first the note, so that nobody takes half of it for whole. Raises OSError."""
    directory = place(name)
    (directory / _NOTE).unlink(missing_ok=True)
    remove_tree(directory)


def boot() -> str:
    """This boot of the host."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _storage(tier: Tier) -> str:
    return "upper" if tier.storage == "overlay" else "root"


def _views(tier: Tier, machine: Path, base: Path, since: Path | None) -> tuple[str, str, str]:
    """The upper directory then, the one now, and the lower one below both."""
    now = str(machine / _storage(tier))
    before = str(since / _TREE) if since is not None else ""
    if tier.storage == "overlay":
        return before, now, str(base)
    return before or str(base), now, ""


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _make_anew(name: str) -> Path:
    directory = place(name)
    try:
        remove(name)
        directory.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise StepError(f"The checkpoint cannot be made: {error.filename}: {error.strerror}") from error
    return directory


def _write_note(directory: Path, note: Note) -> None:
    fields = {name: getattr(note, name) for name in Note.__slots__}
    partial = directory / f".{_NOTE}"
    partial.write_text(json.dumps(fields))
    partial.replace(directory / _NOTE)


def _read_note(directory: Path) -> Note | None:
    try:
        fields: dict[str, Any] = json.loads((directory / _NOTE).read_bytes())
        return Note(**{**fields, "made": tuple(fields["made"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _lay_back_files(saved: Path, files: Path, old: str, new: str) -> None:
    """What scripts wrote into /etc/hosts and the others, with this machine's own name in it."""
    for path in saved.iterdir():
        content = path.read_bytes()
        (files / path.name).write_bytes(content if old == new else content.replace(old.encode(), new.encode()))


@asynccontextmanager
async def _frozen(connection: Connection) -> AsyncIterator[tuple[str, ...]]:
    """Nothing in the machine runs inside of this; what it has and its files have not, in words. Raises StepError."""
    told: list[bytes] = []

    def listen(stream: Stream, data: bytes) -> None:
        told.append(data)

    output = Output("stdout", listen)
    hold, release = os.pipe2(os.O_CLOEXEC)
    try:
        exchange = connection.begin("freeze", {}, (hold, output.take_write_end()))
        try:
            await output.ended
            if exchange.status.done() or not told:
                await exchange.status
                raise StepError("The machine cannot be held still.")
            answer = json.loads(b"".join(told))
            processes = [f"process {pid} {name}" for pid, name in answer["processes"]]
            others = [f"{word} {path}" for word, key in _WORDS.items() for path in answer[key]]
            yield (*processes, *others)
        finally:
            os.close(release)
            release = -1
            with contextlib.suppress(StepError):
                await connection.finish(exchange)
    finally:
        output.close()
        if release >= 0:
            os.close(release)


async def _helper(tier: Tier, verb: str, *arguments: str) -> bytes:
    return await _snapshot(tier, verb, *arguments) or b""


async def _snapshot(tier: Tier, verb: str, *arguments: str) -> bytes | None:
    """What `snapshot` prints; None if it says that there is no such file. Raises StepError with its own words."""
    status, printed, errors = await run_helper("snapshot", str(os.getpid()), tier.name, verb, *arguments)
    if status == _NO_FILE and verb == "open":
        return None
    if status:
        words = errors.splitlines()
        done = "copied" if verb == "copy" else "read"
        raise StepError(f"The machine's files cannot be {done}: {words[-1] if words else status}")
    return printed
