"""A whole run: how it is stopped, what it leaves, and what is said of one that is lost."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from bakehouse.engine import gc
from bakehouse.errors import CommandFailed, StepError
from bakehouse.record import events
from bakehouse.record.fold import fold
from bakehouse.record.ledger import standing
from bakehouse.record.log import LogReader
from bakehouse.record.reader import follow, read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.sdk import Artifact, Machine, Processed
from support.kitchen import Cook, Kitchen, act, build, plan, wrap


class Slow:
    """An act that waits until it may end."""

    def __init__(self, kitchen: Kitchen, name: str = "rise") -> None:
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()
        kitchen.acts[name] = self

    async def __call__(self, machine: Machine) -> None:
        self.started.set()
        await self.may_end.wait()


async def play(cook: Cook, told: Callable[[Cook], Awaitable[None]]) -> int:
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        main = group.create_task(cook.main())
        await told(cook)
    return main.result()


def three(**chosen: Any) -> Cook:
    """One build that rises, one that waits for its turn, one paused after a failure."""
    builds = [
        build(act("rise"), act("eat", number=3), wrap("bag")),
        build(act("burn"), ordinal=2, name="oven.db"),
    ]
    return Cook(plan(*builds), on_error="pause", hold=60.0, **chosen)


@pytest.fixture
def slow(kitchen: Kitchen) -> Slow:
    @kitchen.act("burn")
    async def burn(machine: Machine) -> None:
        raise StepError("burnt")

    return Slow(kitchen)


async def ready(cook: Cook, slow: Slow) -> None:
    await slow.started.wait()
    await cook.paused("002-db")


async def test_stop_ends_every_build_and_cleans_up(kitchen: Kitchen, slow: Slow) -> None:
    async def told(cook: Cook) -> None:
        await ready(cook, slow)
        await cook.send("stop", "")

    cook = three()
    assert await play(cook, told) == 1
    assert [found.status for found in cook.state.builds.values()] == ["cancelled", "failed"]
    assert sorted(kitchen.removed) == ["oven-001-web", "oven-002-db"]
    assert cook.state.stopping == "clean"
    assert cook.facts[-1].decode(events.RunFinished).exit_code == 1
    assert standing(cook.record.ledger) == []


async def test_stop_and_keep_leaves_every_machine(kitchen: Kitchen, slow: Slow) -> None:
    async def told(cook: Cook) -> None:
        await ready(cook, slow)
        await cook.send("stop-keep", "")

    cook = three()
    assert await play(cook, told) == 1
    assert all(found.kept for found in cook.state.builds.values())
    assert [kept.kept for kept in standing(cook.record.ledger)] == [True, True]
    assert kitchen.removed == []
    assert gc.leftovers() == []
    assert len(gc.leftovers(kept=True)) == 2


async def test_keeping_a_machine_does_not_keep_a_local_child(kitchen: Kitchen, slow: Slow) -> None:
    """A child that was cut off in its midst is ended, and not marked as kept."""
    children: list[asyncio.subprocess.Process] = []

    @kitchen.act("spawn")
    async def spawn(machine: Machine) -> None:
        claim = await machine.context.claim("process", "cookie-of-a-test", owner="process")
        environment = {**os.environ, "BAKEHOUSE_CLAIM": claim.name}
        children.append(await asyncio.create_subprocess_exec("sleep", "60", env=environment))
        await slow(machine)

    async def told(cook: Cook) -> None:
        await slow.started.wait()
        cook.run.stop("keep")

    cook = Cook(plan(build(act("spawn"))))
    assert await play(cook, told) == 1
    assert await children[0].wait() == -signal.SIGTERM
    assert [kept.name for kept in standing(cook.record.ledger)] == ["oven-001-web"]


async def test_stop_after_step_lets_the_step_end(kitchen: Kitchen, slow: Slow) -> None:
    async def told(cook: Cook) -> None:
        await ready(cook, slow)
        await cook.send("stop-after-step", "")
        await cook.until(lambda state: state.builds["002-db"].ended)
        assert cook.build().status == "running"
        slow.may_end.set()

    cook = three()
    assert await play(cook, told) == 1
    assert cook.build().steps["build/provisioner:act.rise#1"].status == "ok"
    assert cook.build().status == "cancelled"
    assert "eat" not in kitchen.log


async def test_a_stronger_word_counts_and_a_milder_does_not(kitchen: Kitchen, slow: Slow) -> None:
    async def told(cook: Cook) -> None:
        await ready(cook, slow)
        cook.run.stop("after-step")
        cook.run.stop("clean")
        cook.run.stop("after-step")
        cook.run.stop("clean")

    cook = three()
    assert await play(cook, told) == 1
    stops = [fact.decode(events.RunStopping).how for fact in cook.facts if fact.kind == "RunStopping"]
    assert stops == ["after-step", "clean"]


async def test_a_stop_before_the_start(kitchen: Kitchen, slow: Slow) -> None:
    cook = three()
    cook.run.stop("clean")
    assert await cook.main() == 1
    assert kitchen.log == []
    assert [fact.kind for fact in cook.facts][:3] == ["RunStarted", "PlanRevised", "RunStopping"]


async def test_builds_that_wait_for_a_slot_are_not_started(kitchen: Kitchen, slow: Slow) -> None:
    async def told(cook: Cook) -> None:
        await slow.started.wait()
        cook.run.stop("clean")

    cook = three(parallel=1)
    assert await play(cook, told) == 1
    assert cook.kinds("002-db") == ["BuildWaits", "BuildFinished cancelled"]


async def test_removal_is_out_of_reach_of_stop_but_can_be_cut(kitchen: Kitchen, slow: Slow) -> None:
    removing = asyncio.Event()
    cut: list[str] = []

    async def stuck() -> None:
        removing.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cut.append("oven")
            raise

    kitchen.removals["oven-001-web"] = stuck

    async def told(cook: Cook) -> None:
        await ready(cook, slow)
        cook.run.stop("clean")
        await removing.wait()
        cook.run.stop("clean")
        assert (await cook.refused("cancel")).code == "stale"
        await cook.until(lambda state: state.builds["002-db"].ended)
        assert cook.build().status == "removing"
        cook.run.stop("cut")

    cook = three()
    assert await play(cook, told) == 1
    assert cut == ["oven"]
    assert list(cook.build().leftovers.values()) == ["cut short"]
    assert kitchen.removed == ["oven-002-db"]
    assert [left.name for left in standing(cook.record.ledger)] == ["oven-001-web"]


async def test_force_removes_nothing_more_and_the_ledger_has_it(kitchen: Kitchen, slow: Slow) -> None:
    async def told(cook: Cook) -> None:
        await ready(cook, slow)
        cook.run.stop("force")

    cook = three()
    assert await play(cook, told) == 1
    assert kitchen.removed == []
    assert sorted(left.name for left in standing(cook.record.ledger)) == ["oven-001-web", "oven-002-db"]
    assert len(gc.leftovers()) == 2


async def test_viewers_hear_everything_to_the_end(kitchen: Kitchen) -> None:
    cook = Cook(plan(build(act("knead"))))
    heard: list[events.Event] = []

    async def told(cook: Cook) -> None:
        async for batch in cook.run.feed.follow(0):
            heard.extend(fact for fact in batch if fact.seq)

    assert await play(cook, told) == 0
    assert heard == cook.facts
    past = [fact async for batch in follow(cook.record) for fact in batch]
    assert past == heard


async def test_output_is_told_of_at_most_thirty_times_a_second(kitchen: Kitchen) -> None:
    told_lines: list[int] = []

    @kitchen.act("chat")
    async def chat(machine: Machine) -> None:
        for number in range(2000):
            machine.context.output("stdout", f"line {number}\n".encode())
            if number % 100 == 0:
                await asyncio.sleep(0)

    async def told(cook: Cook) -> None:
        async for batch in cook.run.feed.follow(0):
            told_lines.extend(fact.decode(events.OutputGrew).lines for fact in batch if fact.kind == "OutputGrew")

    cook = Cook(plan(build(act("chat"))))
    assert await play(cook, told) == 0
    assert len(cook.lines()) >= 2000
    assert len(told_lines) <= 20
    assert told_lines == sorted(told_lines)


async def test_a_prompt_without_a_newline_is_shown(kitchen: Kitchen) -> None:
    slow = Slow(kitchen)

    @kitchen.act("prompt")
    async def prompt(machine: Machine) -> None:
        machine.context.output("stdout", b"Password: ")
        await slow(machine)

    async def told(cook: Cook) -> None:
        await slow.started.wait()
        reader = LogReader(cook.record.log("001-web"))
        async with asyncio.timeout(5):
            while not reader.open_line:
                await asyncio.sleep(0.02)
                reader.refresh()
        assert reader.open_line == b"Password: "
        slow.may_end.set()

    cook = Cook(plan(build(act("prompt"))))
    assert await play(cook, told) == 0
    assert "Password: " in cook.lines()


@pytest.mark.parametrize("secrets", [(), ("Password: hunter2",)])
async def test_a_prompt_comes_before_what_is_said_of_its_end(kitchen: Kitchen, secrets: tuple[str, ...]) -> None:
    @kitchen.act("ask")
    async def ask(machine: Machine) -> None:
        machine.context.output("stdout", b"Name: ")
        machine.context.say("Asking again")
        machine.context.output("stdout", b"Password: ")
        raise CommandFailed("exit status 1", exit_status=1)

    cook = Cook(plan(build(act("ask")), secrets=secrets))
    assert await cook.main() == 1
    assert cook.lines()[:4] == ["Name: ", "Asking again", "Password: ", "exit status 1"]


async def test_a_full_disk_ends_the_builds_and_says_so(kitchen: Kitchen) -> None:
    """A limit on the size of files stands in for the disk: logs hit it, the few events do not."""

    @kitchen.act("flood")
    async def flood(machine: Machine) -> None:
        while True:
            machine.context.output("stdout", b"x" * 65536 + b"\n")
            await asyncio.sleep(0)

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, hard))
    try:
        cook = Cook(plan(build(act("flood"))), on_error="pause", hold=60.0)
        async with asyncio.timeout(10):
            assert await cook.main() == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    state = fold(cook.facts)
    built = state.builds["001-web"]
    assert built.status == "failed"
    assert "File too large" in built.error
    assert [found.severity for found in state.diagnostics] == ["error"]
    assert state.lost_bytes >= 65537
    assert built.resources == {}
    assert all(len(line) == 65536 for line in cook.lines())


LOST = """
import asyncio, sys
from support.kitchen import Cook, act, build, installed, plan
async def main(kitchen):
    @kitchen.act("hang")
    async def hang(machine):
        machine.context.output("stdout", b"half a line")
        await machine.claim("dish", "dish-lost")
        print("ready", flush=True)
        await asyncio.Event().wait()
    await Cook(plan(build(act("hang")))).main()
with installed() as kitchen:
    asyncio.run(main(kitchen))
"""


async def test_a_killed_engine_is_lost_and_its_leftovers_are_collected(kitchen: Kitchen) -> None:
    tests = Path(__file__).parent.parent
    with subprocess.Popen([sys.executable, "-c", LOST], stdout=subprocess.PIPE, cwd=tests) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        run = RunDirectory.list()[0]
        assert run.status == "running"
        assert gc.leftovers() == []
        os.kill(child.pid, signal.SIGKILL)
    assert run.status == "lost"
    state = fold(read_events(run.path))
    assert (state.exit_code, state.builds["001-web"].status) == (None, "running")
    found = gc.leftovers()
    assert [str(leftover) for leftover in found] == [
        f"dish dish-lost (run {run.run}, lost)",
        f"oven oven-001-web (run {run.run}, lost)",
    ]

    async def stuck() -> None:
        raise StepError("in use")

    kitchen.removals["dish-lost"] = stuck
    removals = await gc.collect(found)
    assert [removal.error for removal in removals] == ["in use", ""]
    del kitchen.removals["dish-lost"]
    assert [removal.error for removal in await gc.collect(gc.leftovers())] == [""]
    assert kitchen.removed == ["oven-001-web", "dish-lost"]
    assert gc.leftovers() == []


async def test_another_installations_leftovers_are_not_ours(
    kitchen: Kitchen, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def told(cook: Cook) -> None:
        await ready(cook, slow)
        cook.run.stop("force")

    await play(three(), told)
    assert len(gc.leftovers()) == 2
    (RunDirectory.list()[0].path.parent.parent / "installation").write_text("other\n")
    assert gc.leftovers() == []


@pytest.mark.parametrize(
    ("wanted", "keeps", "artifacts", "destroyed"),
    [
        ([None], [(True, True)], ["loaf", "a"], []),
        ([None], [(False, False)], ["a"], ["loaf"]),
        ([True], [(False, False)], ["loaf", "a"], []),
        ([False], [(True, False)], ["a"], ["loaf"]),
        ([False], [(True, True)], ["loaf", "a"], []),
        ([None, None], [(True, False), (False, False)], ["loaf", "b"], ["a"]),
        ([None, None], [(False, False), (True, False)], ["a", "b"], ["loaf"]),
    ],
)
async def test_which_artifacts_stay(
    kitchen: Kitchen,
    wanted: list[bool | None],
    keeps: list[tuple[bool, bool]],
    artifacts: list[str],
    destroyed: list[str],
) -> None:
    gone: list[str] = []
    links = [wrap(name, link=number, keep_input=wanted[number]) for number, name in enumerate("ab"[: len(wanted)])]
    for name, (keep, forced) in zip("ab", keeps, strict=False):
        kitchen.wraps[name] = wrapper(name, keep, forced, gone)
    cook = Cook(plan(build(*links)))
    assert await cook.main() == 0
    assert [artifact.id for artifact in cook.build().artifacts] == artifacts
    assert [line.removeprefix("destroyed ") for line in kitchen.log if line.startswith("destroyed")] + gone == destroyed


def wrapper(name: str, keep: bool, forced: bool, gone: list[str]) -> Callable[[Artifact], Awaitable[Processed]]:
    async def process(artifact: Artifact) -> Processed:
        async def destroy() -> None:
            gone.append(name)

        return Processed(Artifact("test.wrap", name, name, destroy=destroy), keep, forced)

    return process


async def test_a_failure_ends_its_chain_alone(kitchen: Kitchen) -> None:
    async def fail(artifact: Artifact) -> Processed:
        raise StepError("no bag")

    kitchen.wraps["bag"] = fail
    chains = wrap("bag"), wrap("never", link=1), wrap("box", chain=1)
    cook = Cook(plan(build(*chains)))
    assert await cook.main() == 1
    assert kitchen.log == ["wrap bag of loaf", "wrap box of loaf"]
    assert (cook.build().status, cook.build().error) == ("failed", "no bag")
    alone = Cook(plan(build(wrap("bag"))))
    assert await alone.main() == 1
    assert kitchen.log[-1] == "destroyed loaf"  # as with Packer: nobody kept it


async def test_a_builder_that_leaves_nothing(kitchen: Kitchen) -> None:
    cook = Cook(plan(build(wrap("bag"), oven={"bakes": False})))
    assert await cook.main() == 0
    assert cook.kinds()[-2:] == ["StepSkipped there is no artifact", "BuildFinished succeeded"]


async def test_one_artifact_kept_and_passed_on_is_listed_twice(kitchen: Kitchen) -> None:
    async def same(artifact: Artifact) -> Processed:
        return Processed(artifact, keep=True, forced=True)

    kitchen.wraps["bag"] = same
    cook = Cook(plan(build(wrap("bag"))))
    assert await cook.main() == 0
    assert [artifact.id for artifact in cook.build().artifacts] == ["loaf", "loaf"]
