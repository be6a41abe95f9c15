"""A secret in the name of a file: nobody sees it, and the file is found again all the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

TEMPLATE = """
variable "pw" {
  default   = "topsecretpw"
  sensitive = true
}
source "file" "f" {
  content = "x"
  target  = "out-${var.pw}.txt"
}
build {
  sources = ["file.f"]
}
"""


def test_a_file_named_by_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "a.pkr.hcl").write_text(TEMPLATE)
    command = [sys.executable, "-m", "bakehouse", "build", "--json", "a.pkr.hcl"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert (tmp_path / "out-topsecretpw.txt").exists()
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    names = {
        kind: [fact["body"]["name"] for fact in facts if fact["kind"] == kind]
        for kind in ("ResourceClaimed", "ResourceGone")
    }
    assert names["ResourceClaimed"] and names["ResourceClaimed"] == names["ResourceGone"]
    assert "topsecretpw" not in done.stdout + done.stderr
    (events,) = (tmp_path / "state").rglob("events.jsonl")
    assert "topsecretpw" not in events.read_text()
    (ledger,) = (tmp_path / "state").rglob("ledger.jsonl")
    assert "topsecretpw" in ledger.read_text() and not ledger.stat().st_mode & 0o077
