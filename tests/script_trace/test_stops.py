"""Stopping before a line of a script, and going on."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakehouse.sdk import StopAnswer
from support.script_cases import SH
from support.script_trace import RecordingWatch, Result, ThisHost, run

SHELLS = ("bash", *SH)
SCRIPT = """set -u
f() {
  echo in $1
}
for i in 1 2; do
  f $i
done
(
  echo sub
)
echo piped | sed s/p/P/
x=$(f 3)
echo "$x"
trap 'echo bye' EXIT
echo end \\
  of it
"""


@pytest.fixture
def place() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="bakehouse-tests-"))
    yield directory
    shutil.rmtree(directory)


async def both(script: str, place: Path, watch: RecordingWatch, shell: str) -> Result:
    """The result of the followed run, which must be that of a plain one."""
    plain = await run(ThisHost(), script, str(place), None, f"{shell} {{path}}")
    followed = await run(ThisHost(), script, str(place), watch, f"{shell} {{path}}")
    assert followed == plain
    assert os.listdir(place) == ["script.sh"]
    return followed


@pytest.mark.parametrize("shell", SHELLS)
async def test_a_line_in_a_function_stops_each_time(place: Path, shell: str) -> None:
    watch = RecordingWatch(lines=frozenset({3}))
    await both(SCRIPT, place, watch, shell)
    stood = [(3, "echo in $1")] * 2
    assert watch.stood == [*stood, stood[0]]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("line", "text"), [(9, "echo sub"), (16, "echo end ..."), (12, "x=$(f 3)")])
async def test_a_line_anywhere_stops(place: Path, shell: str, line: int, text: str) -> None:
    watch = RecordingWatch(lines=frozenset({line}))
    await both(SCRIPT, place, watch, shell)
    assert watch.stood == [(15 if line == 16 else line, text)]


@pytest.mark.parametrize("shell", SHELLS)
async def test_stepping_from_line_to_line(place: Path, shell: str) -> None:
    watch = RecordingWatch(lines=None, answers=["next"] * 100)
    await both(SCRIPT, place, watch, shell)
    lines = [line for line, _ in watch.stood]
    assert lines[:2] == [1, 5] if shell == "bash" else lines[:3] == [1, 2, 5]
    assert {3, 6, 9, 11, 12, 13, 14, 15} <= set(lines)


@pytest.mark.parametrize("shell", SHELLS)
async def test_a_breakpoint_set_while_it_runs(place: Path, shell: str) -> None:
    watch = RecordingWatch()
    script = f"echo one\nwhile [ ! -e {place}/go ]; do\n  sleep 0.05\ndone\nrm {place}/go\necho end\n"
    running = asyncio.ensure_future(run(ThisHost(), script, str(place), watch, f"{shell} {{path}}"))  # noqa: TID251
    while len(watch.commands) < 3:
        await asyncio.sleep(0.02)
    watch.set_lines(frozenset({6}))
    while not list(place.glob("bakehouse-trace-*/armed")):
        await asyncio.sleep(0.02)
    (place / "go").touch()
    result = await running
    assert result.stdout == b"one\nend\n"
    assert watch.stood == [(6, "echo end")]


@pytest.mark.parametrize("shell", SHELLS)
async def test_nobody_is_left_to_answer(place: Path, shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The beats end, as they do with the engine: the script goes on by itself."""
    watch = RecordingWatch(lines=frozenset({2}), hangs=True)
    monkeypatch.setattr("bakehouse.clients.script_trace.stops.BEAT", 3600.0)
    began = time.monotonic()
    result = await run(ThisHost(), "echo one\necho two\n", str(place), watch, f"{shell} {{path}}")
    assert (result.status, result.stdout) == (0, b"one\ntwo\n")
    assert watch.stood == [(2, "echo two")]
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("shell", SHELLS)
async def test_cancelling_while_it_stands(place: Path, shell: str) -> None:
    watch = RecordingWatch(lines=frozenset({2}), hangs=True)
    running = asyncio.ensure_future(  # noqa: TID251
        run(
            ThisHost(),
            f"trap 'echo ended >{place}/ended; exit 7' TERM\necho two\n",
            str(place),
            watch,
            f"{shell} {{path}}",
        )
    )
    await watch.standing.wait()
    began = time.monotonic()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert time.monotonic() - began < 2
    while not (place / "ended").exists():
        await asyncio.sleep(0.02)
    assert sorted(os.listdir(place)) == ["ended", "script.sh"]


async def test_skipping_leaves_a_command_out_and_the_options_as_they_were(place: Path) -> None:
    script = (
        "#!/bin/bash\nset -Ee\nf() { false; echo after; }\ntrap 'echo failed' ERR\nshopt -q extdebug || echo off\n"
        "echo left out\n[[ -o errtrace ]] && echo errtrace\n[[ -o errexit ]] && echo errexit\n"
        "shopt -q extdebug || echo off\nf\necho never\n"
    )
    watch = RecordingWatch(lines=frozenset({6}), answers=["skip"])
    result = await run(ThisHost(), script, str(place), watch)
    plain = await run(ThisHost(), script.replace("echo left out", ":"), str(place))
    assert result == plain
    assert watch.stood == [(6, "echo left out")]


async def test_two_shells_that_stop_are_asked_of_one_after_the_other(place: Path) -> None:
    asked: list[int] = []

    class One(RecordingWatch):
        async def stop(
            self, line: int, text: str, meant: frozenset[int] = frozenset(), *, skips: bool = True
        ) -> StopAnswer:
            asked.append(len(asked))
            assert asked[-1] == len(self.stood)
            await asyncio.sleep(0.3)  # long enough for the other to come, too
            return await super().stop(line, text)

    watch = One(lines=frozenset({2}))
    script = "#!/bin/bash\nf() { echo $1 >>out; }\n(f 1; f 2) &\n(f 3) &\nwait\nsort out\nrm out\n"
    result = await run(ThisHost(), script, str(place), watch)
    assert result == Result(0, b"1\n2\n3\n", b"")
    assert watch.stood == [(2, "echo $1 >>out")] * 3 or watch.stood == [(2, "echo $1")] * 3
