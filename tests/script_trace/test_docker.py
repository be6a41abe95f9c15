"""The same cases in a container, by docker exec: a second exec reads the trace while the first runs the script."""

from __future__ import annotations

import pytest

from bakehouse.communicators.docker_exec import DockerExec
from bakehouse.sdk import Command, Stream
from support.docker_shells import shells_container
from support.script_cases import CASES, SH, Case
from support.script_trace import RecordingWatch, Result, run

__all__ = ["shells_container"]

WORK = "/work"
PAIRS = [
    pytest.param(case, shell, id=f"{case.name}-{shell}")
    for case in CASES
    for shell in case.shells
    if shell != "bash --posix"
]


async def printed(machine: DockerExec, line: str) -> str:
    found: list[bytes] = []

    def collect(stream: Stream, data: bytes) -> None:
        found.append(data)

    await machine.run(Command(line), collect)
    return b"".join(found).decode()


@pytest.mark.needs("docker")
@pytest.mark.parametrize(("case", "shell"), PAIRS)
async def test_the_same_bytes_and_status(case: Case, shell: str, shells_container: str) -> None:
    machine = DockerExec(shells_container)
    watch = RecordingWatch()
    results: list[Result] = []
    for follower in (None, watch):
        await printed(machine, f"rm -rf {WORK} && mkdir -m 777 {WORK}")
        command = case.command.replace("{shell}", shell)
        results.append(await run(machine, case.script, WORK, follower, command))
    assert results[1] == results[0]
    assert watch.is_traced is not bool(case.refused), watch.reasons
    assert "trace" not in await printed(machine, f"ls {WORK}")
    assert all(told.status != "open" for told in watch.commands)


@pytest.mark.needs("docker")
@pytest.mark.parametrize("shell", ["bash", *SH])
async def test_stopping_and_stepping(shell: str, shells_container: str) -> None:
    machine = DockerExec(shells_container)
    await printed(machine, f"rm -rf {WORK} && mkdir -m 777 {WORK}")
    watch = RecordingWatch(lines=frozenset({2}), answers=["next", "next"])
    result = await run(machine, "echo one\necho two\necho three\n", WORK, watch, f"{shell} {{path}}")
    assert result == Result(0, b"one\ntwo\nthree\n", b"")
    assert watch.stood == [(2, "echo two"), (3, "echo three")]
    assert await printed(machine, f"ls {WORK}") == "script.sh\n"
