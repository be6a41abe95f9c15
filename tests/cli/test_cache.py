"""Real rootfs builds that start from each other's checkpoints, and `bakehouse cache`."""

from __future__ import annotations

import io
import json
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bakehouse.cli.cache import size
from bakehouse.cli.verbs import dispatch
from bakehouse.errors import UsageError
from support.faults import Fact, bakehouse, sane, watched

TEMPLATE = """
variable "word" { default = "one" }
variable "output" { default = "out.tar" }
source "rootfs" "web" { output = var.output }
build {
  sources = ["source.rootfs.web"]
  provisioner "shell" {
    name   = "first"
    inline = ["echo $$ > /first; sleep 0.1"]
  }
  provisioner "shell" {
    name   = "second"
    script = "second.sh"
  }
  provisioner "shell" {
    name   = "third"
    inline = ["echo ${var.word} > /third; cat /first /second > /all; sleep 0.1"]
  }
}
"""


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("state", "cache", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path / "work")
    Path("app.pkr.hcl").write_text(TEMPLATE)
    Path("second.sh").write_text("echo second > /second; sleep 0.1\n")
    return tmp_path / "work"


def build(*words: str) -> list[Fact]:
    """Its facts; it has succeeded."""
    with watched("--cache", "--checkpoints=each", "--force", *words, "app.pkr.hcl") as run:
        assert run.end() == 0, run.errors()
        return run.facts


def told(facts: list[Fact]) -> list[str]:
    bodies = [fact["body"] for fact in facts if fact["kind"] == "StepCached"]
    return ["hit" if body["hit"] else body["because"] for body in bodies]


def files(path: str = "out.tar") -> dict[str, str]:
    """The small files of an image, by name, of all its layers."""
    found: dict[str, str] = {}
    with tarfile.open(path) as archive:
        index = json.load(member(archive, "index.json"))
        manifest = json.load(member(archive, blob(index["manifests"][0])))
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=io.BytesIO(member(archive, blob(layer)).read())) as content:
                for entry in content:
                    if entry.isfile() and entry.size < 100:
                        found[entry.name] = member(content, entry.name).read().decode(errors="replace")
    return found


def blob(descriptor: dict[str, Any]) -> str:
    return "blobs/" + str(descriptor["digest"]).replace(":", "/")


def member(archive: tarfile.TarFile, name: str) -> Any:
    found = archive.extractfile(name)
    assert found is not None
    return found


@pytest.mark.needs("user-namespaces")
def test_a_second_build_runs_only_what_an_edit_touched(workshop: Path) -> None:
    assert told(build()) == ["never built here"] * 3
    before = files()
    again = build("-var", "word=two")
    assert told(again) == ["hit", "hit", "option inline changed"]
    after = files()
    assert after["third"] == "two\n"
    assert {name: before[name] for name in ("first", "second", "all")} == {
        name: after[name] for name in ("first", "second", "all")
    }
    Path("second.sh").write_text("echo other > /second\n")
    assert told(build("-var", "word=two")) == ["hit", "second.sh changed", "step 4 before it was a miss"]
    assert files()["all"] == before["first"] + "other\n"
    [artifact] = [fact["body"] for fact in again if fact["kind"] == "ArtifactMade"]
    assert artifact["metadata"]["from_cache"] is True
    assert not [name for name in files() if "bakehouse" in name]
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"


@pytest.mark.needs("user-namespaces")
def test_two_builds_at_once_share_the_cache(workshop: Path) -> None:
    build()
    with ThreadPoolExecutor(2) as pool:
        words = (("-var", f"word={n}", "-var", f"output=out{n}.tar") for n in range(2))
        both = list(pool.map(lambda each: build(*each), words))
    assert [told(facts)[:2] for facts in both] == [["hit", "hit"]] * 2
    assert [files(f"out{number}.tar")["third"] for number in range(2)] == ["0\n", "1\n"]


@pytest.mark.needs("user-namespaces")
def test_the_list_says_what_is_there_and_prune_takes_it_away(workshop: Path) -> None:
    build()
    shown = sane(bakehouse("cache", "list"))
    assert [line.split()[0] for line in shown.splitlines()] == ["BEFORE", "Stop", "third", "second", "3"]
    listed = [json.loads(line) for line in sane(bakehouse("cache", "list", "--json")).splitlines()]
    assert all(Path(entry["ref"]).is_dir() and not entry["busy"] for entry in listed)
    assert sane(bakehouse("cache", "prune")) == "There is nothing to remove.\n"
    pruned = bakehouse("cache", "prune", "--all", "--json")
    assert {json.loads(line)["name"] for line in pruned.stdout.splitlines()} == {entry["name"] for entry in listed}
    assert not any(Path(entry["ref"]).exists() for entry in listed)
    assert sane(bakehouse("cache", "list")) == "The cache is empty.\n"
    assert told(build())[0] == "there is no checkpoint after it"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("cache",), "takes one word, list or prune"),
        (("cache", "drop"), 'There is no "cache drop"'),
        (("cache", "prune", "--size=5X"), '"5X" is not a size'),
        (("cache", "prune", "--all", "--age=1h"), "-all keeps nothing"),
        (("build", "--no-cache", "--cache", "app.pkr.hcl"), "contradict each other"),
        (("build", "--no-cache", "--from=second", "app.pkr.hcl"), "-no-cache and -from contradict"),
        (("build", "--from=secnd", "app.pkr.hcl"), 'There is no step "secnd" to start from. Did you mean "second"?'),
        (("build", "--checkpoints=often", "app.pkr.hcl"), "is one of off, by-cost, each"),
    ],
)
def test_what_cannot_be_is_said(
    workshop: Path, capfd: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert dispatch(list(words)) == 1
    assert said in capfd.readouterr().err


def test_sizes_are_read_in_powers_of_ten() -> None:
    assert [size(text) for text in ("5G", "500mb", "0", "1.5k")] == [5 * 10**9, 5 * 10**8, 0, 1500]
    for text in ("", "G", "-1", "5GG", "inf"):
        with pytest.raises(UsageError):
            size(text)
