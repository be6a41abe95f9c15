"""Tar streams: what a machine sends must not lead out of where it is put."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from bakehouse.clients.docker_archive import Owner, directory_chunks, file_chunks, unpack_directory, unpack_file
from bakehouse.sdk import StepError


def archive(*members: tuple[str, bytes, str]) -> io.BytesIO:
    """Members as (name, type, content or link target)."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, kind, text in members:
            member = tarfile.TarInfo(name)
            member.type, member.mode = kind, 0o755
            if kind == tarfile.REGTYPE:
                member.size = len(text)
                tar.addfile(member, io.BytesIO(text.encode()))
            else:
                member.linkname = text
                tar.addfile(member)
    content.seek(0)
    return content


@pytest.mark.parametrize(
    "members",
    [
        [("d", tarfile.DIRTYPE, ""), ("d/../../evil", tarfile.REGTYPE, "x")],
        [("d", tarfile.DIRTYPE, ""), ("d/out", tarfile.SYMTYPE, "/tmp"), ("d/out/evil", tarfile.REGTYPE, "x")],
        [("d", tarfile.DIRTYPE, ""), ("d/out", tarfile.SYMTYPE, "../.."), ("d/out/evil", tarfile.REGTYPE, "x")],
        [("d", tarfile.DIRTYPE, ""), ("d/evil", tarfile.LNKTYPE, "d/../../../etc/passwd")],
    ],
)
def test_nothing_is_written_outside(members: list[tuple[str, bytes, str]], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(StepError, match="leads out of"):
        unpack_directory(tmp_path / "in" / "d")(archive(*members))
    assert not list(tmp_path.rglob("evil"))
    assert not Path("/tmp/evil").exists()


def test_links_stay_links_and_devices_are_left_out(tmp_path: Path) -> None:
    source = archive(
        ("d", tarfile.DIRTYPE, ""),
        ("d/file", tarfile.REGTYPE, "text"),
        ("d/hard", tarfile.LNKTYPE, "d/file"),
        ("d/soft", tarfile.SYMTYPE, "/anywhere"),
        ("d/pipe", tarfile.FIFOTYPE, ""),
    )
    unpack_directory(tmp_path)(source)
    assert (tmp_path / "hard").stat().st_ino == (tmp_path / "file").stat().st_ino
    assert os.readlink(tmp_path / "soft") == "/anywhere"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "hard", "soft"]


def test_a_file_that_is_cut_short_leaves_nothing(tmp_path: Path) -> None:
    whole = archive(("f", tarfile.REGTYPE, "x" * 5000)).getvalue()
    with pytest.raises(tarfile.TarError):
        unpack_file(tmp_path / "f")(io.BytesIO(whole[:2000]))
    assert list(tmp_path.iterdir()) == []


def test_setuid_is_not_brought_to_the_host(tmp_path: Path) -> None:
    unpack_file(tmp_path / "f")(io.BytesIO(b"".join(file_chunks("f", b"x", 0o4755, Owner()))))
    assert (tmp_path / "f").stat().st_mode & 0o7777 == 0o755


def test_long_and_odd_names_survive(tmp_path: Path) -> None:
    name = "ü" * 60 + "\n'\"$x" + "y" * 60
    (tmp_path / "from").mkdir()
    (tmp_path / "from" / name).write_text("x")
    chunks = directory_chunks(tmp_path / "from", Owner(7, 8))
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        members = tar.getmembers()
    assert [(member.name, member.uid, member.gid) for member in members] == [(name, 7, 8)]
