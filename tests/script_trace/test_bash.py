"""A bash script followed on this host: what is told of it, and that it does not notice."""

from __future__ import annotations

from pathlib import Path

from support.script_trace import RecordingWatch, ThisHost, run

SCRIPT = """#!/bin/bash
set -u
echo one
f() {
  false
  echo in f
}
f
ls /nonexistent |
  cat >/dev/null
echo end
"""


async def test_commands_are_told_with_line_and_status(tmp_path: Path) -> None:
    watch = RecordingWatch()
    result = await run(ThisHost(), SCRIPT, str(tmp_path), watch)
    assert result.stdout == b"one\nin f\nend\n"
    assert result.status == 0
    assert [(told.line, told.text, told.status) for told in watch.commands] == [
        (2, "set -u", 0),
        (3, "echo one", 0),
        (8, "f", 0),
        (5, "false", 1),
        (6, "echo in f", 0),
        (9, "ls /nonexistent", 2),
        (10, "cat", 0),
        (11, "echo end", 0),
    ]
    assert watch.is_traced
    assert watch.passed_over == [
        (5, "false", 1, "ignored"),
        (9, "ls /nonexistent | ...", 2, "pipe"),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["script.sh"]
