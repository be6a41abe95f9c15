"""A sh script followed on this host, under dash and busybox ash."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.script_trace import RecordingWatch, ThisHost, run

SCRIPT = """#!/bin/sh
echo one
f() {
  false
  echo in f
}
f
false
for i in 1 2; do
  if test $i = 2; then
    echo two
  fi
done
ls /nonexistent | cat >/dev/null
echo end
"""


@pytest.fixture(params=["dash", "busybox ash"])
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def test_statements_are_told_with_line_and_status(tmp_path: Path, shell: str) -> None:
    watch = RecordingWatch()
    result = await run(ThisHost(), SCRIPT, str(tmp_path), watch, f"{shell} {{path}}")
    assert result.stdout == b"one\nin f\ntwo\nend\n"
    assert result.status == 0
    told = [(told.line, told.text, told.status) for told in watch.commands]
    assert told == [
        (2, "echo one", 0),
        (3, "f() { ...", 0),
        (7, "f", 0),
        (4, "false", 1),
        (5, "echo in f", None),
        (8, "false", 1),
        (9, "for i in 1 2; do ...", 0),
        (10, "if test $i = 2; then ...", None),
        (10, "if test $i = 2; then ...", None),
        (11, "echo two", None),
        (14, "ls /nonexistent | cat >/dev/null", 0),
        (15, "echo end", 0),
    ]
    assert watch.reasons == ["exit codes inside a pipeline are not known in /bin/sh; use bash with pipefail"]
    assert watch.passed_over == [(8, "false", 1, "ignored")]
    assert [path.name for path in tmp_path.iterdir()] == ["script.sh"]
