"""`bakehouse runs prune`: old records go, what may still be needed stays."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from bakehouse.cli import prune, runs
from bakehouse.errors import UsageError
from bakehouse.record import events
from bakehouse.record.ledger import Ledger
from bakehouse.record.rundir import RunDirectory, RunInfo, runs_root
from bakehouse.sdk import Resource


def over(name: str, started: int, *, size: int = 0, finished: bool = True) -> RunDirectory:
    """A run that is over, or lost."""
    path = runs_root() / name
    path.mkdir()
    info = RunInfo(name, "app.pkr.hcl", str(path), 1, started * events.NANOSECONDS, "0.1.0", "bakehouse", "abcde")
    (path / "run.json").write_bytes(msgspec.json.encode(info))
    body = events.RunFinished(0) if finished else events.RunStopping("clean")
    (path / "events.jsonl").write_bytes(events.encode(events.event(body, seq=1, at=started * events.NANOSECONDS)))
    if size:
        (path / "filler").write_bytes(b"x" * size)
    return RunDirectory.open(path)


def names() -> list[str]:
    return [run.run for run in RunDirectory.list()]


def test_the_newest_stay(capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(5):
        over(f"r{number}", 1000 + number)
    assert runs.main(["prune", "--keep", "2", "--dry-run"]) == 0
    assert "would remove r2" in capsys.readouterr().out and len(names()) == 5
    assert runs.main(["prune", "--keep", "2"]) == 0
    assert names() == ["r4", "r3"]
    said = capsys.readouterr().out
    assert (
        "removed r0" in said and said.splitlines()[-1].startswith("3 runs removed, ") and said.endswith("; 2 stay.\n")
    )
    assert not list(runs_root().glob(".*"))
    assert runs.main(["prune"]) == 0
    assert capsys.readouterr().out == "Nothing to remove; 2 stay.\n"


def test_what_takes_up_too_much_goes_the_oldest_first(capsys: pytest.CaptureFixture[str]) -> None:
    over("big", 1000, size=3_000_000)
    over("old", 1001, size=10)
    over("new", 1002, size=10)
    assert runs.main(["prune", "--size", "1MB"]) == 0
    assert names() == ["new", "old"]
    assert "3.0 MB" in capsys.readouterr().out


def test_alive_lost_and_held_runs_stay(tmp_path: Path) -> None:
    over("lost", 1000, finished=False)
    held = over("held", 1001)
    ledger = Ledger(held.ledger)
    ledger.note(Resource("builder:docker", "container", "c1", kept=True))
    ledger.close()
    over("gone", 1002)
    alive = RunDirectory.create("app.pkr.hcl", str(tmp_path))
    try:
        assert runs.main(["prune", "--keep", "0"]) == 0
        assert sorted(names()) == sorted([alive.run, "held", "lost"])
    finally:
        alive.close()


@pytest.mark.parametrize(
    ("words", "bytes_"), [("5GiB", 5 << 30), ("500 MB", 500_000_000), ("1.5kb", 1500), ("12", 12), ("0", 0)]
)
def test_sizes(words: str, bytes_: int) -> None:
    assert prune.size_of(words) == bytes_


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--size", "much"], '"much" is no size'),
        (["--keep", "-1"], "not negative"),
        (["--keep", "x"], "whole number"),
        (["7f3"], "takes no arguments"),
    ],
)
def test_bad_words_are_refused(arguments: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        runs.main(["prune", *arguments])


def test_evidence_that_is_there_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = over("r1", 1000)
    info = events.BuildInfo("001-web", "web", "docker", [])
    bundle = tmp_path / "bundle"
    facts = [
        events.event(events.PlanRevised(1, [info]), seq=1, at=1),
        events.event(events.EvidenceCollected("s", str(bundle)), seq=2, at=2, build="001-web"),
        events.event(events.RunFinished(1), seq=3, at=3),
    ]
    run.events.write_bytes(b"".join(events.encode(fact) for fact in facts))
    assert runs.main([]) == 0 and "evidence" not in capsys.readouterr().out
    bundle.mkdir()
    assert runs.main([]) == 0 and f"   evidence  {bundle}\n" in capsys.readouterr().out
    assert runs.main(["--json"]) == 0
    assert json.loads(capsys.readouterr().out)["evidence"] == [str(bundle)]
