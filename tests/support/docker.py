"""A small image for tests, and what the docker command sees. Everything made here has `bakehouse-tests` in its name."""

from __future__ import annotations

import io
import os
import secrets
import subprocess
import tarfile
from collections.abc import Iterator

import pytest

BUSYBOX = "/bin/busybox"
PASSWD = b"root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000::/home/worker:/bin/sh\n"
GROUP = b"root:x:0:\nworker:x:1000:\n"


def docker(*arguments: str, stdin: bytes | None = None) -> str:
    """What `docker ARGUMENTS` prints; fails the test with its words if it fails."""
    done = subprocess.run(["docker", *arguments], input=stdin, capture_output=True)
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr.decode()}"
    return done.stdout.decode().strip()


def exists(kind: str, name: str) -> bool:
    """Whether there is a container or an image of this name. kind: "container", "image"."""
    return subprocess.run(["docker", kind, "inspect", name], capture_output=True).returncode == 0


def names_with(part: str) -> list[str]:
    """Containers and image tags whose names contain `part`."""
    containers = docker("ps", "--all", "--format", "{{.Names}}").split()
    images = docker("images", "--format", "{{.Repository}}:{{.Tag}}").split()
    return sorted(name for name in containers + images if part in name)


def busybox_archive() -> bytes:
    """A root file system as a tar archive: busybox under all its names, root, and the user worker (1000)."""
    applets = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, mode in (("bin", 0o755), ("etc", 0o755), ("tmp", 0o1777), ("root", 0o700), ("home/worker", 0o755)):
            archive.addfile(_member(name, tarfile.DIRTYPE, mode, owner=1000 if "worker" in name else 0))
        with open(BUSYBOX, "rb") as program:
            _file(archive, "bin/busybox", program.read(), 0o755)
        for applet in applets:
            if applet != "busybox":
                archive.addfile(_member(f"bin/{applet}", tarfile.SYMTYPE, 0o777, target="busybox"))
        _file(archive, "etc/passwd", PASSWD, 0o644)
        _file(archive, "etc/group", GROUP, 0o644)
    return content.getvalue()


def _member(name: str, kind: bytes, mode: int, *, owner: int = 0, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.linkname, member.uid, member.gid = kind, mode, target, owner, owner
    return member


def _file(archive: tarfile.TarFile, name: str, content: bytes, mode: int) -> None:
    member = _member(name, tarfile.REGTYPE, mode)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


@pytest.fixture(scope="session")
def docker_image() -> Iterator[str]:
    """The name of a busybox image, made for this session and removed after it."""
    name = f"bakehouse-tests/busybox:{os.getpid()}-{secrets.token_hex(4)}"
    docker("import", "--change", 'CMD ["/bin/sh", "-l"]', "-", name, stdin=busybox_archive())
    yield name
    docker("rmi", "--force", "--no-prune", name)
