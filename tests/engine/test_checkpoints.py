"""Rolling back, with a machine that is a directory and checkpoints that are copies of it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bakehouse.engine import checkpoints
from bakehouse.engine.checkpoints import FIRST_COST
from bakehouse.errors import CommandFailed, StepError
from bakehouse.record.commands import Command
from bakehouse.record.events import BuildRewound, CheckpointMade
from bakehouse.record.ledger import standing
from bakehouse.sdk import Machine
from bakehouse.template.plan import StepPlan
from support.kitchen import Cook, Kitchen, act, cellar, options, plan, play

Told = Any
KEY = "build/provisioner:act.{}#1"


def append(machine: Machine, name: str, text: str) -> None:
    with Path(machine.facts["ID"], name).open("a") as file:
        file.write(text)


def store(kitchen: Kitchen, name: str) -> None:
    """The step writes a file of its name, and a line more for each time it is run on the same machine."""

    @kitchen.act(name)
    async def write(machine: Machine) -> None:
        append(machine, name, f"{name}\n")


def stores(kitchen: Kitchen, *names: str) -> list[StepPlan]:
    for name in names:
        store(kitchen, name)
    return [act(name, number=number) for number, name in enumerate(names, 2)]


def failing(kitchen: Kitchen, name: str, *, number: int, times: int = 1) -> StepPlan:
    """The step leaves half of its work, and fails so often."""
    left = [times]

    @kitchen.act(name)
    async def half(machine: Machine) -> None:
        append(machine, name, "half\n" if left[0] else "whole\n")
        await machine.claim("crumb", f"crumb-{name}")
        if left[0]:
            left[0] -= 1
            raise CommandFailed("exit status 3", exit_status=3)

    return act(name, number=number)


def pausing(*steps: StepPlan, **chosen: Any) -> Cook:
    chosen = {"on_error": "pause", "hold": 60.0, "wait_at_breakpoints": True, "checkpoints": "each", **chosen}
    return Cook(plan(cellar(*steps)), **chosen)


async def test_a_roll_back_finds_exactly_the_machine_before_the_step(kitchen: Kitchen) -> None:
    steps = [*stores(kitchen, "one", "two"), failing(kitchen, "three", number=4)]

    async def told(cook: Cook) -> None:
        paused = await cook.paused()
        assert [made.origin for made in cook.build().checkpoints.values()] == ["start", "taken", "taken"]
        await cook.send("rollback-retry")
        assert paused.step == KEY.format("three")

    cook = pausing(*steps)
    assert await play(cook, told) == 0
    assert kitchen.cellars == [{"base": "stone", "one": "one\n", "two": "two\n", "three": "whole\n"}]
    assert kitchen.log == ["one", "two", "three", "restored 3-step-4", "three"]
    assert "crumb-three" in kitchen.removed[:1]  # what the rolled back attempt claimed
    assert not standing(cook.record.ledger)
    assert not cook.build().checkpoints


async def test_a_roll_back_far_back_runs_the_steps_between_again(kitchen: Kitchen) -> None:
    steps = [*stores(kitchen, "one", "two", "three"), failing(kitchen, "four", number=5)]

    async def told(cook: Cook) -> None:
        paused = await cook.paused()
        await cook.send("rollback", to=KEY.format("two"))
        again = await cook.paused(after=-1) if paused.place == "before" else await until_reason(cook, "rollback")
        assert (again.step, again.place) == (KEY.format("two"), "before")
        assert sorted(cook.build().checkpoints) == [1, 2]
        assert cook.build().steps[KEY.format("three")].status == "waiting"
        await cook.send("continue")

    cook = pausing(*steps)
    assert await play(cook, told) == 0
    assert kitchen.cellars == [{"base": "stone", "one": "one\n", "two": "two\n", "three": "three\n", "four": "whole\n"}]
    assert kitchen.log == ["one", "two", "three", "four", "restored 2-step-3", "two", "three", "four"]
    [rewound] = [fact.decode(BuildRewound) for fact in cook.facts if fact.kind == "BuildRewound"]
    assert (rewound.step, rewound.checkpoint, rewound.by) == (KEY.format("two"), 2, "ann")


async def until_reason(cook: Cook, reason: str) -> Any:
    await cook.until(lambda state: (pause := state.builds["001-web"].pause) is not None and pause.reason == reason)
    return cook.build().pause


async def test_without_checkpoints_taken_the_start_serves(kitchen: Kitchen) -> None:
    steps = [*stores(kitchen, "one"), failing(kitchen, "two", number=3)]

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("rollback-retry")

    cook = pausing(*steps, checkpoints="off")
    assert await play(cook, told) == 0
    assert kitchen.log == ["one", "two", "restored start", "one", "two"]
    assert kitchen.cellars == [{"base": "stone", "one": "one\n", "two": "whole\n"}]


async def test_a_roll_back_is_answered_when_it_is_over_with_what_it_did(kitchen: Kitchen) -> None:
    steps = [*stores(kitchen, "mix"), act("host", number=3, type="onhost", options=options(name="host"))]
    burn = failing(kitchen, "burn", number=4)

    @kitchen.act("host")
    async def nothing(machine: Machine) -> None:
        pass

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("hold", seconds=7200)
        before = cook.build().pause
        assert before is not None
        done = await cook.run.command(Command(1, "rollback", "001-web", cook.build().expects, {"to": "host"}))
        assert (done.data["number"], done.data["title"], done.data["exact"]) == (2, "mix", False)
        assert done.data["lost"] == ["what the cellar forgets"]
        assert done.data["again_on_host"] == ["3 host"]
        pause = cook.build().pause
        assert pause is not None and (pause.reason, pause.until) == ("rollback", before.until)
        assert cook.build().checkpoints[1].lost == ["what the cellar forgets"]
        await cook.send("continue")

    cook = pausing(*steps, burn, checkpoints="off")
    assert await play(cook, told) == 0


async def test_a_roll_back_that_fails_leaves_the_build_paused_and_may_be_tried_again(kitchen: Kitchen) -> None:
    steps = [*stores(kitchen, "one"), failing(kitchen, "two", number=3)]
    broken = [True]

    async def restore() -> None:
        if broken.pop() if broken else False:
            raise StepError("The disk is full.")

    kitchen.restore = restore

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("rollback-retry")
        await cook.until(lambda state: (pause := state.builds["001-web"].pause) is not None and "disk" in pause.error)
        await cook.send("rollback-retry")

    cook = pausing(*steps)
    assert await play(cook, told) == 0
    assert kitchen.cellars == [{"base": "stone", "one": "one\n", "two": "whole\n"}]
    assert not cook.build().tainted


async def test_a_failed_checkpoint_is_told_and_fails_nothing(kitchen: Kitchen) -> None:
    async def checkpoint(name: str) -> None:
        raise StepError("No room.")

    kitchen.checkpoint = checkpoint
    cook = Cook(plan(cellar(*stores(kitchen, "one", "two"))), checkpoints="each")
    assert await cook.main() == 0
    assert any("No checkpoint before this step: No room." in line for line in cook.lines())
    assert any(name.endswith("-checkpoint-2-step-3") for name in kitchen.removed)
    assert not standing(cook.record.ledger)


async def test_checkpoints_are_taken_once_they_are_worth_their_cost(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "FIRST_COST", 0.05)

    async def checkpoint(name: str) -> None:
        await asyncio.sleep(0.05)

    kitchen.checkpoint = checkpoint
    steps = [act(name, number=number) for number, name in enumerate("abcdef", 2)]
    times = {"a": 0.0, "b": 0.3, "c": 0.1, "d": 0.9, "e": 0.0, "f": 0.0}  # five times the cost is 0.25 and more
    for name, seconds in times.items():

        @kitchen.act(name)
        async def work(machine: Machine, seconds: float = seconds) -> None:
            await asyncio.sleep(seconds)

    cook = Cook(plan(cellar(*steps)), checkpoints="by cost")
    assert await cook.main() == 0
    made = [fact.decode(CheckpointMade) for fact in cook.facts if fact.kind == "CheckpointMade"]
    assert [body.step.rpartition(".")[2][0] for body in made] == ["a", "c", "e"]
    assert made[1].seconds >= 0.05


async def test_a_retry_takes_no_checkpoint_of_what_the_failure_left(kitchen: Kitchen) -> None:
    steps = [*stores(kitchen, "one"), failing(kitchen, "two", number=3, times=2)]

    async def told(cook: Cook) -> None:
        first = await cook.paused()
        await cook.send("retry")
        await cook.paused(after=first.span)
        assert [made.origin for made in cook.build().checkpoints.values()] == ["start", "taken"]
        await cook.send("rollback-retry")

    cook = pausing(*steps)
    assert await play(cook, told) == 0
    assert kitchen.cellars == [{"base": "stone", "one": "one\n", "two": "whole\n"}]


async def test_a_builder_that_takes_none_says_why(kitchen: Kitchen) -> None:
    kitchen.no_checkpoints = "This machine cannot be copied."
    steps = [failing(kitchen, "one", number=2)]

    async def told(cook: Cook) -> None:
        await cook.paused()
        assert not cook.build().checkpoints
        assert cook.build().no_checkpoints == "This machine cannot be copied."
        await cook.send("retry")

    assert await play(pausing(*steps), told) == 0


async def test_a_pause_before_a_step_saves_the_machine_there_first(kitchen: Kitchen) -> None:
    steps = [*stores(kitchen, "one", "two"), failing(kitchen, "three", number=4)]

    async def told(cook: Cook) -> None:
        pause = await cook.paused_anew(0)
        saved = list(cook.build().checkpoints.values())
        assert (pause.place, [one.step for one in saved]) == ("before", [KEY.format("one"), KEY.format("three")])
        await cook.send("continue")
        await cook.paused_anew(pause.since)
        await cook.send("rollback-retry")

    cook = pausing(*steps, checkpoints="by cost", breakpoints=["three"])
    assert await play(cook, told) == 0
    assert kitchen.log == ["one", "two", "three", "restored 2-step-4", "three"]
    assert kitchen.cellars == [{"base": "stone", "one": "one\n", "two": "two\n", "three": "whole\n"}]


async def test_a_pause_takes_no_checkpoint_that_takes_patience(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "PATIENCE", FIRST_COST / 2)

    async def told(cook: Cook) -> None:
        await cook.paused()
        assert [one.origin for one in cook.build().checkpoints.values()] == ["start"]
        await cook.send("continue")

    cook = pausing(*stores(kitchen, "one", "two"), checkpoints="by cost", breakpoints=["two"])
    assert await play(cook, told) == 0


async def test_next_saves_the_machine_before_each_step_that_it_runs(kitchen: Kitchen) -> None:
    steps = [*stores(kitchen, "one", "two"), failing(kitchen, "three", number=4)]

    async def told(cook: Cook) -> None:
        since = 0
        for _ in range(3):  # before one, after one, after two
            since = (await cook.paused_anew(since)).since
            await cook.send("next")
        await cook.paused_anew(since)
        await cook.send("rollback-retry")

    cook = pausing(*steps, checkpoints="by cost", breakpoints=["one"])
    assert await play(cook, told) == 0
    assert kitchen.log == ["one", "two", "three", "restored 3-step-4", "three"]


@pytest.mark.parametrize("to", ["", "two"])
async def test_on_its_way_from_a_roll_back_it_stops_at_breakpoints_but_not_where_it_was_paused(
    kitchen: Kitchen, to: str
) -> None:
    steps = [*stores(kitchen, "one", "two"), failing(kitchen, "three", number=4)]

    async def told(cook: Cook) -> None:
        pause = await cook.paused_anew(0)
        await cook.send("break", **{"break": "before:two"})
        await cook.send("break", **{"break": "before:three"})
        await cook.send("rollback-retry", **({"to": to} if to else {}))
        again = await cook.paused_anew(pause.since)
        assert (again.step, again.place, again.reason) == (KEY.format("two"), "before", "breakpoint")
        await cook.send("continue")

    cook = pausing(*steps, checkpoints="each" if to else "off")
    assert await play(cook, told) == 0
    assert kitchen.log[-2:] == ["two", "three"]
