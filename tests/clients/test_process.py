"""Local children: claimed, watched, ended with all they started, found again by their cookie."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from bakehouse.clients import process
from bakehouse.errors import StepError
from bakehouse.sdk import Resource
from support.context import RecordingContext, make_context


@pytest.fixture
def context(tmp_path: Path) -> RecordingContext:
    return make_context(tmp_path)


async def run(context: RecordingContext, script: str, **environment: str) -> int:
    return await process.run_local(context, ["/bin/sh", "-c", script], context.output, environment=environment)


@pytest.mark.parametrize(("script", "status"), [("true", 0), ("exit 7", 7), ("kill -9 $$", 137), ("exit 255", 255)])
async def test_the_exit_status_is_the_programs(context: RecordingContext, script: str, status: int) -> None:
    assert await run(context, script) == status


async def test_streams_are_told_apart_and_the_environment_arrives(context: RecordingContext) -> None:
    await run(context, 'echo "$WORD"; echo oops >&2', WORD="hello")
    assert (context.text("stdout"), context.text("stderr")) == ("hello\n", "oops\n")


async def test_it_is_claimed_before_it_starts_and_struck_out_after(context: RecordingContext) -> None:
    await run(context, "true")
    (claimed,) = context.ever_claimed
    assert (claimed.owner, claimed.kind) == ("process", "process")
    assert context.claims == []


async def test_a_program_that_is_not_there_is_a_step_error(context: RecordingContext) -> None:
    with pytest.raises(StepError, match=r"cannot run /nowhere/tool: No such file"):
        await process.run_local(context, ["/nowhere/tool"], context.output)
    assert context.claims == []


async def test_a_daemon_left_behind_does_not_hold_the_step(context: RecordingContext) -> None:
    started = time.monotonic()
    assert await run(context, "sleep 30 & echo begun") == 0
    assert time.monotonic() - started < 10
    assert context.text() == "begun\n"
    await process.remove(context.ever_claimed[0])


async def test_cancelling_ends_all_that_it_started(context: RecordingContext) -> None:
    task = asyncio.get_running_loop().create_task(run(context, "setsid sleep 300 & sleep 300"))
    while len(process.bearers(_needle(context))) < 3:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert process.bearers(_needle(context)) == []


def _needle(context: RecordingContext) -> bytes:
    name = context.ever_claimed[0].name if context.ever_claimed else "none"
    return f"{process.COOKIE}={name}".encode()


@pytest.mark.parametrize("rounds", [0, 1, 2, 3, 5, 8])
async def test_cancelling_while_it_starts_ends_it_too(context: RecordingContext, rounds: int) -> None:
    task = asyncio.get_running_loop().create_task(run(context, "sleep 300"))
    for _ in range(rounds):
        await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(10):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert process.bearers(_needle(context)) == []


async def test_remove_finds_a_child_of_an_engine_that_was_killed() -> None:
    resource = Resource("process", "process", "cookie-of-a-dead-engine")
    child = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"],
        env={**os.environ, process.COOKIE: resource.name},
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"deaf\n"
    await process.remove(resource)
    assert child.wait(5) == -signal.SIGKILL
    await process.remove(resource)


async def test_remove_leaves_others_alone() -> None:
    child = subprocess.Popen(["sleep", "60"], env={**os.environ, process.COOKIE: "cookie-1"})
    await process.remove(Resource("process", "process", "cookie"))
    assert child.poll() is None
    child.kill()
    child.wait()


async def test_a_busy_run_is_lowered(context: RecordingContext) -> None:
    context.build = type(context.build)(**{**_fields(context), "nice": 10})
    await run(context, "sleep 0.05; cut -d' ' -f19 /proc/self/stat")
    assert context.text() == "10\n"


def _fields(context: RecordingContext) -> dict[str, object]:
    return {name: getattr(context.build, name) for name in context.build.__slots__}
