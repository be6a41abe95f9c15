"""`bakehouse console` where a program writes its input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BAKEHOUSE = [sys.executable, "-m", "bakehouse", "console"]


def piped(given: str, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BAKEHOUSE, *words], cwd=cwd, input=given, capture_output=True, text=True, timeout=60, check=False
    )


def test_from_a_pipe_only_the_last_value_is_printed(tmp_path: Path) -> None:
    done = piped("1\n\n2\n1 + 2\n", "-config-type=hcl2", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "3\n", "")


def test_from_a_pipe_the_first_mistake_is_the_end(tmp_path: Path) -> None:
    done = piped("1\nbad(\n3\n", "-config-type=hcl2", cwd=tmp_path)
    assert done.returncode == 1
    assert "<console-input>:1,4" in done.stdout
    assert "    1 | bad(\n" in done.stdout


def test_from_a_file_every_value_is_printed(tmp_path: Path) -> None:
    (tmp_path / "in").write_text('1\nbad(\n\n"two"\nexit\n4\n')
    (tmp_path / "a.pkr.hcl").write_text("")
    with open(tmp_path / "in") as given:
        done = subprocess.run(
            [*BAKEHOUSE, "."], cwd=tmp_path, stdin=given, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0
    assert done.stdout.startswith("1\nError: ")
    assert done.stdout.endswith("\ntwo\n")


def test_values_for_variables(tmp_path: Path) -> None:
    (tmp_path / "a.pkr.hcl").write_text('variable "v" { default = 1 }')
    (tmp_path / "v.pkrvars.hcl").write_text("v = 2")
    assert piped("var.v", "a.pkr.hcl", cwd=tmp_path).stdout == "1\n"
    assert piped("var.v", "-var-file=v.pkrvars.hcl", "a.pkr.hcl", cwd=tmp_path).stdout == "2\n"
    assert piped("var.v", "-var-file=v.pkrvars.hcl", "-var", "v=3", "a.pkr.hcl", cwd=tmp_path).stdout == "3\n"


def test_a_template_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.pkr.hcl").write_text("locals {\n  a = [\n}\n")
    done = piped("1", "a.pkr.hcl", cwd=tmp_path)
    assert (done.returncode, "a.pkr.hcl:3,1" in done.stdout) == (1, True)


def test_the_template_cannot_come_where_the_expressions_come(tmp_path: Path) -> None:
    done = piped("1", "-", cwd=tmp_path)
    assert done.returncode == 1
    assert "the template must be a file" in done.stderr
