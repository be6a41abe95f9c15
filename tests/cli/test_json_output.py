"""`--json` of verbs that run nothing: one object, whose names are agreed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bakehouse.cli.verbs import dispatch

TEMPLATE = """variable "size" { default = "big" }
variable "password" {
  default   = "hunter22"
  sensitive = true
}
variable "needed" { type = string }
locals { sum = var.size + 1 }
data "null" "d" { input = "x" }
source "null" "x" { communicator = "none" }
build {
  name    = "b"
  sources = ["null.x"]
  provisioner "shell-local" { inline = ["echo ${var.password}"] }
}
"""
LEGACY = """{"description": "old", "variables": {"a": null, "b": "c"}, "builders": [{"type": "null", "name": "n"}]}"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.pkr.hcl").write_text(TEMPLATE)
    Path("a.json").write_text(LEGACY)


def printed(capfd: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert dispatch(list(words)) == code
    (line,) = capfd.readouterr().out.splitlines()
    return json.loads(line)


def test_validate_gives_every_problem_its_place(capfd: pytest.CaptureFixture[str]) -> None:
    found = printed(capfd, "validate", "--json", "-var", "needed=1", "a.pkr.hcl", code=1)
    assert (found["template"], found["valid"]) == ("a.pkr.hcl", False)
    (problem,) = [each for each in found["problems"] if each["severity"] == "error"]
    assert problem["place"] == {"file": "a.pkr.hcl", "line": 7, "column": 16, "end_line": 7, "end_column": 24}
    assert problem["values"] == ['var.size is "big"']
    assert problem["source"] == "locals { sum = var.size + 1 }"


def test_validate_of_a_good_template(capfd: pytest.CaptureFixture[str]) -> None:
    found = printed(capfd, "validate", "--json", "-syntax-only", "a.pkr.hcl")
    assert found == {"template": "a.pkr.hcl", "valid": True, "problems": []}


def test_inspect_tells_what_there_is_and_no_secret(capfd: pytest.CaptureFixture[str]) -> None:
    found = printed(capfd, "inspect", "--json", "a.pkr.hcl")
    values = {each["name"]: (each["value"], each["required"]) for each in found["variables"]}
    assert values == {"needed": (None, True), "password": ("<sensitive>", False), "size": ("big", False)}
    assert found["locals"] == [{"name": "sum", "value": None, "sensitive": False}]
    assert found["data_sources"] == [{"type": "null", "name": "d"}]
    assert found["builds"][0]["sources"] == [{"type": "null", "name": "x"}]


def test_inspect_of_a_legacy_template(capfd: pytest.CaptureFixture[str]) -> None:
    found = printed(capfd, "inspect", "--json", "a.json")
    assert (found["kind"], found["description"]) == ("json", "old")
    assert [(each["name"], each["value"], each["required"]) for each in found["variables"]] == [
        ("a", None, True),
        ("b", "c", False),
    ]


def test_the_text_of_a_legacy_template_is_packers(capfd: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["inspect", "a.json"]) == 0
    assert capfd.readouterr().out.startswith(
        "Packer Inspect: JSON mode\nDescription:\n\nold\n\nRequired variables:\n\n  a\n\n"
        "Optional variables and their defaults:\n\n  b = c\n\nBuilders:\n\n  n (null)\n\nProvisioners:\n\n"
    )


def test_version(capfd: pytest.CaptureFixture[str]) -> None:
    assert set(printed(capfd, "version", "--json")) == {"name", "version", "follows"}
