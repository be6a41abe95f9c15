"""The line with which a run says what earlier ones have left."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.cli.left import left_by_earlier_runs
from bakehouse.record.ledger import Ledger
from bakehouse.record.rundir import RunDirectory
from bakehouse.sdk import Resource


def leave(names: list[str], *, kept: bool = False, alive: bool = False) -> RunDirectory:
    directory = RunDirectory.create("app.pkr.hcl", "/")
    ledger = Ledger(directory.ledger)
    for name in names:
        ledger.note(Resource("builder:docker", "container", name, kept=kept))
    ledger.close()
    if not alive:
        directory.close()
    return directory


def test_nothing_left_is_not_worth_a_word() -> None:
    leave(["kept"], kept=True)
    running = leave(["mine"], alive=True)
    assert left_by_earlier_runs() == ""
    running.close()


def test_what_is_left_is_said_in_one_line() -> None:
    leave(["a"])
    assert left_by_earlier_runs() == (
        "An earlier run left 1 thing behind. bakehouse gc --dry-run lists, bakehouse gc removes."
    )
    leave(["b", "c"])
    assert left_by_earlier_runs().startswith("2 earlier runs left 3 things behind.")


def test_a_state_directory_that_cannot_be_read_stops_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert left_by_earlier_runs() == ""
