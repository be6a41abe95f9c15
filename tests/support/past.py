"""The record of a run that is over, on disk: what replay, logs and runs read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from bakehouse.record import events
from bakehouse.record.rundir import RunDirectory, RunInfo, runs_root
from support.scenes import Scene, paused


def past(run: str = "7f3x", make: Callable[[Path], Scene] = paused) -> RunDirectory:
    """A scene as a run of this test's state directory, its events in the order of time; nobody's engine is alive."""
    path = runs_root() / run
    path.mkdir()
    session = make(path).session
    info = RunInfo(run, "web.pkr.hcl", str(path), 1, session.facts[0].at, "0.1.0", "bakehouse", "abcde")
    (path / "run.json").write_bytes(msgspec.json.encode(info))
    write(path, sorted(session.facts, key=lambda fact: fact.at))
    return RunDirectory.open(path)


def write(path: Path, facts: list[events.Event]) -> None:
    """Events as the file of a run, numbered anew."""
    numbered = [msgspec.structs.replace(fact, seq=number) for number, fact in enumerate(facts, 1)]
    (path / "events.jsonl").write_bytes(b"".join(events.encode(fact) for fact in numbered))
