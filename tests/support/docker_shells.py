"""A container with bash, dash and busybox ash, made of this host's own files: cheap, and nothing is fetched."""

from __future__ import annotations

import io
import os
import secrets
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.docker import busybox_archive, docker

PROGRAMS = ("/usr/bin/bash", "/usr/bin/dash")
NOBODY = "nobody:x:65534:65534::/:/bin/sh"


def shells_archive() -> bytes:
    """The busybox file system, with bash and dash and the libraries they need."""
    content = io.BytesIO(busybox_archive())
    with tarfile.open(fileobj=content, mode="a") as archive:
        listed = subprocess.run(["ldd", *PROGRAMS], capture_output=True, text=True, check=True).stdout.split()
        libraries = sorted({word for word in listed if word.startswith("/") and not word.endswith(":")})
        for path in libraries:
            archive.add(os.path.realpath(path), path.lstrip("/"))
        for path in PROGRAMS:
            archive.add(path, f"bin/{Path(path).name}")
        link = tarfile.TarInfo("usr/bin/env")
        link.type, link.linkname = tarfile.SYMTYPE, "/bin/busybox"
        archive.addfile(link)
    return content.getvalue()


@pytest.fixture(scope="session")
def shells_container() -> Iterator[str]:
    """The name of a running container, removed with its image after the session."""
    name = f"bakehouse-tests-shells-{os.getpid()}-{secrets.token_hex(4)}"
    image = f"bakehouse-tests/shells:{name.rpartition('-')[2]}"
    docker("import", "-", image, stdin=shells_archive())
    try:
        docker("run", "--detach", "--init", "--name", name, image, "/bin/sleep", "3600")
        docker("exec", name, "sh", "-c", f"echo {NOBODY} >>/etc/passwd")
        yield name
    finally:
        subprocess.run(["docker", "rm", "--force", name], capture_output=True)
        docker("rmi", "--force", image)
