"""Scripts of odd shapes: what is told of them is so, or is not told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.odd_scripts import Odd, place_r, untrue
from support.script_trace import RecordingWatch, ThisHost, run

Found = list[tuple[int, str, int, str]]
CASES: dict[str, tuple[str, Found, list[tuple[str, int | None]]]] = {
    "a subshell that fails": (
        "r 0\n(cd /; r 2; false)\nr 0\n",
        [(2, "r 2", 2, "ignored"), (2, "(cd /; r 2; false)", 1, "ignored")],
        [("r 0", None), ("cd /", 0), ("r 2", 2), ("false", None), ("r 0", 0)],
    ),
    "a subshell that comes first": (
        "(r 0; exit 3) >/dev/null # why\n# why\nr 0\n",
        [(1, "(r 0; exit 3)", 3, "ignored")],
        [("r 0", 0), ("exit 3", None), ("r 0", 0)],
    ),
    "in a case": (
        "case a in\na)\n  r 0\n  ;;\nesac\n(r 3)\nr 0\n",
        [(6, "(r 3)", 3, "ignored")],
        [("case a in", None), ("r 0", None), ("r 3", None), ("r 0", 0)],
    ),
    "at the end": ("r 0\n(exit 3)\n", [], [("r 0", None), ("exit 3", None)]),
    "that is looked at": ("r 0\n(exit 3) || r 0\n! (exit 2)\nr 0\n", [], []),
    "before a pipe": ("(exit 2)\nr 0 | r 0\n:\n", [(1, "(exit 2)", 2, "ignored")], []),
    "in a function": ("f() {\n  (exit 2)\n  r 0\n}\nf || :\nf\n:\n", [(2, "(exit 2)", 2, "ignored")], []),
    "groups in a pipe": (
        "r 0\n{ r 1; } | (exit 2)\nr 0\n",
        [(2, "{ r 1; } | (exit 2)", 1, "pipe"), (2, "{ r 1; } | (exit 2)", 2, "ignored")],
        [("r 0", None), ("r 1", None), ("exit 2", None), ("r 0", 0)],
    ),
    "twice the same on a line": (
        "r 0 | r 0\nr 2 | r 2\n:\n",
        [(2, "r 2 | r 2", 2, "pipe"), (2, "r 2 | r 2", 2, "ignored")],
        [("r 0", 0), ("r 0", 0), ("r 2", 2), ("r 2", 2), (":", 0)],
    ),
    "the condition of a loop": (
        "until r 0; do\n  :\ndone\nuntil r 1; do\n  (exit 3)\n  break\ndone\nr 0\n",
        [(5, "(exit 3)", 3, "ignored")],
        [("r 0", None), ("r 1", None), ("exit 3", None), ("break", 0), ("r 0", 0)],
    ),
    "a definition after a failure": ("r 2\nf() { :; }\nr 0\n", [], [("r 2", None), ("r 0", 0)]),
    "a definition after a call": (
        "g() { r 2; }\ng\nf() { :; }\nr 0\n",
        [],
        [("g", None), ("r 2", None), ("r 0", 0)],
    ),
    "a subshell after a call": (
        "g() { r 2; }\ng\n(exit 3)\nr 0\n",
        [(3, "(exit 3)", 3, "ignored")],
        [("g", None), ("r 2", None), ("exit 3", None), ("r 0", 0)],
    ),
    "a job in a branch": ("if r 0; then\n  r 2 &\n  wait\nfi\n", [], [("r 0", 0), ("r 2", None), ("wait", 0)]),
    "a job after a failure": ("r 2\n{ r 0; } &\nwait\n", [], []),
    "an EXIT trap": ("trap 'r 0' EXIT\nexit 3\n", [], [("trap 'r 0' EXIT", 0), ("exit 3", 3), ("...", None)]),
}


def host(directory: Path) -> ThisHost:
    place_r(directory)
    return ThisHost({"PATH": f"{directory}:{os.environ['PATH']}", "LC_ALL": "C"})


@pytest.mark.parametrize("name", CASES)
async def test_in_bash(name: str, tmp_path: Path) -> None:
    script, expected, told = CASES[name]
    watch = RecordingWatch()
    await run(host(tmp_path), script, str(tmp_path), watch, "bash {path}")
    assert watch.passed_over == expected
    if told:
        assert {(command.text, command.status) for command in watch.commands} == set(told)


@pytest.mark.parametrize("shell", ["bash", "dash", "busybox sh"])
@pytest.mark.parametrize("seeds", [range(8), range(8, 16), range(88, 96)])
async def test_of_random_scripts_nothing_untrue_is_told(shell: str, seeds: range, tmp_path: Path) -> None:
    known = 0
    for seed in seeds:
        script, watch = Odd(seed, bash=shell == "bash").script(), RecordingWatch()
        await run(host(tmp_path), script, str(tmp_path), watch, f"{shell} {{path}}")
        assert untrue(script, watch) == [], f"seed {seed}\n{script}"
        known += sum(command.status is not None for command in watch.commands)
    assert known > 20


@pytest.mark.parametrize("shell", ["dash", "busybox sh"])
async def test_in_sh(shell: str, tmp_path: Path) -> None:
    watch = RecordingWatch()
    await run(host(tmp_path), "r 0\n(r 0; exit 2)\nr 3 &\nwait\nr 0\n", str(tmp_path), watch, f"{shell} {{path}}")
    assert watch.passed_over == [(2, "(r 0; exit 2)", 2, "ignored")]
    told = [(command.text, command.status) for command in watch.commands]
    assert told == [
        ("r 0", 0),
        ("(r 0; exit 2)", 2),
        ("r 0", 0),
        ("exit 2", None),
        ("r 3", None),
        ("wait", 0),
        ("r 0", 0),
    ]


async def test_the_time_of_a_subshell_is_not_that_of_the_command_before_it(tmp_path: Path) -> None:
    watch = RecordingWatch()
    await run(host(tmp_path), "r 0\n(sleep 0.5; :)\nr 0\n", str(tmp_path), watch, "bash {path}")
    assert watch.commands[0].seconds < 0.4 < watch.commands[1].seconds
