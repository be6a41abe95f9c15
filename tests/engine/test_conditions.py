"""Breakpoints on what a running step prints, on its time, and on lines of its script."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bakehouse.engine.breakpoint_spec import parse
from bakehouse.engine.conditions import Conditions
from bakehouse.engine.ports import Breakpoint
from bakehouse.errors import CommandFailed
from bakehouse.sdk import Machine
from support.kitchen import Cook, Kitchen, act, build, plan, play

SCRIPT = ("mkdir cake", "bake cake", "cool cake", "eat cake")


def watched(*breaks: str, **chosen: Any) -> Cook:
    steps = [act("one", number=2, script="/kitchen/one.sh", timeout=chosen.pop("timeout", 0.0)), act("two", number=3)]
    made = plan(build(*steps), files={"/kitchen/one.sh": "\n".join(SCRIPT).encode()}, secrets=("hunter2",))
    chosen = {"hold": 60.0, "wait_at_breakpoints": True, "trace": True, **chosen}
    return Cook(made, cwd="/kitchen", breakpoints=breaks, **chosen)


def prints(kitchen: Kitchen, *pieces: bytes) -> None:
    @kitchen.act("one")
    async def one(machine: Machine) -> None:
        for piece in pieces:
            machine.context.output("stdout", piece)


def follows(kitchen: Kitchen) -> list[str]:
    """The step `one` runs its script command by command, as a traced one does; what it ran."""
    ran: list[str] = []

    @kitchen.act("one")
    async def one(machine: Machine) -> None:
        watch = machine.context.watch("one.sh")
        assert watch is not None
        for line, text in enumerate(SCRIPT, 1):
            stops = watch.stops()
            if (stops is None or line in stops) and await watch.stop(line, text) == "skip":
                continue
            ran.append(text)
            machine.context.output("stderr", f"{text} done\n".encode())

    return ran


@pytest.mark.parametrize(
    "pieces",
    [[b"E: no such\n"], [b"a\nE: no ", b"such\nb\n"], [b"a\n", b"E: no such"], [b"E: no such\r\n", b"E: no such\n"]],
)
async def test_a_line_stops_the_build_after_its_step(kitchen: Kitchen, pieces: list[bytes]) -> None:
    prints(kitchen, *pieces)

    async def told(cook: Cook) -> None:
        pause = await cook.paused()
        assert (pause.reason, pause.place, pause.note, pause.breakpoints) == ("breakpoint", "after", "E: no such", [1])
        assert kitchen.log == ["one"]
        assert cook.state.breakpoints[1].hits == 1
        await cook.send("continue")

    cook = watched("output~^E: .*such\\s*$")
    assert await play(cook, told) == 0
    assert "Breakpoint 1 (output~^E: .*such\\s*$): the build stops as soon as it can." in cook.lines()


async def test_the_line_is_looked_at_as_printed_and_shown_masked(kitchen: Kitchen) -> None:
    prints(kitchen, b"password: hunter2\n")

    async def told(cook: Cook) -> None:
        assert (await cook.paused()).note == "password: <sensitive>"
        await cook.send("continue")

    cook = watched("output~hunter2?$")
    assert await play(cook, told) == 0
    assert b"hunter2" not in cook.record.events.read_bytes().replace(b"output~hunter2?", b"")


async def test_a_failure_with_a_line_is_a_failure(kitchen: Kitchen) -> None:
    @kitchen.act("one")
    async def one(machine: Machine) -> None:
        machine.context.output("stdout", b"E: no\n")
        if kitchen.log.count("one") == 1:
            raise CommandFailed("exit status 7", exit_status=7)

    async def told(cook: Cook) -> None:
        first = await cook.paused()
        assert (first.reason, first.exit_status, first.breakpoints, first.note) == ("failure", 7, [2, 1], "E: no")
        await cook.send("retry", changed=False)
        second = await cook.paused_anew(first.since)
        assert (second.reason, second.breakpoints) == ("breakpoint", [1])
        await cook.send("continue")

    cook = watched("output~E:", "exit==7", on_error="cleanup")
    assert await play(cook, told) == 0
    assert not cook.build().tainted


async def test_time_is_told_when_it_is_up_and_stops_the_build_after_the_step(kitchen: Kitchen) -> None:
    going = asyncio.Event()

    @kitchen.act("one")
    async def one(machine: Machine) -> None:
        await going.wait()

    async def told(cook: Cook) -> None:
        await cook.until(lambda state: 1 in state.breakpoints and state.breakpoints[1].hits == 1)
        assert cook.build().status == "running"
        going.set()
        assert (await cook.paused()).note == "It has run for 0.1 s."
        await cook.send("continue")

    cook = watched("duration>0.1s", "duration>1h30m")
    assert await play(cook, told) == 0
    assert cook.state.breakpoints[1].hits == 1


async def test_the_time_that_a_step_has_worked_is_kept_over_a_rest() -> None:
    conditions, told = Conditions(), asyncio.Event()
    conditions.on_hit = lambda point, note: told.set()
    conditions.replace([Breakpoint(1, parse("duration>0.2s"), None)])
    conditions.began(1, "a", 1)
    for _ in range(40):  # no stretch is long enough by itself
        conditions.rest()
        conditions.go_on()
        await asyncio.sleep(0.02)
    conditions.ended()
    assert told.is_set()


async def test_a_script_stops_before_a_line_and_steps_from_there(kitchen: Kitchen) -> None:
    ran = follows(kitchen)

    async def told(cook: Cook) -> None:
        first = await cook.paused()
        assert (first.place, first.line, first.command, first.breakpoints) == ("line", 2, "bake cake", [1])
        assert ran == ["mkdir cake"]
        assert cook.build().steps["build/provisioner:act.one#1"].status == "paused"
        for verb in ("retry", "edit-retry", "rollback", "rollback-retry"):
            assert "in the middle of its script" in str(await cook.refused(verb))
        await cook.send("next")
        second = await cook.paused_anew(first.since)
        assert (second.reason, second.line, second.span) == ("next", 3, first.span)
        stale = cook.build().expects
        await cook.send("skip")
        assert (await cook.refused("skip", expects=stale)).code == "stale"
        third = await cook.paused_anew(second.since)
        assert (third.reason, third.line, third.span) == ("next", 4, first.span)
        await cook.send("continue")

    cook = watched("one.sh:2")
    assert await play(cook, told) == 0
    assert ran == ["mkdir cake", "bake cake", "eat cake"]
    assert cook.build().tainted == ["skipped line 3 of one.sh"]


async def test_stepping_over_the_end_of_a_script_stops_after_its_step(kitchen: Kitchen) -> None:
    follows(kitchen)

    async def told(cook: Cook) -> None:
        first = await cook.paused()
        await cook.send("next")
        second = await cook.paused_anew(first.since)
        assert (second.place, second.reason, kitchen.log) == ("after", "next", ["one"])
        await cook.send("continue")

    assert await play(watched("one:4"), told) == 0


async def test_a_line_that_was_printed_stops_a_followed_script_before_its_next_command(kitchen: Kitchen) -> None:
    ran = follows(kitchen)

    async def told(cook: Cook) -> None:
        pause = await cook.paused()
        assert (pause.place, pause.line, pause.note, pause.breakpoints) == ("line", 3, "bake cake done", [1])
        await cook.send("continue")

    assert await play(watched("output~bake"), told) == 0
    assert ran == list(SCRIPT)


async def test_time_stands_still_while_a_script_is_looked_at(kitchen: Kitchen) -> None:
    ran = follows(kitchen)

    async def told(cook: Cook) -> None:
        await cook.paused()
        await asyncio.sleep(0.4)  # longer than the step's timeout
        await cook.send("continue")

    assert await play(watched("one.sh:2", "duration>0.3s", timeout=0.3), told) == 0
    assert ran == list(SCRIPT)


async def test_a_timeout_goes_on_after_a_stop(kitchen: Kitchen) -> None:
    @kitchen.act("one")
    async def one(machine: Machine) -> None:
        watch = machine.context.watch("one.sh")
        assert watch is not None
        await watch.stop(2, "bake cake")
        await asyncio.sleep(60)

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("continue")

    cook = watched("one.sh:2", timeout=0.2)
    assert await play(cook, told) == 1
    assert cook.build().error == "It ran longer than its timeout of 0.2 s."


@pytest.mark.parametrize("verb", ["cancel", "stop", "stop-after-step"])
async def test_the_end_of_a_build_that_stands_in_a_script(kitchen: Kitchen, verb: str) -> None:
    ran = follows(kitchen)

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send(verb, "001-web" if verb == "cancel" else "")

    cook = watched("one.sh:2", "one.sh:4")
    assert await play(cook, told) == 1
    assert ran == (list(SCRIPT) if verb == "stop-after-step" else ["mkdir cake"])
    assert (cook.build().status, cook.build().resources) == ("cancelled", {})


async def test_lines_can_be_set_while_the_script_runs(kitchen: Kitchen) -> None:
    called, go = asyncio.Event(), asyncio.Event()

    @kitchen.act("one")
    async def one(machine: Machine) -> None:
        watch = machine.context.watch("one.sh")
        assert watch is not None
        watch.on_stops(called.set)
        assert watch.stops() == frozenset()
        go.set()
        await called.wait()
        assert watch.stops() == frozenset({3})
        await watch.stop(3, "cool cake")

    async def told(cook: Cook) -> None:
        await go.wait()
        await cook.send("break", **{"break": "one.sh:3"})
        assert (await cook.paused()).line == 3
        await cook.send("continue")

    assert await play(watched(), told) == 0


async def test_without_anybody_to_answer_nothing_stops(kitchen: Kitchen) -> None:
    ran = follows(kitchen)
    cook = watched("one.sh:2", "output~bake", wait_at_breakpoints=False)
    assert await cook.main() == 0
    assert ran == list(SCRIPT)
    assert {id: point.hits for id, point in cook.state.breakpoints.items()} == {1: 1, 2: 1}
