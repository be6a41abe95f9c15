"""What people see who type what cannot be: a golden file for each message."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch

GOLDEN = Path(__file__).parent / "golden"
ELSEWHERE = ("socket-of-another", "viewer-of-another-version")
"""Golden files of messages that need more than words: see test_build and test_verbs_of_a_run."""
CASES = {
    "no-verb": ([], 127),
    "unknown-verb": (["biuld", "app.pkr.hcl"], 127),
    "later-verb": (["init", "."], 127),
    "help-unknown-verb": (["help", "frob"], 127),
    "build-no-template": (["build"], 1),
    "build-two-templates": (["build", "a.pkr.hcl", "b.pkr.hcl"], 1),
    "unknown-flag": (["build", "-frce", "a.pkr.hcl"], 1),
    "later-flag": (["build", "-debug", "a.pkr.hcl"], 1),
    "machine-readable": (["build", "-machine-readable", "a.pkr.hcl"], 1),
    "on-error-unknown": (["build", "-on-error=panic", "a.pkr.hcl"], 1),
    "number-wanted": (["build", "-parallel-builds=two", "a.pkr.hcl"], 1),
    "bool-wanted": (["build", "-force=maybe", "a.pkr.hcl"], 1),
    "duration-wanted": (["build", "--hold", "soon", "a.pkr.hcl"], 1),
    "var-without-value": (["build", "-var", "x", "a.pkr.hcl"], 1),
    "var-without-name": (["build", "-var", "=x", "a.pkr.hcl"], 1),
    "flag-without-value": (["build", "a.pkr.hcl", "-var"], 1),
    "ui-unknown": (["build", "--ui=gui", "a.pkr.hcl"], 1),
    "tui-without-terminal": (["build", "--ui=tui", "a.pkr.hcl"], 1),
    "ctl-too-little": (["ctl", "7f3"], 1),
    "ctl-unknown-verb": (["ctl", "7f3", "docker", "frob"], 1),
    "ctl-verb-of-a-build": (["ctl", "7f3", "retry"], 1),
    "ctl-verb-of-a-run": (["ctl", "7f3", "docker", "stop"], 1),
    "ctl-no-run": (["ctl", "7f3", "stop"], 1),
    "attach-nothing-alive": (["attach"], 1),
    "attach-no-run": (["attach", "7f3"], 1),
    "shell-nothing": (["shell"], 1),
    "shell-no-terminal": (["shell", "7f3"], 1),
    "logs-no-run": (["logs", "7f3"], 1),
    "runs-none": (["runs"], 0),
    "runs-argument": (["runs", "7f3"], 1),
}


@pytest.fixture(autouse=True)
def nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    arguments, code = CASES[name]
    assert dispatch(arguments) == code
    shown = capfd.readouterr()
    assert shown.out + shown.err == (GOLDEN / f"{name}.txt").read_text()


def test_every_golden_file_is_used() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES) | set(ELSEWHERE)
