"""Layers written: reproducible, complete, in an order that any reader can apply."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import socket
import stat
import tarfile
from pathlib import Path

import pytest

from bakehouse.clients.oci import LAYER_GZIP, Stopped, stopper
from bakehouse.clients.oci_layer import Change, compress_layer, write_layer


def entries(path: Path) -> list[tarfile.TarInfo]:
    with tarfile.open(path) as archive:
        return archive.getmembers()


def test_digests_are_those_of_the_bytes(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(os.urandom(3_000_000))
    layer = write_layer([Change("file", "entry", tmp_path / "file")], tmp_path / "layer")
    packed = (tmp_path / "layer").read_bytes()
    assert layer.blob.digest == "sha256:" + hashlib.sha256(packed).hexdigest()
    assert layer.diff_id == "sha256:" + hashlib.sha256(gzip.decompress(packed)).hexdigest()
    assert (layer.blob.size, layer.blob.media_type) == (len(packed), LAYER_GZIP)


def test_the_order_of_changes_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b").write_text("x")
    changes = [
        Change("a", "entry", tmp_path / "a"),
        Change("a", "opaque"),
        Change("a/b", "entry", tmp_path / "a/b"),
        Change("a-", "deleted"),
    ]
    one = write_layer(changes, tmp_path / "one")
    two = write_layer(changes[::-1], tmp_path / "two")
    assert one.diff_id == two.diff_id
    assert [entry.name for entry in entries(tmp_path / "one")] == ["a", "a/.wh..wh..opq", "a/b", ".wh.a-"]


def test_times_are_clamped_and_names_left_out(tmp_path: Path) -> None:
    for name, time in (("old", 1000), ("new", 2_000_000_000)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time, time))
    changes = [Change(name, "entry", tmp_path / name, owner=(7, 8)) for name in ("old", "new")]
    write_layer(changes, tmp_path / "layer", clamp=1_700_000_000)
    assert [(entry.name, entry.mtime) for entry in entries(tmp_path / "layer")] == [
        ("new", 1_700_000_000),
        ("old", 1000),
    ]
    assert {(e.uid, e.gid, e.uname, e.gname) for e in entries(tmp_path / "layer")} == {(7, 8, "", "")}


def test_every_kind_of_entry(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "dir").mkdir(mode=0o1777)
    (root / "dir").chmod(0o1777)
    (root / "file").write_text("content")
    (root / "file").chmod(0o4755)
    os.link(root / "file", root / "hard")
    (root / "link").symlink_to("/absolute/somewhere")
    os.mkfifo(root / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "socket"))
    long = "n" * 200 + "ü"
    (root / long).touch()
    write_layer([Change(p.name, "entry", p) for p in root.iterdir()], tmp_path / "layer")
    found = {entry.name: entry for entry in entries(tmp_path / "layer")}
    assert set(found) == {"dir", "file", "hard", "link", "pipe", long}
    assert found["dir"].mode == 0o1777
    assert found["file"].mode == 0o4755
    assert found["hard"].islnk() and found["hard"].linkname == "file"
    assert found["link"].linkname == "/absolute/somewhere"
    assert found["pipe"].isfifo()


@pytest.mark.needs("root")
def test_devices(tmp_path: Path) -> None:
    os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    write_layer([Change("null", "entry", tmp_path / "null")], tmp_path / "layer")
    (entry,) = entries(tmp_path / "layer")
    assert (entry.ischr(), entry.devmajor, entry.devminor) == (True, 1, 3)


def test_a_file_that_nobody_may_read(tmp_path: Path) -> None:
    (tmp_path / "shadow").write_text("x")
    (tmp_path / "shadow").chmod(0)
    write_layer([Change("shadow", "entry", tmp_path / "shadow")], tmp_path / "layer")
    (entry,) = entries(tmp_path / "layer")
    assert (entry.mode, entry.size) == (0, 1)


def test_a_plain_layer_is_compressed(tmp_path: Path) -> None:
    content = os.urandom(100) * 50_000
    layer = compress_layer(io.BytesIO(content), tmp_path / "layer")
    assert layer.diff_id == "sha256:" + hashlib.sha256(content).hexdigest()
    assert gzip.decompress((tmp_path / "layer").read_bytes()) == content
    assert layer.blob.size < len(content) // 4


def test_it_stops_when_told_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(100))
    check, stop = stopper()
    stop()
    with pytest.raises(Stopped):
        write_layer([Change("file", "entry", tmp_path / "file")], tmp_path / "layer", check=check)
