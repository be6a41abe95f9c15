"""Which failures are pointed out, and which are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.script_trace import RecordingWatch, ThisHost, run

Found = list[tuple[int, str, int, str]]
CASES: dict[str, tuple[str, Found]] = {
    "ignored": ("false\n:\n", [(2, "false", 1, "ignored")]),
    "the last one decides the script": (":\n(exit 3)\n", []),
    "its own status": ("sh -c 'exit 7'\n:\n", [(2, "sh -c 'exit 7'", 7, "ignored")]),
    "hidden by a pipe": ("false | cat\n:\n", [(2, "false | cat", 1, "pipe")]),
    "hidden by a pipe into a file": ("false | cat >/dev/null\n:\n", [(2, "false | cat", 1, "pipe")]),
    "the last of a pipe": ("true | false\n:\n", [(2, "true | false", 1, "ignored")]),
    "a pipe into a loop": (
        "false | while read x; do :; done\n:\n",
        [(2, "false | while read x; do :; done", 1, "pipe")],
    ),
    "a reader that has enough": ("yes | head -n 1\n:\n", [(2, "yes | head -n 1", 141, "note")]),
    "a pipe in a condition": ("if false | true; then :; fi\n:\n", [(2, "false | true", 1, "note")]),
    "|| true": ("false || true\n:\n", []),
    "left of &&": ("false && :\n:\n", []),
    "right of &&": ("true && false\n:\n", [(2, "false", 1, "ignored")]),
    "turned around": ("! true\n:\n! false\n:\n", []),
    "a condition": (
        "if false; then :; elif false; then :; fi\nwhile false; do :; done\nuntil true; do :; done\n:\n",
        [],
    ),
    "a test alone": ("[ -e /nonexistent ]\n:\n", [(2, "[ -e /nonexistent ]", 1, "ignored")]),
    "a count": ("i=0\n((i++))\nlet i=0\n:\n", []),
    "after a background job": ("false &\n:\nwait\n:\n", []),
    "a pipe before a background job": ("true\nfalse | true\nsleep 0 &\n:\n", [(3, "false | true", 1, "pipe")]),
    "in a function": ("f() {\n  false\n  :\n}\nf\n:\n", [(3, "false", 1, "ignored")]),
    "in a function that is looked at": ("f() {\n  false\n  :\n}\nf || :\nif f; then :; fi\nf | cat\n:\n", []),
    "through two functions": ("g() { false; :; }\nf() { g; }\nf || :\nf\n:\n", [(2, "false", 1, "ignored")]),
    "the last of a function": ("f() { false; }\nf\n:\n", [(3, "f", 1, "ignored")]),
    "a return": ("f() { return 3; }\nf\n:\nf || :\n:\n", [(3, "f", 3, "ignored")]),
    "each once": ("for i in 1 2 3; do\n  false\n  :\ndone\n:\n", [(3, "false", 1, "ignored")]),
    "a loop over a substitution": ("true\nfor i in $(false); do :; done\n:\n", []),
    "a subshell": ("(false; :)\n:\n", [(2, "false", 1, "ignored")]),
    "a substitution": ("x=$(false; :)\n:\n", []),
    "an assignment": ("x=$(false)\n:\n", [(2, "x=$(false)", 1, "ignored")]),
    "set -e": ("set -e\nfalse\n:\n", []),
    "set -e and an EXIT trap": ("set -e\ntrap 'echo bye' EXIT\nfalse\n:\n", []),
    "an ERR trap": ("trap 'echo failed' ERR\nfalse\n:\n", [(3, "false", 1, "ignored")]),
    "set -e and an ERR trap": ("set -eE\ntrap 'echo failed' ERR\nfalse\n:\n", []),
    "several lines": ("ls \\\n  /nonexistent \\\n  2>/dev/null\n:\n", [(2, "ls ...", 2, "ignored")]),
    "a here-document": (
        "cat - /nonexistent 2>/dev/null <<E >/dev/null\none\nE\n:\n",
        [(2, "cat - /nonexistent", 1, "ignored")],
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_in_bash(name: str, tmp_path: Path) -> None:
    script, expected = CASES[name]
    watch = RecordingWatch()
    await run(ThisHost(), "#!/bin/bash\n" + script, str(tmp_path), watch)
    assert watch.is_traced
    assert watch.passed_over == expected
