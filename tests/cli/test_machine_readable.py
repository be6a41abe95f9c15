"""`-machine-readable`, for every verb and at every place of a command line: records that scripts split at commas."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch
from bakehouse.headless.machine_readable import escaped, record
from support.faults import COMMAND, bakehouse

TEMPLATE = """source "null" "x" {
  communicator = "none"
}
build {
  sources = ["null.x"]
  provisioner "shell-local" {
    inline = ["echo one, two; echo three >&2; %s"]
  }
}
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdout", sys.stdout)  # a verb that prints records replaces it
    Path("good.pkr.hcl").write_text(TEMPLATE % "true")
    Path("bad.pkr.hcl").write_text(TEMPLATE % "exit 7")
    Path("broken.pkr.hcl").write_text("build {\n")


def records(*words: str, code: int = 0) -> list[list[str]]:
    done = bakehouse(*words)
    assert done.returncode == code, done.stdout + done.stderr
    lines = [line.split(",") for line in done.stdout.splitlines()]
    assert all(re.fullmatch(r"\d{10}", line[0]) and len(line) >= 4 for line in lines), done.stdout
    return [line[1:] for line in lines]


def test_a_record_splits_at_its_commas_whatever_is_in_it() -> None:
    assert escaped("a, b\nc\r\n") == "a%!(PACKER_COMMA) b\\nc\\r\\n"
    assert record("web", "error", "a,b", at=5) == b"5,web,error,a%!(PACKER_COMMA)b\n"


@pytest.mark.parametrize("words", [("-machine-readable", "version"), ("version", "-machine-readable")])
def test_version(words: tuple[str, ...]) -> None:
    first, second, third, text = records(*words)
    assert first[:2] == ["", "version"]
    assert (second, third) == (["", "version-prelease", ""], ["", "version-commit", ""])
    assert text == ["", "ui", "say", f"Bakehouse v{first[2]}"]


def test_a_build_tells_its_lines_and_its_artifact() -> None:
    found = records("build", "good.pkr.hcl", "-machine-readable")
    assert ["", "ui", "say", "==> null.x: one%!(PACKER_COMMA) two"] in found
    assert ["", "ui", "error", "==> null.x: three"] in found
    assert ["", "ui", "say", r"\n==> Builds finished. The artifacts of successful builds are:"] in found
    begin = found.index(["null.x", "artifact-count", "1"])
    assert [line[1:4] for line in found[begin + 1 :][:5]] == [
        ["artifact", "0", kind] for kind in ("builder-id", "id", "string", "files-count", "end")
    ]


def test_a_failed_build_counts_its_errors() -> None:
    found = records("build", "-machine-readable", "bad.pkr.hcl", code=1)
    assert ["", "error-count", "1"] in found
    assert [line[:2] for line in found].count(["null.x", "error"]) == 1
    assert [line for line in found if line[1:3] == ["ui", "error"] and line[3].startswith("--> null.x: ")]


@pytest.mark.parametrize("verb", ["build", "validate", "inspect"])
def test_a_mistake_in_a_template_is_one_record(verb: str) -> None:
    ((_, kind, level, text),) = records(verb, "-machine-readable", "broken.pkr.hcl", code=1)
    assert (kind, level) == ("ui", "error")
    assert text.startswith(r"Error: Missing closing brace\n  broken.pkr.hcl:1%!(PACKER_COMMA)7\n")


def test_what_cannot_be_typed_is_a_record(capfd: pytest.CaptureFixture[str]) -> None:
    assert dispatch(["-machine-readable", "frob"]) == 127
    assert capfd.readouterr().out.splitlines()[0].endswith(',,ui,error,Error: There is no verb "frob".')


def test_every_verb_speaks_in_records() -> None:
    Path("ugly.pkr.hcl").write_text("locals{\na=1\n}\n")
    assert records("fmt", "-machine-readable", "-check", "ugly.pkr.hcl", code=3) == [["", "ui", "say", "ugly.pkr.hcl"]]
    assert records("validate", "good.pkr.hcl", "-machine-readable")[-1][2] == "say"
    assert ["", "ui", "say"] in [line[:3] for line in records("plugins", "-machine-readable", "installed")]
    assert records("-machine-readable", "build", code=1)[0][2] == "error"
    done = bakehouse("console", "-machine-readable", "--config-type=hcl2", stdin=None, input="[1, 2]\n")
    assert done.stdout.endswith(r",,ui,say,[\n  1%!(PACKER_COMMA)\n  2%!(PACKER_COMMA)\n]" + "\n")


def test_a_file_is_printed_as_it_is() -> None:
    done = bakehouse("fmt", "-machine-readable", "-", stdin=None, input="a=1\n")
    assert done.stdout == "a = 1\n"


def test_a_past_run_is_printed_as_records() -> None:
    bakehouse("build", "good.pkr.hcl")
    run = records("runs", "-machine-readable")[0][3].split()[1]
    assert ["", "ui", "error", "==> null.x: three"] in records("replay", "-machine-readable", run)
    assert any(line[3].endswith("one%!(PACKER_COMMA) two") for line in records("logs", "-machine-readable", run))


def test_a_pipe_that_closes_ends_the_run() -> None:
    Path("long.pkr.hcl").write_text(TEMPLATE % "for i in $(seq 600); do echo $i; sleep 0.1; done")
    reader, writer = os.pipe()
    words = [COMMAND, "build", "-machine-readable", "long.pkr.hcl"]
    with subprocess.Popen(words, stdout=writer, stderr=subprocess.PIPE, text=True) as process:
        os.close(writer)
        assert os.read(reader, 10)
        os.close(reader)
        assert process.wait(timeout=20) == 1
        assert process.stderr is not None
        assert "nobody reads it any more" in process.stderr.read()
