"""What happens in a build, as the sequence of its events."""

from __future__ import annotations

import asyncio
import os

import pytest

from bakehouse.errors import CommandFailed, StepError, Unavailable
from bakehouse.record import events
from bakehouse.record.fold import fold
from bakehouse.record.ledger import standing
from bakehouse.record.log import SAY, STDERR, STDOUT, LogReader
from bakehouse.sdk import Machine
from support.kitchen import Act, Cook, Kitchen, act, build, options, plan, wrap


def failing(times: int = 99, status: int = 3) -> Act:
    """An act that fails so many times."""
    left = [times]

    async def fail(machine: Machine) -> None:
        if left[0]:
            left[0] -= 1
            raise CommandFailed("the script exited with 3", exit_status=status)

    return fail


async def test_a_build_from_its_slot_to_its_end(kitchen: Kitchen) -> None:
    cook = Cook(plan(build(act("knead"), wrap("bag"))))
    assert await cook.main() == 0
    assert cook.kinds() == [
        "BuildStarted",
        "+ attempt Heat",
        "ResourceClaimed oven-001-web",
        "- ok",
        "+ attempt knead",
        "- ok",
        "+ attempt Cool",
        "ResourceClaimed tray-001-web",
        "- ok",
        "+ sub-step Collect the artifact",
        "- ok",
        "+ cleanup Clean up",
        "ResourceGone tray-001-web",
        "ResourceGone oven-001-web",
        "- ok",
        "ArtifactMade loaf",
        "+ attempt bag",
        "- ok",
        "ArtifactMade bag",
        "BuildFinished succeeded",
    ]
    assert [fact.kind for fact in cook.facts if not fact.build] == ["RunStarted", "PlanRevised", "RunFinished"]
    assert cook.record.status == "finished"
    assert fold(cook.facts) == cook.state
    assert cook.facts[2].decode(events.BuildStarted).facts == "gas"
    assert kitchen.log == ["knead", "wrap bag of loaf"]
    assert kitchen.provisioned == ["NoneType"]
    assert standing(cook.record.ledger) == []


async def test_a_failure_cleans_up_newest_first_and_runs_the_cleanup_provisioner(kitchen: Kitchen) -> None:
    kitchen.acts["burn"] = failing()
    cook = Cook(plan(build(act("burn"), act("never"), wrap("bag"), cleanup=act("save"))))
    assert await cook.main() == 1
    assert cook.kinds()[4:] == [
        "+ attempt burn",
        "- failed",
        "EvidenceCollected",
        "+ cleanup save",
        "- ok",
        "+ cleanup Clean up",
        "ResourceGone oven-001-web",
        "- ok",
        "BuildFinished failed",
    ]
    assert kitchen.log == ["burn", "save"]
    assert kitchen.provisioned == ["StepFailed"]
    step = cook.build().steps["build/provisioner:act.burn#1"]
    assert (step.status, step.error, step.exit_status) == ("failed", "the script exited with 3", 3)
    assert cook.build().error == "the script exited with 3"
    assert "the script exited with 3" in cook.lines()


@pytest.mark.parametrize("place", ["heat", "cool", "artifact"])
async def test_a_builder_that_fails(kitchen: Kitchen, place: str) -> None:
    cook = Cook(plan(build(act("knead"), oven={"fails": place}, cleanup=act("save"))))
    assert await cook.main() == 1
    assert cook.build().error == f"{place} failed"
    assert not cook.build().resources
    assert ("save" in kitchen.log) == (place != "heat")
    assert kitchen.removed == (["oven-001-web"] if place == "heat" else ["tray-001-web", "oven-001-web"])


async def test_abort_leaves_the_machine_and_marks_it(kitchen: Kitchen) -> None:
    kitchen.acts["burn"] = failing()
    cook = Cook(plan(build(act("burn"), cleanup=act("save"))), on_error="abort")
    assert await cook.main() == 1
    assert cook.kinds()[-2:] == ["ResourceClaimed oven-001-web kept", "BuildFinished failed kept"]
    assert [resource.kept for resource in standing(cook.record.ledger)] == [True]
    assert "save" not in kitchen.log


async def test_run_cleanup_provisioner_runs_only_that(kitchen: Kitchen) -> None:
    kitchen.acts["burn"] = failing()
    cook = Cook(plan(build(act("burn"), cleanup=act("save"))), on_error="run-cleanup-provisioner")
    assert await cook.main() == 1
    assert kitchen.log[-1] == "save"
    assert cook.kinds()[-1] == "BuildFinished failed kept"


async def test_a_removal_that_fails_hides_nothing(kitchen: Kitchen) -> None:
    async def stuck() -> None:
        raise StepError("it is stuck")

    kitchen.removals["tray-001-web"] = stuck
    cook = Cook(plan(build(oven={"fails": "cool"})))
    assert await cook.main() == 1
    assert cook.build().error == "cool failed"
    assert kitchen.removed == ["oven-001-web"]
    assert list(cook.build().leftovers.values()) == ["it is stuck"]
    assert [resource.name for resource in standing(cook.record.ledger)] == ["tray-001-web"]


async def test_a_fault_in_a_component_fails_the_step_and_nothing_else(kitchen: Kitchen) -> None:
    @kitchen.act("bug")
    async def bug(machine: Machine) -> None:
        raise ZeroDivisionError("hunter2 by zero")

    cook = Cook(plan(build(act("bug")), build(ordinal=2, name="oven.db"), secrets=("hunter2",)))
    assert await cook.main() == 1
    assert cook.build().error.startswith("ZeroDivisionError in act: <sensitive> by zero")
    assert cook.build("002-db").status == "succeeded"
    log = (cook.record.path / "engine.log").read_text()
    assert "Traceback" in log
    assert "ZeroDivisionError: <sensitive> by zero" in log
    assert "hunter2" not in log


async def test_options_that_are_wrong_when_the_step_starts() -> None:
    step = act("knead", options=options(nme="x"))
    cook = Cook(plan(build(step)))
    assert await cook.main() == 1
    assert 'Unknown option "nme"' in cook.build().error
    assert "kitchen.pkr.hcl:1,1" in cook.build().error


async def test_retries_remove_what_the_last_attempt_claimed(kitchen: Kitchen) -> None:
    tries: list[int] = []

    @kitchen.act("dish")
    async def dish(machine: Machine) -> None:
        tries.append(1)
        await machine.claim("dish", f"dish-{len(tries)}")
        if len(tries) < 3:
            raise StepError("broken")

    cook = Cook(plan(build(act("dish", max_retries=2))))
    assert await cook.main() == 0
    assert [kind for kind in cook.kinds() if "dish" in kind or "undo" in kind] == [
        "+ attempt dish",
        "ResourceClaimed dish-1",
        "+ undo Remove what the last attempt left",
        "ResourceGone dish-1",
        "+ attempt dish 2",
        "ResourceClaimed dish-2",
        "+ undo Remove what the last attempt left",
        "ResourceGone dish-2",
        "+ attempt dish 3",
        "ResourceClaimed dish-3",
        "ResourceGone dish-3",
    ]
    assert "Trying again: 1 try left." in cook.lines()
    assert kitchen.removed == ["dish-1", "dish-2", "tray-001-web", "dish-3", "oven-001-web"]


async def test_a_timeout_cancels_the_step(kitchen: Kitchen) -> None:
    @kitchen.act("rise")
    async def rise(machine: Machine) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            kitchen.log.append("let go")

    cook = Cook(plan(build(act("rise", timeout=0.02))))
    assert await cook.main() == 1
    assert cook.build().error == "It ran longer than its timeout of 0.02 s."
    assert "let go" in kitchen.log


async def test_a_pause_before_does_not_use_up_the_timeout_nor_drop_it(kitchen: Kitchen) -> None:
    @kitchen.act("rest")
    async def rest(machine: Machine) -> None:
        kitchen.log.append("rested")

    @kitchen.act("rise")
    async def rise(machine: Machine) -> None:
        await asyncio.Event().wait()

    steps = (act("rest", timeout=0.5, pause_before=0.6), act("rise", number=3, timeout=0.02, pause_before=0.01))
    cook = Cook(plan(build(*steps)))
    assert await cook.main() == 1
    assert "Pausing 0.6 s before rest" in cook.lines()
    assert "rested" in kitchen.log
    assert cook.build().error == "It ran longer than its timeout of 0.02 s."


async def test_continue_on_error(kitchen: Kitchen) -> None:
    kitchen.acts["burn"] = failing()
    cook = Cook(plan(build(act("burn", continue_on_error=True), act("eat", number=3))))
    assert await cook.main() == 0
    assert kitchen.log[:2] == ["burn", "eat"]
    assert not cook.build().tainted


async def test_two_builds_of_equal_name_are_two_builds(kitchen: Kitchen) -> None:
    first = build(act("knead"), name="oven.web")
    cook = Cook(plan(first, build(act("knead"), ordinal=2, name="oven.web")))
    assert await cook.main() == 0
    assert [built.name for built in cook.state.builds.values()] == ["oven.web", "oven.web"]
    assert cook.kinds("001-web") == [kind.replace("002", "001") for kind in cook.kinds("002-web")]


async def test_no_more_builds_at_once_than_asked_for(kitchen: Kitchen) -> None:
    working, most = 0, 0

    @kitchen.act("knead")
    async def knead(machine: Machine) -> None:
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(0.005)
        working -= 1

    builds = [build(act("knead"), ordinal=number, name=f"oven.b{number}") for number in range(1, 8)]
    assert await Cook(plan(*builds), parallel=2).main() == 0
    assert most == 2


async def test_a_build_waits_for_what_it_needs(kitchen: Kitchen) -> None:
    kitchen.acts["burn"] = failing()
    base = build(act("base"), ordinal=2, name="oven.base")
    top = build(act("top"), needs=["002-base"])
    bad = build(act("burn"), ordinal=3, name="oven.bad")
    never = build(act("never"), ordinal=4, name="oven.never", needs=["003-bad"])
    cook = Cook(plan(top, base, bad, never))
    assert await cook.main() == 1
    assert kitchen.log.index("base") < kitchen.log.index("top")
    assert cook.kinds("004-never") == ["BuildFinished cancelled"]


async def test_an_environment_is_probed_once_and_all_builds_learn_of_it(kitchen: Kitchen) -> None:
    probes: list[int] = []

    async def probe() -> str:
        probes.append(1)
        await asyncio.sleep(0)
        raise Unavailable("no gas here")

    kitchen.environment = probe
    cook = Cook(plan(build(), build(ordinal=2, name="oven.db")))
    assert await cook.main() == 1
    assert (len(probes), cook.build().error, cook.build("002-db").error) == (1, "no gas here", "no gas here")
    assert cook.kinds() == ["BuildFinished failed"]


async def test_spans_inside_a_step_and_the_order_of_line_and_event(kitchen: Kitchen) -> None:
    @kitchen.act("knead")
    async def knead(machine: Machine) -> None:
        machine.say("first")
        with machine.context.span("Fold"):
            machine.context.output("stdout", b"folding")
        machine.context.output("stderr", b"sticky\n")

    cook = Cook(plan(build(act("knead"))))
    assert await cook.main() == 0
    spans = {span.title: span for span in cook.state.spans.values()}
    assert spans["Fold"].parent == spans["knead"].id
    reader = LogReader(cook.record.log("001-web"))
    lines = reader.lines(0, reader.refresh())[:3]
    assert [(line.text, line.stream, line.span) for line in lines] == [
        (b"first", SAY, spans["knead"].id),
        (b"folding", STDOUT, spans["Fold"].id),
        (b"sticky", STDERR, spans["knead"].id),
    ]
    assert lines[1].at <= spans["Fold"].finished


async def test_secrets_never_reach_the_disk(kitchen: Kitchen) -> None:
    @kitchen.act("knead")
    async def knead(machine: Machine) -> None:
        machine.context.output("stdout", b"the recipe is hun")
        machine.context.output("stdout", b"ter2, really\nand hunt")
        machine.say("hunter2 again")
        await machine.claim("dish", "dish")
        raise StepError("cannot find hunter2")

    cook = Cook(plan(build(act("knead")), secrets=("hunter2",)))
    assert await cook.main() == 1
    assert cook.lines()[0] == "the recipe is <sensitive>, really"
    for path in cook.record.path.rglob("*"):
        if path.is_file():
            assert b"hunter2" not in path.read_bytes(), path
    assert cook.build().error == "cannot find <sensitive>"


async def test_the_uuid_of_the_run_is_in_the_environment(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PACKER_RUN_UUID", raising=False)
    seen: list[str] = []

    @kitchen.act("look")
    async def look(machine: Machine) -> None:
        seen.append(os.environ["PACKER_RUN_UUID"])
        seen.append(machine.context.build.run_uuid)

    assert await Cook(plan(build(act("look")))).main() == 0
    assert seen[0] == seen[1] != ""
    assert "PACKER_RUN_UUID" not in os.environ
