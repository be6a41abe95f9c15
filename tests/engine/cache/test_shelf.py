"""The list of checkpoints, shared by processes: holding, putting, taking away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bakehouse.engine.cache.key import Keyed, installed_key
from bakehouse.engine.cache.memory import Memory, Parts, Remembered, changed
from bakehouse.engine.cache.prune import prune, take
from bakehouse.engine.cache.shelf import Entry, Shelf
from bakehouse.record.rundir import state_root
from support.kitchen import Kitchen

PLACE = "bakehouse-x-1-001-web-checkpoint-{}"


def entry(id: str, size: int = 10) -> Entry:
    """The entry of a checkpoint of the cellar, which is there."""
    name = PLACE.format(id)
    place = Path(os.environ["XDG_CACHE_HOME"], "cellar", name)
    place.mkdir(parents=True, exist_ok=True)
    return Entry(id, "cellar", name, str(place), "/a.pkr.hcl", "web", "step", "run", time.time_ns(), size)


def put(shelf: Shelf, id: str, size: int = 10, age: float = 0.0) -> Entry:
    made = entry(id, size)
    held = shelf.put(made)
    assert held is not None
    held.release()
    used = time.time() - age
    os.utime(shelf.root / f"{id}.json", (used, used))
    return made


def ids(shelf: Shelf) -> list[str]:
    return [listed.entry.id for listed in shelf.entries()]


def test_an_entry_is_put_once_and_found(kitchen: Kitchen) -> None:
    shelf = Shelf()
    assert shelf.hold("a") is None
    made = entry("a")
    first = shelf.put(made)
    assert first is not None
    assert shelf.put(entry("a")) is None
    other = shelf.hold("a")
    assert other is not None
    assert other.entry == made
    assert shelf.knows("cellar", made.name)
    assert not shelf.knows("docker", made.name)
    assert not list(shelf.root.glob(".new-*"))


async def test_what_is_held_is_not_taken_away(kitchen: Kitchen) -> None:
    shelf = Shelf()
    made = put(shelf, "a")
    one, two = shelf.hold("a"), shelf.hold("a")
    assert one is not None
    assert two is not None
    one.release()
    assert await take(shelf, made) is None
    assert shelf.entries()[0].busy
    two.release()
    assert await take(shelf, made) == ""
    assert not ids(shelf)
    assert not Path(made.ref).exists()
    assert not list(shelf.root.glob("a.*"))


async def test_pruning_takes_the_old_and_then_the_longest_unused(kitchen: Kitchen) -> None:
    shelf = Shelf()
    for id, age in (("new", 1), ("held", 50), ("mid", 20), ("old", 30), ("ancient", 1000)):
        put(shelf, id, 10, age)
    held = shelf.hold("held")
    done = await prune(shelf, largest=25, oldest=500)
    assert sorted(gone.id for gone, error in done if not error) == ["ancient", "old"]
    assert ids(shelf) == ["new", "mid", "held"]
    assert held is not None
    held.release()
    await prune(shelf, largest=0, oldest=500)
    assert not ids(shelf)


async def test_what_cannot_be_removed_stays_listed(kitchen: Kitchen) -> None:
    shelf = Shelf()
    made = put(shelf, "a")
    os.rename(shelf.root / "a.json", shelf.root / "a.tmp")
    shelf.root.joinpath("a.json").write_bytes((shelf.root / "a.tmp").read_bytes().replace(b'"cellar"', b'"nobody"'))
    broken = shelf.entries()[0].entry
    error = await take(shelf, broken)
    assert error is not None
    assert "nobody" in error
    assert ids(shelf) == ["a"]
    assert Path(made.ref).is_dir()


def test_a_torn_entry_is_passed_over(kitchen: Kitchen) -> None:
    shelf = Shelf()
    put(shelf, "a")
    (shelf.root / "b.json").write_bytes(b'{"id": "b", "bui')
    (shelf.root / "a.json").rename(shelf.root / "c.json")
    assert not ids(shelf)
    assert shelf.hold("b") is None


OTHER = """
import sys
from bakehouse.engine.cache.shelf import Shelf
held = Shelf().hold("a")
print("held" if held else "none", flush=True)
sys.stdin.read()
"""


async def test_another_process_holds_it_until_it_ends_however_it_ends(kitchen: Kitchen) -> None:
    shelf = Shelf()
    made = put(shelf, "a")
    with subprocess.Popen([sys.executable, "-c", OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert await take(shelf, made) is None
        other.kill()
        other.wait()
    assert await take(shelf, made) == ""


def test_the_key_is_private_and_stays(kitchen: Kitchen) -> None:
    first = installed_key().digest("a", "b")
    assert (state_root() / "checkpoint-key").stat().st_mode & 0o777 == 0o600
    assert installed_key().digest("a", "b") == first
    assert Keyed(b"x" * 32).digest("a", "b") != first
    assert installed_key().digest("ab", "") != first


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"option a": "1"}, {"option a": "1"}, ""),
        ({"option a": "1"}, {"option a": "2"}, "option a changed"),
        ({"option a": "1"}, {}, "option a changed"),
        ({"file x.sh": "1"}, {"file x.sh": "2"}, "x.sh changed"),
        (dict.fromkeys("abcde", "1"), dict.fromkeys("abcde", "2"), "a, b, c and 2 more changed"),
    ],
)
def test_what_changed_is_named(before: dict[str, str], now: dict[str, str], said: str) -> None:
    assert changed(Parts(before), Parts(now)) == said


def test_a_file_that_an_option_reads_is_named_instead_of_the_option() -> None:
    reads = {"option inline": ["x.tpl"]}
    before = Parts({"option inline": "1", "file x.tpl": "1"}, reads=reads)
    assert changed(before, Parts({"option inline": "2", "file x.tpl": "2"}, reads=reads)) == "x.tpl changed"
    assert changed(before, Parts({"option inline": "2", "file x.tpl": "1"}, reads=reads)) == "option inline changed"


def test_memory_survives_and_a_torn_one_is_none(tmp_path: Path) -> None:
    memory = Memory(steps={"a": Remembered(Parts({"x": "1"}), "d", ok=True)})
    memory.write(tmp_path / "m.json")
    assert Memory.read(tmp_path / "m.json") == memory
    (tmp_path / "m.json").write_bytes(b"{")
    assert Memory.read(tmp_path / "m.json") == Memory()
