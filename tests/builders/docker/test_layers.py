"""One layer of several: what a machine that unpacks it on the same base has then, and what is in it no more."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping

import pytest

from bakehouse_builders.docker.layers import OPAQUE, Flattening, paths, plain

DIR, LINK = b"dir", b"link:"


def layer(files: Mapping[str, bytes]) -> io.BytesIO:
    """A tar file. The content DIR is a directory, LINK + PATH a hard link."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.pax_headers = {"SCHILY.xattr.user.of": name.rpartition("/")[2]}
            if content == DIR:
                member.type = tarfile.DIRTYPE
            elif content.startswith(LINK):
                member.type, member.linkname = tarfile.LNKTYPE, content[len(LINK) :].decode()
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content) if member.isreg() else None)
    return made


def unpack(layers: list[io.BytesIO]) -> dict[str, bytes]:
    """What is there once all are unpacked, by the rules of the format."""
    found: dict[str, bytes] = {}

    def remove(path: str, *, inside: bool = False) -> None:
        for name in [name for name in found if name.startswith(f"{path}/") or (name == path and not inside)]:
            del found[name]

    for each in layers:
        each.seek(0)
        with tarfile.open(fileobj=each) as archive:
            members = archive.getmembers()
            for member in members:  # marks are about the layers below, wherever they stand
                parent, _, name = plain(member.name).rpartition("/")
                if name == OPAQUE:
                    remove(parent, inside=True)
                elif name.startswith(".wh."):
                    remove(f"{parent}/{name[4:]}".lstrip("/"))
            for member in members:
                path = plain(member.name)
                if path.rpartition("/")[2].startswith(".wh."):
                    continue
                if member.islnk():
                    content = found[plain(member.linkname)]
                else:
                    content = DIR if member.isdir() else (archive.extractfile(member) or io.BytesIO()).read()
                if not (member.isdir() and found.get(path) == DIR):
                    remove(path)
                found[path] = content
    return found


BASE = {"etc": DIR, "etc/a": b"a", "etc/b": b"b", "var": DIR, "var/log": DIR, "var/log/x": b"x", "bin": b"bin"}
CASES: dict[str, tuple[list[dict[str, bytes]], set[str]]] = {
    "removed later": ([{"tok": b"secret", "kept": b"k"}, {".wh.tok": b""}], {"kept"}),
    "removed from the base": ([{"etc": DIR, "etc/.wh.a": b""}, {"z": b"z"}], {"etc", "etc/.wh.a", "z"}),
    "written over": ([{"f": b"secret"}, {"f": b"new"}], {"f"}),
    "removed and made again": ([{"etc": DIR, "etc/.wh.a": b""}, {"etc": DIR, "etc/a": b"new"}], {"etc", "etc/a"}),
    "a directory removed": ([{"d": DIR, "d/e": DIR, "d/e/tok": b"secret"}, {".wh.d": b""}], set()),
    "a directory of the base removed and made again": (
        [{".wh.var": b""}, {"var": DIR, "var/new": b"n"}],
        {"var", "var/new", f"var/{OPAQUE}"},
    ),
    "made new in one layer": (
        [{"var": DIR, "var/old": b"secret"}, {"var": DIR, f"var/{OPAQUE}": b"", "var/new": b"n"}],
        {"var", "var/new", f"var/{OPAQUE}"},
    ),
    "a file in the place of a directory": ([{"var": DIR, "var/tok": b"secret"}, {"var": b"file"}], {"var"}),
    "a directory in the place of a file that took a directory's": (
        [{"var": b"secret"}, {"var": DIR, f"var/{OPAQUE}": b"", "var/n": b"n"}],
        {"var", "var/n", f"var/{OPAQUE}"},
    ),
    "a directory in the place of a file": (
        [{"bin": b"x"}, {"bin": DIR, "bin/n": b"n"}],
        {"bin", "bin/n", f"bin/{OPAQUE}"},
    ),
    "a hard link": ([{"one": b"1", "two": LINK + b"one"}, {"z": b"z"}], {"one", "two", "z"}),
    "a hard link to what was removed": (
        [{"one": b"1", "three": LINK + b"one", "two": LINK + b"one"}, {".wh.one": b""}],
        {"three", "two"},
    ),
    "a hard link to what was written over": ([{"b": b"1", "a": LINK + b"b"}, {"b": b"2"}], {"a", "b"}),
    "three layers": ([{"f": b"1"}, {".wh.f": b""}, {"f": b"3", "g": b"g"}], {"f", "g"}),
    "three layers of one directory": (
        [{"d": DIR, "d/1": b"1"}, {"d": DIR, "d/2": b"2", "d/.wh.1": b""}, {"d": DIR, "d/3": b"3"}],
        {"d", "d/2", "d/3"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_one_layer_unpacks_to_the_same(name: str) -> None:
    upper, members = CASES[name]
    layers = [layer(files) for files in upper]
    base = layer(BASE)
    made = io.BytesIO()
    digest = Flattening(layers, frozenset(paths(base))).write(made)
    assert bool(digest) == bool(members)
    assert unpack([base, made] if digest else [base]) == unpack([base, *layers])
    assert (set(paths(made)) if digest else set()) == members
    assert b"secret" not in made.getvalue()


def test_headers_come_over_as_they_are() -> None:
    made = io.BytesIO()
    Flattening(
        [layer({"one": b"1" * 700, "two": LINK + b"one", "gone": b"x"}), layer({".wh.gone": b""})], frozenset()
    ).write(made)
    whole = layer({"one": b"1" * 700, "two": LINK + b"one"}).getvalue()
    assert whole.startswith(made.getvalue().rstrip(b"\0"))
