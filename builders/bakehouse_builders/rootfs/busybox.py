"""The base called "busybox": a small root file system around one static program, made on this host."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Literal

from bakehouse.sdk import Unavailable
from bakehouse_builders.rootfs.packages import fetch

_DIRECTORIES = {
    "": 0o755,
    **dict.fromkeys(("bin", "dev", "etc", "home", "proc", "run", "sbin", "sys", "usr", "usr/bin", "usr/sbin"), 0o755),
    **dict.fromkeys(("usr/lib", "usr/local", "usr/local/bin", "usr/share", "var", "var/log", "var/lib"), 0o755),
    "root": 0o700,
    "tmp": 0o1777,
    "var/tmp": 0o1777,
}
_FILES = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n"
    "daemon:x:1:1:daemon:/usr/sbin:/bin/false\n"
    "www-data:x:33:33:www-data:/var/www:/bin/false\n"
    "nobody:x:65534:65534:nobody:/home:/bin/false\n",
    "etc/group": "root:x:0:\ndaemon:x:1:\ntty:x:5:\nwww-data:x:33:\nnogroup:x:65534:\n",
    "etc/profile": "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n",
    "etc/shells": "/bin/sh\n/bin/ash\n",
}
RUNTIME = {
    "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    "Cmd": ["sh"],
}
"""The image's `config`, as the official busybox image has it."""

_PACKAGE = "busybox-static"
_HELP = (
    f"Install the package {_PACKAGE}, put a static busybox on PATH, "
    "or give `base` the path of an OCI layout or image archive."
)
_DYNAMIC = 3  # PT_INTERP: the program wants a loader


def find(cache: Path, scratch: Path, *, path: str | None = None) -> Path:
    """A static busybox: this host's, or unpacked from its distribution's package. Blocks. Raises Unavailable.

    cache: where a downloaded one is kept. scratch: a directory of our own for the download. path: where to look for
    programs, default PATH and the usual places.
    """
    if path is None:
        path = os.environ.get("PATH", "") + ":/bin:/usr/bin"
    found = shutil.which("busybox", path=path)
    if found and is_static(Path(found)):
        return Path(found)
    kept = cache / "busybox"
    if not kept.exists():
        if shutil.which("apt-get", path=path) is None or shutil.which("dpkg-deb", path=path) is None:
            raise Unavailable(f"There is no static busybox on this host, and no apt-get to fetch one with. {_HELP}")
        _download(kept, scratch)
    return kept


def is_static(program: Path) -> bool:
    """Whether an ELF program runs without a loader and libraries."""
    with program.open("rb") as file:
        header = file.read(64)
        if header[:5] not in (b"\x7fELF\x01", b"\x7fELF\x02"):
            return False
        wide = header[4] == 2
        order: Literal["little", "big"] = "little" if header[5] == 1 else "big"
        table = int.from_bytes(header[32:40] if wide else header[28:32], order)
        size, count = (int.from_bytes(header[at : at + 2], order) for at in ((54, 56) if wide else (42, 44)))
        file.seek(table)
        entries = file.read(size * count)
    kinds = [int.from_bytes(entries[at : at + 4], order) for at in range(0, len(entries), size)]
    return _DYNAMIC not in kinds


def _download(target: Path, scratch: Path) -> None:
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        package, problem = fetch(_PACKAGE, Path(directory))
        if package is None:
            raise Unavailable(
                f"There is no static busybox on this host, and apt-get cannot fetch one: {problem}. {_HELP}"
            )
        _extract(package, target)


def _extract(package: Path, target: Path) -> None:
    done = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE, check=False)
    temporary = package.with_name("unpacked")
    contents = package.with_name("contents.tar")
    contents.write_bytes(done.stdout)
    with tarfile.open(contents) as archive:
        for member in archive:
            stream = archive.extractfile(member) if member.name.endswith("/busybox") else None
            if stream is not None and member.mode & 0o111:
                temporary.write_bytes(stream.read())
                temporary.chmod(0o755)
                temporary.replace(target)
                return
    raise Unavailable(f"The package {_PACKAGE} has no program called busybox in it. {_HELP}")


def make_root(program: Path, root: Path) -> None:
    """Fill an empty directory. Raises OSError, or Unavailable if the program does not run."""
    for name, mode in _DIRECTORIES.items():
        directory = root / name
        directory.mkdir(exist_ok=True)
        directory.chmod(mode)
    for name, content in _FILES.items():
        (root / name).write_text(content)
        (root / name).chmod(0o644)
    shutil.copyfile(program, root / "bin/busybox")
    (root / "bin/busybox").chmod(0o755)
    listed = subprocess.run([str(root / "bin/busybox"), "--list-full"], capture_output=True, text=True)
    if listed.returncode or "bin/sh" not in listed.stdout.split():
        raise Unavailable(f"{program} does not list its applets: {listed.stderr.strip()}. {_HELP}")
    for name in listed.stdout.split():
        link = root / name
        if link.parent.is_dir() and not link.is_symlink() and name != "bin/busybox":
            link.symlink_to("/bin/busybox")
