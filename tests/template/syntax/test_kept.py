"""Trees of files that were parsed before: the same tree without the parser, and never a wrong one."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.syntax import kept, parse
from bakehouse.template.syntax.tree import Body, SourceFile

TEXT = (
    "".join(f'source "null" "s{number}" {{\n  text = "${{upper("é")}}-{number}.5"\n}}\n' for number in range(20))
    + "locals {\n  a = [for x in [1, 2.5, 1e30] : x if x > 1]\n  b = <<-E\n    x\n  E\n}\n"
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where trees are kept: nothing is there yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "bakehouse" / "parsed"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that the parser saw."""
    seen: list[str] = []
    real = parse._parse

    def noting(source: SourceFile, kind: str, start: str) -> object:
        seen.append(source.name)
        return real(source, kind, start)

    monkeypatch.setattr(parse, "_parse", noting)
    return seen


def test_a_file_that_did_not_change_is_parsed_once(parsed: list[str]) -> None:
    first, second = _read("a"), _read("a")

    assert parsed == ["a"]
    assert _everything(second) == _everything(first)


def test_the_places_are_those_of_the_file_that_is_read_now(parsed: list[str]) -> None:
    _read("a")
    blocks = _read("b").blocks

    assert parsed == ["a"]
    assert blocks[-1].range.location.file == "b"
    assert blocks[1].range.text == 'source "null" "s1"'
    assert blocks[1].range.line == 4


def test_another_text_is_another_tree(parsed: list[str]) -> None:
    _read("a")

    assert len(parse.parse_file(SourceFile("a", TEXT + "b {}\n")).blocks) == 22
    assert parsed == ["a", "a"]


def test_a_file_with_mistakes_is_not_kept(place: Path) -> None:
    for _ in range(2):
        with pytest.raises(TemplateError):
            parse.parse_file(SourceFile("a", TEXT + "b = = 1\n"))
    assert not place.exists()


@pytest.mark.parametrize("damage", [b"", b"x" * 10, b"x" * 5000])
def test_a_damaged_tree_is_not_used(damage: bytes, place: Path, parsed: list[str]) -> None:
    first = _read("a")
    _only(place).write_bytes(damage)

    assert _everything(_read("a")) == _everything(first)
    assert parsed == ["a", "a"]


def test_a_tree_that_others_may_write_is_not_used(place: Path, parsed: list[str]) -> None:
    _read("a")
    _only(place).chmod(0o666)
    _read("a")

    assert parsed == ["a", "a"]


def test_nothing_but_nodes_is_made_of_what_was_kept(place: Path, tmp_path: Path, parsed: list[str]) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "trap"),)

    _read("a")
    data = pickle.dumps(Trap())
    _only(place).write_bytes(kept._digest(data) + data)
    _read("a")

    assert parsed == ["a", "a"]
    assert not (tmp_path / "trap").exists()


def test_what_is_kept_is_private(place: Path) -> None:
    _read("a")

    assert [path.stat().st_mode & 0o777 for path in (place.parent, place, _only(place))] == [0o700, 0o700, 0o600]


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "bakehouse").write_text("a file where the directory would be")

    assert _read("a") == _read("a")


@pytest.mark.needs("root")
def test_nothing_is_put_into_the_cache_of_another_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    _read("a")

    assert not list(tmp_path.iterdir())


def test_the_older_half_goes_when_there_are_too_many(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_KEPT", 4)
    for number in range(5):
        parse.parse_file(SourceFile("a", TEXT + f"n = {number}\n"))
    assert len(list(place.iterdir())) == 3


def _read(name: str) -> Body:
    return parse.parse_file(SourceFile(name, TEXT))


def _only(place: Path) -> Path:
    [path] = place.iterdir()
    return path


def _everything(node: object) -> object:
    """A tree with all its places, for == leaves them out."""
    if isinstance(node, dict):
        return {name: _everything(value) for name, value in node.items()}
    if isinstance(node, tuple):
        return tuple(map(_everything, node))
    fields = getattr(node, "__struct_fields__", None)
    return node if fields is None else (type(node), *(_everything(getattr(node, name)) for name in fields))
