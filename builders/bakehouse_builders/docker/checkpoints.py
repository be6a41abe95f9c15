"""Checkpoints of containers: images under one repository of ours, committed while the container is paused.

An image that others stand on cannot go, only lose its tag; so what was made here is noted by id, and what lies without
a tag is taken away once nothing stands on it any more.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakehouse.clients.docker import Docker, DockerError
from bakehouse.clients.docker_images import find_image, remove_image
from bakehouse.clients.docker_removal import remove_claimed_image
from bakehouse.clients.docker_streams import create_exec, inspect_exec, start_exec
from bakehouse.sdk import StepError, Stream
from bakehouse.sdk.builder import CHECKPOINT_MARK

REPOSITORY = "bakehouse-checkpoint"
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_ANONYMOUS = re.compile(r"[0-9a-f]{64}")
_PLAIN_HOSTS = ("127.0.0.1", "::1", "fe00::", "fe00::0", "ff00::", "ff00::0", "ff02::1", "ff02::2")
_LOOK = r"""echo "me $$"
for p in /proc/[0-9]*; do { read -r line <"$p/stat"; } 2>/dev/null && echo "process $line"; done
while read -r device path type rest; do
  case $type in tmpfs | ramfs) ;; *) continue ;; esac
  case $path in /proc/* | /sys/* | /dev) continue ;; esac
  for f in "$path"/* "$path"/.[!.]* "$path"/..?*; do
    if [ -e "$f" ] || [ -L "$f" ]; then echo "tmpfs $path"; break; fi
  done
done </proc/mounts
while read -r address rest; do echo "host $address"; done </etc/hosts
"""
"""For any `/bin/sh`, with nothing but its builtins, so that it starts no process of its own."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a container has beside its files, in words for people. needed: some of it a later step may build on."""

    lost: tuple[str, ...]
    needed: bool


def reference(name: str) -> str:
    """The image of a checkpoint."""
    tag = name if _TAG.fullmatch(name) else f"{name[:64].strip('.-')}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"
    return f"{REPOSITORY}:{tag}"


async def save(docker: Docker, container: str, name: str) -> tuple[str, int]:
    """Commit a container, which is paused meanwhile: (the image's reference, its bytes beyond those below it)."""
    ref = reference(name)
    repository, _, tag = ref.partition(":")
    answer = await docker.api.containers.container(container).commit(repository=repository, tag=tag)
    await note(str(answer["Id"]))
    made = await docker.api.images.inspect(ref)
    below = await docker.api.images.inspect(made["Parent"]) if made.get("Parent") else {"Size": 0}
    return ref, max(0, int(made["Size"]) - int(below["Size"]))


async def remove(docker: Docker, name: str) -> None:
    """Take the tag away, and the image as soon as nothing stands on it. Raises StepError."""
    machine = name.partition(CHECKPOINT_MARK)[0]
    await remove_claimed_image(docker, reference(name), machine, answered=False, force=True)
    await sweep(docker)


async def sweep(docker: Docker) -> None:
    """Remove the images of checkpoints that have no tag any more and that nothing stands on."""
    notes = await asyncio.to_thread(_notes)
    while notes:
        left = [note for note in notes if not await _take_away(docker, note)]
        if len(left) == len(notes):
            return
        notes = left  # what stood on another may have gone


async def _take_away(docker: Docker, note: Path) -> bool:
    image = f"sha256:{note.name}"
    found = await find_image(docker, image)
    if found is not None and (found.tags or found.digests):
        return False
    if found is not None:
        try:
            await remove_image(docker, image)
        except DockerError as error:
            if error.status != 409:
                raise
            return False
    await asyncio.to_thread(note.unlink, missing_ok=True)
    return True


def _directory() -> Path:
    root = os.environ.get("XDG_CACHE_HOME", "")
    base = Path(root) if os.path.isabs(root) else Path("~/.cache").expanduser()
    return base / "bakehouse" / "docker-checkpoints"


async def note(image: str) -> None:
    """Remember an image by its id: `sweep` takes it away once it has no tag. Raises StepError."""
    await asyncio.to_thread(_note, image)


def _note(image: str) -> None:
    try:
        _directory().mkdir(mode=0o700, parents=True, exist_ok=True)
        (_directory() / image.removeprefix("sha256:")).touch()
    except OSError as error:
        raise StepError(f"{error.filename}: {error.strerror}") from error


def _notes() -> list[Path]:
    try:
        return sorted(_directory().iterdir())
    except OSError:
        return []


async def look_beside(docker: Docker, container: str) -> Beside:
    """What of a running container no image keeps."""
    state = await docker.api.containers.container(container).show()
    answers = await _look(docker, container)
    processes = _processes(state, answers)
    tmpfs = [f"tmpfs {_unescaped(path)}" for word, path in answers if word == "tmpfs"]
    volumes, needed = [], bool(processes or tmpfs)
    for mount in state.get("Mounts") or []:
        if mount.get("Type") != "tmpfs":
            volumes.append(f"volume {mount['Destination']}")
            needed = needed or bool(_ANONYMOUS.fullmatch(str(mount.get("Name", ""))))
    addresses = _addresses(state)
    hosts = [] if _are_plain(answers, state, addresses) else ["changes to /etc/hosts"]
    own = [f"address {address}" for address in addresses] + [f"container id {str(state['Id'])[:12]}"]
    return Beside((*processes, *tmpfs, *volumes, *hosts, *own), needed or bool(hosts))


async def _look(docker: Docker, container: str) -> list[tuple[str, str]]:
    """What the script says: (word, the rest of the line)."""
    printed: list[bytes] = []

    def listen(stream: Stream, data: bytes) -> None:
        if stream == "stdout":
            printed.append(data)

    exec_id = await create_exec(docker, container, ["/bin/sh", "-c", _LOOK], user="0")
    async with start_exec(docker, exec_id, listen, tty=False) as attached:
        await attached.ended
    if (await inspect_exec(docker, exec_id)).get("ExitCode") in (126, 127):
        raise StepError("The container has no /bin/sh that could tell what runs in it.")
    lines = b"".join(printed).decode(errors="replace").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def _processes(state: Mapping[str, Any], answers: list[tuple[str, str]]) -> list[str]:
    """Beside the container's own: its first one, what an init of Docker's has started for it, and the look itself."""
    own = {"1", next((rest for word, rest in answers if word == "me"), "")}
    found = []
    for word, rest in answers:
        head, _, tail = rest.rpartition(") ")
        if word == "process" and tail and tail[0] not in "ZX":
            pid, _, name = head.partition(" (")
            found.append((int(pid), name, tail.split()[1]))
    found.sort()
    if state["HostConfig"].get("Init"):
        own |= {str(pid) for pid, _, parent in found if parent == "1"} - {
            str(pid) for pid, _, parent in [one for one in found if one[2] == "1"][1:]
        }
    return [f"process {pid} {name}" for pid, name, _ in found if str(pid) not in own]


def _addresses(state: Mapping[str, Any]) -> list[str]:
    networks = state["NetworkSettings"].get("Networks") or {}
    return [network["IPAddress"] for network in networks.values() if network.get("IPAddress")]


def _are_plain(answers: list[tuple[str, str]], state: Mapping[str, Any], addresses: list[str]) -> bool:
    """Whether /etc/hosts, which is in no image, is as Docker writes it."""
    asked = [str(host).rpartition(":")[2] for host in state["HostConfig"].get("ExtraHosts") or []]
    if "host" in (state["HostConfig"].get("NetworkMode"), *asked):
        return True
    known = {*_PLAIN_HOSTS, *addresses, *asked, "", "#"}
    return all(address in known for word, address in answers if word == "host")


def _unescaped(path: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)
