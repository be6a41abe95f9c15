"""The base called "debian": what is required, and apt, configured by dpkg inside a machine of the tier at hand."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Collection
from pathlib import Path

from bakehouse.clients.isolation.connection import Connection
from bakehouse.clients.oci import LAYER_GZIP, Blob, Check, Image, Layer, architecture, canonical, sha256
from bakehouse.clients.oci_layer import COMPRESSOR, write_layer
from bakehouse.clients.oci_unpack import Unpacker
from bakehouse.sdk import Command, StepError, Stream, Unavailable
from bakehouse_builders.rootfs.apt import Archive
from bakehouse_builders.rootfs.communicator import RootfsCommunicator
from bakehouse_builders.rootfs.difference import all_entries
from bakehouse_builders.rootfs.places import remove_tree
from bakehouse_builders.rootfs.tiers import Tier

Tell = Callable[[str], None]
NAME = re.compile(r"debian(?::([a-z]+))?")
"""`debian`, or `debian:SUITE`."""

_PATIENCE = 0.1
_SILENCE = 10.0  # seconds after which people want to know that dpkg still works
_FORM = 1  # raise it when the same packages make another tree
_LINKS = ("bin", "lib", "sbin", *(["lib64"] if architecture() == "amd64" else []))
_PACKAGES = "var/cache/apt/archives"
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CONFIGURE = (
    f"cd /{_PACKAGES} && export DEBIAN_FRONTEND=noninteractive && "
    "dpkg --force-depends --force-unsafe-io --unpack *.deb && "
    'dpkg --force-unsafe-io --configure --pending && audit=$(dpkg --audit) && test -z "$audit" || '
    '{ echo "$audit" >&2; exit 1; }'
)
_LEFT_OVER = (
    f"{_PACKAGES}/*.deb",
    "var/lib/dpkg/*-old",
    "var/lib/dpkg/lock*",
    "var/lib/apt/lists/*",
    "var/cache/debconf/*-old",
    "var/cache/ldconfig/aux-cache",
    "var/log/*.log",
    "var/log/apt/*",
    "etc/*-",
    "dev/*",
)
RUNTIME = {"Env": [f"PATH={_PATH}"], "Cmd": ["bash"]}


def prepare(name: str, tier: Tier, cache: Path, scratch: Path, check: Check, tell: Tell) -> Image:
    """Find or make the base; blocks, for a minute or more the first time. Raises Unavailable or StepError.

    The archive is asked once a day; as long as it has the same packages, the base is the same. tell: called, in this
    thread, with what is done now.
    """
    match = NAME.fullmatch(name)
    suite = (match and match[1]) or ""
    archive = Archive(cache / "apt" / (suite or "default"), suite, check)
    note = cache / f"debian-{suite or 'default'}-{tier.owners}.json"
    known = _read(note, cache / "blobs")
    if known is None or not archive.fresh or known[0] != canonical(archive.index).decode():
        try:
            tell("Asking Debian's archive what it has")
            archive.refresh()
            known = _renewed(known, archive, note, tier, cache, scratch, check, tell)
        except Unavailable:
            if known is None:
                raise
    return _image(known[2])


Known = tuple[str, str, Layer]
"""(the archive's index, digest of the packages and of how they are put together, the layer)."""


def _renewed(
    known: Known | None, archive: Archive, note: Path, tier: Tier, cache: Path, scratch: Path, check: Check, tell: Tell
) -> Known:
    packages = archive.packages()
    parts = [_FORM, COMPRESSOR, architecture(), *sorted((one.file, one.sha256) for one in packages)]
    content = sha256(canonical(parts))
    if known is None or known[1] != content:
        essential = {package.file for package in packages if package.essential}
        tell(f"Fetching {len(packages)} packages")
        files = archive.download(packages)
        layer = _Bootstrap(archive, tier, scratch / "debian", check, tell).make(files, essential)
        kept = cache / "blobs" / layer.blob.digest.removeprefix("sha256:")
        kept.parent.mkdir(parents=True, exist_ok=True)
        os.replace(layer.blob.path, kept)
        layer = Layer(Blob(kept, layer.blob.digest, layer.blob.size, LAYER_GZIP), layer.diff_id)
        remove_tree(scratch / "debian")
    else:
        layer = known[2]
    index = canonical(archive.index).decode()
    (scratch / "note").write_bytes(canonical([index, content, layer.blob.digest, layer.diff_id]))
    os.replace(scratch / "note", note)
    return index, content, layer


def _read(note: Path, blobs: Path) -> Known | None:
    try:
        index, content, digest, diff_id = json.loads(note.read_bytes())
        path = blobs / digest.removeprefix("sha256:")
        return index, content, Layer(Blob(path, digest, path.stat().st_size, LAYER_GZIP), diff_id)
    except (OSError, ValueError):
        return None


def _image(layer: Layer) -> Image:
    configuration = {
        "architecture": architecture(),
        "os": "linux",
        "config": RUNTIME,
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id]},
        "history": [{"created_by": "debian base"}],
    }
    return Image((layer,), configuration)


class _Bootstrap:
    """Makes the tree in `directory`, a machine's whose root is no overlay, and packs it."""

    def __init__(self, archive: Archive, tier: Tier, directory: Path, check: Check, tell: Tell) -> None:
        self._archive = archive
        self._tell = tell
        self._tier = tier
        self._directory = directory
        self._check = check

    def make(self, packages: list[Path], essential: Collection[str]) -> Layer:
        for name in ("root", "files"):
            (self._directory / name).mkdir(parents=True)
        (self._directory / "root").chmod(0o755)
        if self._tier.name == "single":
            (self._directory / "files/apt.conf").write_text('APT::Sandbox::User "root";\n')
        owners = self._tier.owners == "kept"
        root = self._directory / "root"
        self._tell("Unpacking the essential packages")
        self._tier.call(_lay_down, self._check, root, packages, essential, self._archive.sources, owners=owners)
        self._tell("Installing all packages with dpkg")
        made = asyncio.run(self._configure())
        self._tell("Packing the base, for later builds too")
        newest = max(int(path.stat().st_mtime) for path in packages)
        return self._tier.call(_pack, self._check, self._directory, made, newest, owners=owners)

    async def _configure(self) -> tuple[str, ...]:
        """Run dpkg in the machine; the paths that were made for the machine's sake."""
        spec = {
            "name": f"{self._directory.parent.name}-{self._directory.name}",
            "directory": str(self._directory),
            "tier": self._tier.name,
            "overlay": False,
            "hostname": "debian",
            "working_directory": "/",
            "proot": self._tier.tracer.spec() if self._tier.tracer else None,
        }
        connection = await Connection.start(spec)
        try:
            machine = RootfsCommunicator(connection, environment={"PATH": _PATH}, directory="/", user="root")
            printed = bytearray()

            def listen(stream: Stream, data: bytes) -> None:
                printed.extend(data)

            async with asyncio.TaskGroup() as group:
                running = group.create_task(machine.run(Command(_CONFIGURE), listen))
                told = time.monotonic()
                while not running.done():
                    await asyncio.wait({running}, timeout=_PATIENCE)
                    self._check()
                    if time.monotonic() - told > _SILENCE and printed:
                        told = time.monotonic()
                        self._tell(f"dpkg: {_last_line(printed)}")
            if running.result():
                last = printed.decode(errors="replace").strip().splitlines()[-5:]
                raise StepError("dpkg could not configure the packages:\n" + "\n".join(last))
            return connection.made
        except ExceptionGroup as group_of_one:
            raise group_of_one.exceptions[0] from None
        finally:
            await connection.close()


def _last_line(printed: bytearray) -> str:
    return printed.decode(errors="replace").rstrip().rpartition("\n")[2]


def _lay_down(
    check: Check, root: Path, packages: list[Path], essential: Collection[str], sources: str, *, owners: bool
) -> None:
    """What dpkg needs to run: the files of the essential packages, an empty database, and all packages."""
    for name in _LINKS:
        (root / "usr" / name).mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(f"usr/{name}")
    unpacker = Unpacker(root, owners=owners, check=check, keep_links=True)
    for package in packages:
        if package.name in essential:
            with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                unpacker.apply(process.stdout, package.name)
                while process.stdout.read(1 << 16):  # padding after the end: dpkg-deb minds a closed pipe
                    pass
    unpacker.finish()
    for name in ("passwd", "group"):
        shutil.copyfile(root / f"usr/share/base-passwd/{name}.master", root / "etc" / name)
    for name in ("var/lib/dpkg/info", "var/lib/dpkg/updates", f"{_PACKAGES}/partial", "etc/apt/apt.conf.d"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/status").touch()
    (root / "etc/apt/sources.list").write_text(sources)
    for package in packages:
        os.link(package, root / _PACKAGES / package.name)


def _pack(check: Check, directory: Path, made: tuple[str, ...], newest: int, *, owners: bool) -> Layer:
    """Without what is of this one day, or of this one host."""
    root = directory / "root"
    for pattern in _LEFT_OVER:
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in made:
        if not (root / name).is_dir():
            (root / name).unlink(missing_ok=True)
    entries = all_entries(root, owner=None if owners else (0, 0))
    return write_layer(entries, directory / "layer", clamp=newest, check=check)
