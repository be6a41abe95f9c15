"""Layers applied: what is hidden, what stays, and that nothing ever leaves the directory."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakehouse.clients.oci import ImageError
from bakehouse.clients.oci_layer import Change, write_layer
from bakehouse.clients.oci_unpack import Unpacker


def layer(*members: tuple[str, Any]) -> io.BytesIO:
    """A tar of (name, what): bytes is a file, None a directory, ("link" | "hard", target), or a whole TarInfo."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, what in members:
            entry = tarfile.TarInfo(name)
            if isinstance(what, bytes):
                entry.size = len(what)
                archive.addfile(entry, io.BytesIO(what))
                continue
            if what is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            else:
                entry.type = {"link": tarfile.SYMTYPE, "hard": tarfile.LNKTYPE}[what[0]]
                entry.linkname = what[1]
            archive.addfile(entry)
    buffer.seek(0)
    return buffer


def unpack(root: Path, *layers: io.BytesIO) -> dict[str, str]:
    """What is in `root` after all layers: path to content, link target, or "/"."""
    root.mkdir(exist_ok=True)
    unpacker = Unpacker(root, owners=False)
    for number, one in enumerate(layers):
        unpacker.apply(one, f"layer {number}")
    unpacker.finish()
    found = {}
    for path in root.rglob("*"):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = "/" if path.is_dir() else path.read_text()
    return found


def test_whiteouts_hide_lower_layers_only(tmp_path: Path) -> None:
    below = layer(("d", None), ("d/a", b"1"), ("d/b", b"2"), ("e", None), ("e/x", b"3"), ("f", b"4"))
    above = layer(("d/.wh.a", b""), ("e/new", b"5"), ("e/.wh..wh..opq", b""), (".wh.f", b""), ("d/.wh.none", b""))
    assert unpack(tmp_path / "r", below, above) == {"d": "/", "d/b": "2", "e": "/", "e/new": "5"}


def test_a_directory_takes_a_files_place_and_back(tmp_path: Path) -> None:
    first = layer(("a", b"file"), ("b", None), ("b/x", b"x"), ("c", ("link", "b")))
    second = layer(("a", None), ("a/in", b"1"), ("b", b"file"), ("c", None), ("c/y", b"y"))
    assert unpack(tmp_path / "r", first, second) == {"a": "/", "a/in": "1", "b": "file", "c": "/", "c/y": "y"}


def test_hard_links_within_and_across_layers(tmp_path: Path) -> None:
    found = unpack(tmp_path / "r", layer(("a", b"x"), ("b", ("hard", "a"))), layer(("c", ("hard", "./a"))))
    assert found == {"a": "x", "b": "x", "c": "x"}
    assert len({(tmp_path / "r" / name).stat().st_ino for name in "abc"}) == 1


def test_paths_through_links_stay_inside(tmp_path: Path) -> None:
    """As packages with a merged /usr have them: lib is a link, and a later layer writes below it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    first = layer(("usr/lib", None), ("lib", ("link", "/usr/lib")), ("out", ("link", str(outside))))
    second = layer(("lib/x", b"x"), ("out/y", b"y"), ("up", ("link", "../../../..")), ("up/z", b"z"))
    found = unpack(tmp_path / "r", first, second)
    assert found["usr/lib/x"] == "x"
    assert found["z"] == "z"
    assert list(outside.iterdir()) == []
    assert (tmp_path / "r" / str(outside).lstrip("/") / "y").read_text() == "y"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("../evil", b"x")], "leads out of the image"),
        ([("a/../../evil", b"x")], "leads out of the image"),
        ([("h", ("hard", "../outside/secret"))], "which is not there"),
        ([("h", ("hard", "/outside/secret"))], "which is not there"),
        ([("l", ("link", "l")), ("l/x", b"x")], "in a circle"),
    ],
)
def test_what_leads_out_is_refused(tmp_path: Path, members: list[tuple[str, Any]], message: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret").write_text("secret")
    with pytest.raises(ImageError, match=message):
        unpack(tmp_path / "r", layer(*members))
    assert not (tmp_path / "evil").exists()


def test_an_absolute_name_is_below_the_root(tmp_path: Path) -> None:
    assert unpack(tmp_path / "r", layer(("/etc/x", b"x"))) == {"etc": "/", "etc/x": "x"}


def test_a_whiteout_through_a_link_stays_inside(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/kept").touch()
    first = layer(("out", ("link", str(tmp_path / "outside"))))
    unpack(tmp_path / "r", first, layer(("out/.wh.kept", b"")), layer(("out/.wh..wh..opq", b"")))
    assert (tmp_path / "outside/kept").exists()


def test_modes_and_times_of_directories_come_last(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        closed = tarfile.TarInfo("closed")
        closed.type, closed.mode, closed.mtime = tarfile.DIRTYPE, 0o555, 1000
        inner = tarfile.TarInfo("closed/file")
        inner.mode, inner.mtime = 0o4711, 2000
        archive.addfile(closed)
        archive.addfile(inner)
    buffer.seek(0)
    unpack(tmp_path / "r", buffer, layer(("closed/more", b"x")))
    status = (tmp_path / "r/closed").stat()
    assert (stat.S_IMODE(status.st_mode), int(status.st_mtime)) == (0o555, 1000)
    assert stat.S_IMODE((tmp_path / "r/closed/file").stat().st_mode) == 0o4711
    assert int((tmp_path / "r/closed/file").stat().st_mtime) == 2000


@pytest.mark.needs("root")
def test_owners_and_devices_for_root_only(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        file, device = tarfile.TarInfo("file"), tarfile.TarInfo("null")
        file.uid, file.gid = 33, 44
        device.type, device.devmajor, device.devminor, device.mode = tarfile.CHRTYPE, 1, 3, 0o666
        archive.addfile(file)
        archive.addfile(device)
    for owners in (True, False):
        buffer.seek(0)
        root = tmp_path / str(owners)
        root.mkdir()
        Unpacker(root, owners=owners).apply(buffer, "layer")
        status = (root / "file").stat()
        assert (status.st_uid, status.st_gid) == ((33, 44) if owners else (os.geteuid(), os.getegid()))
        assert (root / "null").exists() == owners


@pytest.mark.parametrize("damage", [b"", b"not a tar at all" * 100])
def test_a_damaged_layer_is_named(tmp_path: Path, damage: bytes) -> None:
    whole = layer(("a", b"x" * 100_000)).getvalue()
    with pytest.raises(ImageError, match="layer 0 is not a whole layer"):
        unpack(tmp_path / "r", io.BytesIO(damage or whole[:50_000]))


_NAME = st.sampled_from(["a", "b", "c", "d"])
_PATH = st.lists(_NAME, min_size=1, max_size=3).map("/".join)
_TREE = st.dictionaries(_PATH, st.one_of(st.none(), st.text("xyz", max_size=3)), max_size=8)


def make_tree(root: Path, wanted: dict[str, str | None]) -> dict[str, str]:
    """Make what can be made of it: a path below a file is left out."""
    root.mkdir()
    made: dict[str, str] = {}
    for path, content in sorted(wanted.items()):
        parents = [str(parent) for parent in Path(path).parents if str(parent) != "."]
        if any(made.get(parent, "/") != "/" for parent in parents) or path in made:
            continue
        made |= dict.fromkeys(parents, "/")
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            (root / path).mkdir()
        else:
            (root / path).write_text(content + "!")
        made[path] = "/" if content is None else content + "!"
    return made


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=_TREE, after=_TREE)
def test_a_layer_turns_one_tree_into_the_other(
    tmp_path_factory: pytest.TempPathFactory, before: dict[str, str | None], after: dict[str, str | None]
) -> None:
    """Written by comparing two trees, applied to the first: always the second."""
    from bakehouse_builders.rootfs.difference import all_entries, copy_changes

    directory = tmp_path_factory.mktemp("trees")
    make_tree(directory / "before", before)
    wanted = make_tree(directory / "after", after)
    lower = write_layer(all_entries(directory / "before"), directory / "lower")
    upper = write_layer(
        copy_changes(directory / "before", directory / "after", 0, [], {}, owner=None), directory / "up"
    )
    plain = [io.BytesIO(gunzip(path.blob.path)) for path in (lower, upper)]
    assert unpack(directory / "result", *plain) == wanted


def gunzip(path: Path) -> bytes:
    import gzip

    return gzip.decompress(path.read_bytes())


def test_an_opaque_mark_of_ours_is_understood(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/new").write_text("n")
    changes = [
        Change("d", "entry", tmp_path / "d"),
        Change("d", "opaque"),
        Change("d/new", "entry", tmp_path / "d/new"),
    ]
    upper = write_layer(changes, tmp_path / "layer")
    below = layer(("d", None), ("d/old", b"o"))
    assert unpack(tmp_path / "r", below, io.BytesIO(gunzip(upper.blob.path))) == {"d": "/", "d/new": "n"}
