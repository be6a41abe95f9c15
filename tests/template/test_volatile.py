"""Which options come from functions that give another value each time, and from which files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.template.functions import FUNCTIONS
from bakehouse.template.volatile import ASKING, MOVING
from support.templates import NULL, build_of, write

LOCALS = """
locals {
  now   = timestamp()
  stamp = "x-${local.now}"
  fixed = "y"
}
"""


@pytest.mark.parametrize(
    ("expression", "moving"),
    [
        ('"echo"', []),
        ('"echo timestamp()"', []),
        ('"echo ${timestamp()}"', ["timestamp"]),
        ('"${upper(uuidv4())} ${timestamp()}"', ["timestamp", "uuidv4"]),
        ("local.stamp", ["timestamp"]),
        ("local.fixed", []),
        ('join(",", [for x in ["a"] : "${x}${local.now}"])', ["timestamp"]),
        ("jsonencode(local)", ["timestamp"]),
        ('"{{ timestamp }} {{ uuid }} {{ upper `timestamp` }}"', ["timestamp", "uuid"]),
        ('"{{ build_name }} timestamp"', []),
        ('"{{ timestamp }} ${build.ID}"', ["timestamp"]),
    ],
)
def test_functions_are_found_also_behind_locals(tmp_path: Path, expression: str, moving: list[str]) -> None:
    text = f"""{LOCALS}{NULL}
build {{
  sources = ["source.null.x"]
  provisioner "shell-local" {{
    inline = [{expression}]
  }}
}}
"""
    assert build_of(tmp_path, text).steps[0].options["inline"].moving == moving


def test_the_moving_functions_are_those_that_are_declared_volatile() -> None:
    assert {name for name, function in FUNCTIONS.items() if function.volatile} - ASKING == MOVING


def test_files_that_an_option_reads_are_known(tmp_path: Path) -> None:
    write(tmp_path, **{"x.txt": "hello", "y.tpl": "$" + "{a}"})
    text = f"""{NULL}
build {{
  sources = ["source.null.x"]
  provisioner "shell-local" {{
    inline = [file("x.txt"), templatefile("y.tpl", {{ a = 1 }})]
  }}
}}
"""
    found = build_of(tmp_path, text).steps[0].options["inline"].reads
    assert found == [str(tmp_path / "x.txt"), str(tmp_path / "y.tpl")]
