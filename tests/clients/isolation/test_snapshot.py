"""Copies and views of a machine's files, on directories of the test's own."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bakehouse.clients.isolation.snapshot import Copy, measure
from bakehouse.clients.isolation.views import Views


def tree(root: Path, **files: str) -> Path:
    """A directory with files in it; `a__b` is b in the directory a."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    root.mkdir(exist_ok=True)
    return root


def changes(before: str | Path, now: str | Path, lower: str | Path = "") -> list[tuple[str, str]]:
    return [(found[0], found[1]) for found in Views(str(before), str(now), str(lower)).differences()]


def test_a_copy_has_everything(tmp_path: Path) -> None:
    source = tree(tmp_path / "source", one="1", deep__two="22")
    os.link(source / "one", source / "deep" / "again")
    (source / "link").symlink_to("nowhere")
    os.mkfifo(source / "pipe", 0o604)
    with (source / "hole").open("wb") as file:
        file.truncate(1 << 30)
        file.seek(1 << 20)
        file.write(b"in it")
    os.setxattr(source / "one", "user.mine", b"value")
    (source / "deep").chmod(0o1751)
    os.utime(source / "one", ns=(1, 2_000_000_003))
    copy = Copy()
    copy.tree(str(source), str(tmp_path / "copy"))
    made = tmp_path / "copy"
    assert changes(source, made) == []
    assert (made / "one").samefile(made / "deep" / "again")
    assert os.readlink(made / "link") == "nowhere"
    assert stat.S_ISFIFO((made / "pipe").lstat().st_mode)
    assert (made / "hole").stat().st_size == 1 << 30
    assert (made / "hole").stat().st_blocks < 1 << 12
    assert os.getxattr(made / "one", "user.mine") == b"value"
    assert stat.S_IMODE((made / "deep").stat().st_mode) == 0o1751
    assert (made / "one").stat().st_mtime_ns == 2_000_000_003
    assert (copy.entries, copy.bytes) == measure(str(made)) == measure(str(source)) == (7, (1 << 30) + 3)


@pytest.mark.needs("root")
def test_a_copy_keeps_owners_and_what_an_overlay_hides(tmp_path: Path) -> None:
    source = tree(tmp_path / "source", one="1", hidden__x="")
    os.chown(source / "one", 1, 2)
    os.mknod(source / "gone", stat.S_IFCHR, 0)
    os.setxattr(source / "hidden", "trusted.overlay.opaque", b"y")
    os.setxattr(source / "hidden", "trusted.overlay.origin", b"of this host alone")
    Copy().tree(str(source), str(tmp_path / "copy"))
    made = tmp_path / "copy"
    assert ((made / "one").stat().st_uid, (made / "one").stat().st_gid) == (1, 2)
    assert (made / "gone").lstat().st_rdev == 0
    assert os.getxattr(made / "hidden", "trusted.overlay.opaque") == b"y"
    assert os.listxattr(made / "hidden") == ["trusted.overlay.opaque"]


@pytest.mark.needs("root")
def test_views_are_as_an_overlay_shows_them(tmp_path: Path) -> None:
    lower = tree(tmp_path / "lower", same="s", gone="g", changed="1", swap__a="a", opaque__old="o", merged__kept="k")
    before = tree(tmp_path / "before", merged__then="t")
    now = tree(tmp_path / "now", changed="2", opaque__new="n", swap="file", same="s", merged__added="a")
    os.utime(now / "same", ns=((lower / "same").stat().st_atime_ns, (lower / "same").stat().st_mtime_ns))
    os.mknod(now / "gone", stat.S_IFCHR, 0)
    os.setxattr(now / "opaque", "trusted.overlay.opaque", b"y")
    assert changes(before, now, lower) == [
        ("/changed", "changed"),
        ("/gone", "removed"),
        ("/merged/added", "added"),
        ("/merged/then", "removed"),
        ("/opaque/new", "added"),
        ("/opaque/old", "removed"),
        ("/swap", "changed"),
        ("/swap/a", "removed"),
    ]
    assert changes(now, now, lower) == []
    views = Views(str(now), str(before), str(lower))
    assert views.read_before("/merged/kept", 9) == b"k"
    assert views.read_before("/swap", 2) == b"fi"
    assert (
        views.read_before("/gone", 9) is views.read_before("/opaque/old", 9) is views.read_before("/merged", 9) is None
    )


def test_equal_sizes_and_times_do_not_hide_a_change(tmp_path: Path) -> None:
    before, now = tree(tmp_path / "before", file="one"), tree(tmp_path / "now", file="two")
    os.utime(now / "file", ns=(0, (before / "file").stat().st_mtime_ns))
    assert changes(before, now) == [("/file", "changed")]


def test_what_is_mounted_over_is_no_change(tmp_path: Path) -> None:
    assert changes(tree(tmp_path / "a", dev__null="x", sys__y=""), tree(tmp_path / "b", proc__1="x")) == [
        ("/dev", "removed"),
        ("/proc", "added"),
        ("/sys", "removed"),
    ]


@pytest.mark.parametrize(
    ("link", "found"),
    [("../../../../outside", None), ("/inside", b"in"), ("inside", b"in"), ("loop", None), ("inside/x", None)],
)
def test_links_lead_nowhere_else(tmp_path: Path, link: str, found: bytes | None) -> None:
    tree(tmp_path, outside="out", root__inside="in")
    root = tmp_path / "root"
    (root / "link").symlink_to(link)
    (root / "loop").symlink_to("loop")
    assert Views(str(root), "", "").read_before("/link", 9) == found


def test_a_path_may_go_up_but_not_out(tmp_path: Path) -> None:
    root = tree(tmp_path / "root", deep__er__file="in")
    assert Views(str(root), "", "").read_before("/../deep/er/../er/./file", 9) == b"in"
