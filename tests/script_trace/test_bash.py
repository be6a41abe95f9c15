"""A bash script followed on this host: what is told of it, and that it does not notice."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

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
        (3, "echo one", None),  # the definition after it would stand as 0, too
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


async def followed(script: str, place: Path) -> RecordingWatch:
    watch = RecordingWatch()
    await run(ThisHost(), "#!/bin/bash\n" + script, str(place), watch)
    return watch


async def test_a_debug_trap_of_its_own_ends_the_trace(tmp_path: Path) -> None:
    watch = await followed("echo one\ntrap 'echo debug' DEBUG\necho two\n", tmp_path)
    assert watch.told == [(2, "echo one"), (3, "trap 'echo debug' DEBUG")]
    assert watch.commands[1].status is None
    assert watch.reasons == ["", "the trace ends at line 3, where the script sets its own DEBUG trap"]


async def test_a_command_of_several_lines_stands_where_it_begins(tmp_path: Path) -> None:
    script = 'echo a \\\n  b \\\n  c\nx=$(\n  echo inner\n)\ncat <<E >/dev/null\nbody\nE\necho "$x\n"\n'
    watch = await followed(script, tmp_path)
    assert watch.told == [(2, "echo a ..."), (5, "x=$( ..."), (6, "echo inner"), (8, "cat"), (11, 'echo "$x ...')]


async def test_what_runs_in_a_trap_and_in_another_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "lib").write_text("false\necho in\n")
    watch = await followed(f"trap 'echo bye' EXIT\n. {tmp_path}/lib\necho one\n", tmp_path)
    assert [(told.line, told.text, told.label) for told in watch.commands] == [
        (2, "trap 'echo bye' EXIT", ""),
        (3, f". {tmp_path}/lib", ""),
        (1, "false", "in lib"),
        (2, "echo in", "in lib"),
        (4, "echo one", ""),
        (1, "...", "in trap"),
    ]
    assert watch.passed_over == []


async def test_a_background_command_and_a_loop_head_have_no_status(tmp_path: Path) -> None:
    watch = await followed("sleep 0 &\nfor i in 1; do\n  :\ndone\nwait\n", tmp_path)
    statuses = {told.text: told.status for told in watch.commands}
    assert statuses == {"sleep 0": None, "for i in 1": None, ":": 0, "wait": 0}


async def test_a_text_that_is_not_understood_is_told_all_the_same(tmp_path: Path) -> None:
    watch = await followed("echo one\ncat <<A; cat <<B\na\nA\nb\nB\nfalse\necho two\n", tmp_path)
    assert [text for _, text in watch.told if text.startswith("echo")] == ["echo one", "echo two"]
    assert "is not understood" in watch.reasons[0]
    assert watch.passed_over == []


async def test_too_many_commands_end_the_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["bakehouse.clients.script_trace.follow"], "MOST_BYTES", 10_000)
    watch = await followed("for ((i = 0; i < 2000; i++)); do :; done\n", tmp_path)
    assert watch.reasons == ["", "the trace ends here: there are too many commands"]
    assert len(watch.commands) < 2000
    assert [path.name for path in tmp_path.iterdir()] == ["script.sh"]


async def test_a_secret_is_not_cut(tmp_path: Path) -> None:
    secret = "s" * 300
    watch = await followed(f"echo {secret} >/dev/null\neval 'echo {secret} more'\n", tmp_path)
    texts = [text for _, text in watch.told]
    assert all(secret in text or "sss" not in text for text in texts)
