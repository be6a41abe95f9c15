"""What people see who type what cannot be: a golden file for each message. WRITE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch

GOLDEN = Path(__file__).parent / "golden"
ELSEWHERE = ("socket-of-another", "viewer-of-another-version")
"""Golden files of messages that need more than words: see test_build and test_verbs_of_a_run."""
CASES = {
    "no-verb": ([], 127),
    "unknown-verb": (["biuld", "app.pkr.hcl"], 127),
    "help-unknown-verb": (["help", "frob"], 127),
    "build-no-template": (["build"], 1),
    "build-two-templates": (["build", "a.pkr.hcl", "b.pkr.hcl"], 1),
    "unknown-flag": (["build", "-frce", "a.pkr.hcl"], 1),
    "pause-without-hold": (["build", "-on-error=pause", "a.pkr.hcl"], 1),
    "pause-with-a-hold-of-zero": (["build", "-on-error=pause", "--hold=0s", "a.pkr.hcl"], 1),
    "break-unknown-step": (["build", "--break", "after:update", "null.pkr.hcl"], 1),
    "break-unknown-build": (["build", "--break", "db/setup", "null.pkr.hcl"], 1),
    "break-line-without-step": (["build", "--break", "null.pkr.hcl:1", "null.pkr.hcl"], 1),
    "break-no-regular-expression": (["build", "--break", "output~a(", "null.pkr.hcl"], 1),
    "break-no-condition": (["build", "--break", "exit>3", "null.pkr.hcl"], 1),
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


TEMPLATE = """source "null" "web" {
  communicator = "none"
}
build {
  sources = ["null.web"]
  provisioner "shell-local" {
    name   = "setup"
    inline = ["true"]
  }
  provisioner "shell-local" {
    name   = "update-packages"
    inline = ["true"]
  }
}
"""


@pytest.fixture(autouse=True)
def nothing_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "null.pkr.hcl").write_text(TEMPLATE)


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    arguments, code = CASES[name]
    assert dispatch(arguments) == code
    shown = capfd.readouterr()
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(shown.out + shown.err)
    assert shown.out + shown.err == golden.read_text()


def test_every_golden_file_is_used() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES) | set(ELSEWHERE)
