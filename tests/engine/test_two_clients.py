"""Two people who give the same command in the same instant act once, over the real socket."""

from __future__ import annotations

import asyncio

import pytest

from bakehouse.errors import CommandFailed, Refused
from bakehouse.record.commands import Expects
from bakehouse.sdk import Machine
from bakehouse.session import connection, pace, server
from bakehouse.session.client import Session
from bakehouse.session.server import serve
from support.kitchen import Cook, Kitchen, act, build, plan

TIMES = 1000


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A viewer is slowed down after so many commands, refusals and connections: that is another test's."""
    monkeypatch.setattr(connection, "COMMANDS", (1e6, 1e6))
    monkeypatch.setattr(server, "JOINS", (1e6, 1e6))
    monkeypatch.setattr(pace, "PATIENCE", 10**9)


async def both(first: Session, second: Session, verb: str, seen: Expects) -> int:
    """How many of the two were accepted."""

    async def one(session: Session) -> bool:
        try:
            await session.send(verb, "001-web", seen)
        except Refused as refusal:
            assert refusal.code == "stale", refusal
            return False
        return True

    return sum(await asyncio.gather(one(first), one(second)))


async def press(cook: Cook, verb: str, times: int) -> list[int]:
    """Both press a key at every pause, as often as that; how many acted each time."""
    async with serve(cook.run) as door, asyncio.TaskGroup() as group:
        run = group.create_task(cook.main())
        first, second = (
            await Session.connect(door.path, client="ctl"),
            await Session.connect(door.path, client="ctl"),
        )
        acted, since = [], 0
        for _ in range(times):
            since = (await cook.paused_anew(since)).since
            acted.append(await both(first, second, verb, cook.build().expects))
            first, second = second, first  # now the one is quicker, now the other
        if not cook.state.builds["001-web"].ended:
            cook.run.stop("clean")
        await first.close()
        await second.close()
        await run
    return acted


async def test_a_retry_is_one_retry(kitchen: Kitchen) -> None:
    @kitchen.act("burn")
    async def burn(machine: Machine) -> None:
        raise CommandFailed("exit status 7", exit_status=7)

    cook = Cook(plan(build(act("burn"))), on_error="pause", hold=60.0)
    assert await press(cook, "retry", TIMES) == [1] * TIMES
    assert kitchen.log.count("burn") == TIMES + 1


async def test_a_step_from_line_to_line_is_one_step(kitchen: Kitchen) -> None:
    lines: list[int] = []

    @kitchen.act("walk")
    async def walk(machine: Machine) -> None:
        watch = machine.context.watch("")
        assert watch is not None
        for line in range(1, TIMES + 10):
            await watch.stop(line, "step")
            lines.append(line)

    chosen = {"hold": 60.0, "wait_at_breakpoints": True, "trace": True, "breakpoints": ("walk:1",)}
    cook = Cook(plan(build(act("walk"))), **chosen)
    assert await press(cook, "next", TIMES) == [1] * TIMES
    assert len(lines) == TIMES


@pytest.mark.parametrize("verb", ["continue", "skip"])
async def test_before_every_step_a_command_acts_once(kitchen: Kitchen, verb: str) -> None:
    steps = [act(f"s{number}", number=number + 1) for number in range(1, 51)]
    cook = Cook(plan(build(*steps)), hold=60.0, wait_at_breakpoints=True, breakpoints=("s*",))
    assert await press(cook, verb, 50) == [1] * 50
    assert len(kitchen.log) == (50 if verb == "continue" else 0)
