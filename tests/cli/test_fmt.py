"""`bakehouse fmt` on files."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch

UGLY, PRETTY = "a=1\nbbb=2\n", "a   = 1\nbbb = 2\n"
DIFFERENCE = "--- old/<stdin>\n+++ new/<stdin>\n@@ -1,2 +1,2 @@\n-a=1\n-bbb=2\n+a   = 1\n+bbb = 2\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lay(*names: str, text: str = UGLY) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def test_a_directory(capsys: pytest.CaptureFixture[str]) -> None:
    passed_over = (".h.pkr.hcl", "a.pkr.hcl~", "#a.pkr.hcl#", "x.hcl", "y.pkr.json", "sub/b.pkr.hcl")
    lay("a.pkr.hcl", "v.pkrvars.hcl", *passed_over)
    lay("fine.pkr.hcl", text=PRETTY)
    assert dispatch(["fmt", "."]) == 0
    assert capsys.readouterr().out == "a.pkr.hcl\nv.pkrvars.hcl\n"
    assert Path("v.pkrvars.hcl").read_text() == PRETTY
    assert {Path(name).read_text() for name in passed_over} == {UGLY}


def test_below_a_directory_but_not_through_links(capsys: pytest.CaptureFixture[str]) -> None:
    lay("d/s/b.pkr.hcl", "d/z.pkr.hcl", "d/.git/c.pkr.hcl", "elsewhere/e.pkr.hcl")
    os.symlink("../elsewhere", "d/link")
    os.symlink("..", "d/s/loop")
    assert dispatch(["fmt", "-recursive", "d"]) == 0
    assert capsys.readouterr().out == "d/s/b.pkr.hcl\nd/z.pkr.hcl\n"
    assert Path("elsewhere/e.pkr.hcl").read_text() == UGLY


def test_a_directory_that_cannot_be_read_keeps_no_other_from_being_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lay("a/x.pkr.hcl", "b/y.pkr.hcl", "c/z.pkr.hcl")
    scandir = os.scandir

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if path.endswith("b"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert dispatch(["fmt", "-recursive", "."]) == 1
    out = capsys.readouterr().out
    assert out.startswith("a/x.pkr.hcl\nError: ")
    assert out.endswith("c/z.pkr.hcl\n")
    assert 'Cannot read "b"' in out


def test_a_path_is_printed_as_it_was_given(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lay("a.pkr.hcl", "d/b.pkr.hcl")
    assert dispatch(["fmt", "./a.pkr.hcl", str(here / "d")]) == 0
    assert capsys.readouterr().out == f"./a.pkr.hcl\n{here}/d/b.pkr.hcl\n"


def test_check_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    lay("a.pkr.hcl", "b.pkr.hcl")
    assert dispatch(["fmt", "-check", "a.pkr.hcl", "b.pkr.hcl"]) == 3
    assert capsys.readouterr().out == "a.pkr.hcl\nb.pkr.hcl\n"
    assert Path("a.pkr.hcl").read_text() == UGLY


def test_the_difference(capsys: pytest.CaptureFixture[str]) -> None:
    lay("a.pkr.hcl", text="a=1\nb = 2")
    assert dispatch(["fmt", "-diff", "-write=false", "a.pkr.hcl"]) == 0
    wanted = (
        "--- old/a.pkr.hcl\n+++ new/a.pkr.hcl\n@@ -1,2 +1,2 @@\n-a=1\n+a = 1\n b = 2\n\\ No newline at end of file\n"
    )
    assert capsys.readouterr().out == f"a.pkr.hcl\n{wanted}"


def test_a_broken_file_is_left_alone_and_the_others_are_not(capsys: pytest.CaptureFixture[str]) -> None:
    lay("a.pkr.hcl", text="a = [1\n}\n")
    lay("b.pkr.hcl")
    assert dispatch(["fmt", "."]) == 1
    out = capsys.readouterr().out
    assert "a.pkr.hcl:2,1" in out
    assert out.endswith("b.pkr.hcl\n")
    assert Path("a.pkr.hcl").read_text() == "a = [1\n}\n"


@pytest.mark.parametrize("name", ["nope.pkr.hcl", "nope", "x.hcl", "t.json"])
def test_what_cannot_be_formatted(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    lay("x.hcl", "t.json")
    assert dispatch(["fmt", name]) == 1
    assert name in capsys.readouterr().out


def test_mode_and_link_stay() -> None:
    lay("real.pkr.hcl")
    os.chmod("real.pkr.hcl", 0o640)
    os.symlink("real.pkr.hcl", "link.pkr.hcl")
    assert dispatch(["fmt", "link.pkr.hcl"]) == 0
    assert os.path.islink("link.pkr.hcl")
    assert Path("real.pkr.hcl").read_text() == PRETTY
    assert os.stat("real.pkr.hcl").st_mode & 0o777 == 0o640
    assert sorted(os.listdir()) == ["link.pkr.hcl", "real.pkr.hcl"]


def test_bytes_that_are_no_characters_stay_in_comments() -> None:
    Path("a.pkr.hcl").write_bytes(b"a=1 # caf\xe9\r\n")
    assert dispatch(["fmt", "a.pkr.hcl"]) == 0
    assert Path("a.pkr.hcl").read_bytes() == b"a = 1 # caf\xe9\r\n"


@pytest.mark.parametrize(
    ("flags", "status", "printed"),
    [
        ([], 0, PRETTY),
        (["-check"], 3, ""),
        (["-write=false"], 0, ""),
        (["-diff"], 0, PRETTY + DIFFERENCE),
        (["-check", "-diff"], 3, DIFFERENCE),
    ],
)
def test_standard_input(
    flags: list[str],
    status: int,
    printed: str,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(UGLY.encode())))
    assert dispatch(["fmt", *flags, "-"]) == status
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == printed.encode()
