"""The next run starts from what this one saved: what is a hit, what a miss and why, in runs of the kitchen's cellar."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakehouse.engine.cache.shelf import Shelf
from bakehouse.errors import Diagnostic, StepError
from bakehouse.record.events import StepCached
from bakehouse.record.ledger import standing
from bakehouse.sdk import Machine
from bakehouse.template.plan import BuildPlan, Late, Option, Plan, Request, StepPlan
from bakehouse.template.values import object_of, string, to_json
from support.kitchen import PLACE, Cook, Kitchen, act, cellar, options, plan, play

KEY = "build/provisioner:act.{}#1"


@pytest.fixture(autouse=True)
def stores(kitchen: Kitchen) -> None:
    """Each step writes its name and its text into the machine."""

    class Acts(dict[str, Any]):
        def __contains__(self, name: object) -> bool:
            return True

        def __missing__(self, name: str) -> Any:
            async def write(machine: Machine) -> None:
                place = Path(machine.facts["ID"], name)
                place.write_text((place.read_text() if place.exists() else "") + f"{kitchen.log[-1]}\n")

            return write

    kitchen.acts = Acts()


def steps(*names: str, **texts: str) -> list[StepPlan]:
    return [act(name, number=number, options=options(text=texts.get(name, ""))) for number, name in enumerate(names, 2)]


async def bake(*builds: BuildPlan, cwd: str = "/", files: dict[str, bytes] | None = None, **chosen: Any) -> Cook:
    chosen = {"checkpoints": "each", "cache": True, **chosen}
    cook = Cook(plan(*builds, files=files), cwd=cwd, **chosen)
    await cook.main()
    assert not [left for left in standing(cook.record.ledger) if not left.kept]
    return cook


def cached(cook: Cook) -> dict[str, str]:
    """What was said of each step: "hit", or why not."""
    told = [fact.decode(StepCached) for fact in cook.facts if fact.kind == "StepCached"]
    return {body.step.rpartition(".")[2].partition("#")[0]: "hit" if body.hit else body.because for body in told}


def standing_machine() -> Path:
    """The machine of the one build that runs."""
    places = Path(os.environ["XDG_CACHE_HOME"], "cellar").iterdir()
    [place] = [place for place in places if "-checkpoint-" not in place.name and place.suffix != ".start"]
    return place


async def test_after_an_edit_only_what_follows_it_is_run(kitchen: Kitchen) -> None:
    first = await bake(cellar(*steps("a", "b", "c", "d")))
    assert cached(first) == dict.fromkeys("abcd", "never built here")
    assert len(Shelf().entries()) == 4  # before b, c, d and before Close
    kitchen.log.clear()
    second = await bake(cellar(*steps("a", "b", "c", "d", c="new")))
    assert second.code == 0
    assert [entry for entry in kitchen.log if not entry.startswith("restored")] == ["c=new", "d"]
    assert cached(second) == {"a": "hit", "b": "hit", "c": "option text changed", "d": "step 4 before it was a miss"}
    assert kitchen.cellars[1] == {"base": "stone", "a": "a\n", "b": "b\n", "c": "c=new\n", "d": "d\n"}
    assert second.build().steps[KEY.format("a")].cached


async def test_the_same_again_runs_nothing(kitchen: Kitchen) -> None:
    await bake(cellar(*steps("a", "b")))
    kitchen.log.clear()
    again = await bake(cellar(*steps("a", "b")))
    assert cached(again) == {"a": "hit", "b": "hit"}
    assert kitchen.log == ["restored 3-step-8"]
    assert kitchen.cellars[0] == kitchen.cellars[1]


async def test_a_changed_base_is_another_machine(kitchen: Kitchen) -> None:
    await bake(cellar(*steps("a", "b")))
    other = await bake(cellar(*steps("a", "b"), base="brick"))
    assert cached(other) == {"a": "base image changed", "b": "step 2 before it was a miss"}
    back = await bake(cellar(*steps("a", "b")))
    assert cached(back) == {"a": "hit", "b": "hit"}


async def test_a_step_taken_out_is_told_at_the_next_one(kitchen: Kitchen) -> None:
    await bake(cellar(*steps("a", "b", "c")))
    fewer = [step for step in steps("a", "b", "c") if step.name != "b"]
    assert cached(await bake(cellar(*fewer))) == {"a": "hit", "c": "the steps before it are others"}


async def test_no_cache_builds_clean_and_leaves_nothing(kitchen: Kitchen) -> None:
    await bake(cellar(*steps("a", "b")), cache=False)
    assert not Shelf().entries()
    await bake(cellar(*steps("a", "b")))
    clean = await bake(cellar(*steps("a", "b")), cache=False)
    assert not cached(clean)
    assert kitchen.log.count("a") == 3


async def test_after_a_failure_the_next_run_starts_at_the_failed_step(kitchen: Kitchen) -> None:
    @kitchen.act("c")
    async def fail(machine: Machine) -> None:
        raise StepError("no")

    failed = await bake(cellar(*steps("a", "b", "c")))
    assert failed.code == 1
    kitchen.log.clear()
    del kitchen.acts["c"]
    again = await bake(cellar(*steps("a", "b", "c")))
    assert again.code == 0
    assert kitchen.log == ["restored 3-step-4", "c"]
    assert cached(again)["c"] == "it did not succeed last time"


async def test_a_function_that_moves_is_a_miss_each_time(kitchen: Kitchen) -> None:
    moving = act("b", number=3, options={"text": Option(PLACE, "now", moving=["timestamp"])})
    made = cellar(*steps("a"), moving, act("c", number=4, options=options(text="")))
    await bake(made)
    again = await bake(made)
    assert cached(again) == {
        "a": "hit", "b": "timestamp() in option text", "c": "step 3 before it was a miss",
    }  # fmt: skip
    made_now = [bytes(fact.body) for fact in again.facts if fact.kind == "CheckpointMade"]
    kept = [body for body in made_now if b"timestamp() in option text of step 3" in body]
    assert len(kept) == 2


async def test_a_file_that_changed_is_named(kitchen: Kitchen, tmp_path: Path) -> None:
    def made(content: str) -> BuildPlan:
        step = act("b", number=3, type="readfile", options=options(path="in/x.sh"))
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / "x.sh").write_text(content)
        return cellar(*steps("a"), step)

    await bake(made("one"), cwd=str(tmp_path))
    assert cached(await bake(made("one"), cwd=str(tmp_path)))["b"] == "hit"
    changed = await bake(made("two"), cwd=str(tmp_path))
    assert cached(changed) == {"a": "hit", "b": "in/x.sh changed"}


async def test_a_script_counts_as_the_plan_holds_it(kitchen: Kitchen, tmp_path: Path) -> None:
    step = act("b", number=3, type="readfile", options=options(path="x.sh", script=True))
    path = str(tmp_path / "x.sh")
    first = await bake(cellar(*steps("a"), step), cwd=str(tmp_path), files={path: b"one"})
    assert first.code == 0
    again = await bake(cellar(*steps("a"), step), cwd=str(tmp_path), files={path: b"one"})
    assert cached(again) == {"a": "hit", "b": "hit"}
    edited = await bake(cellar(*steps("a"), step), cwd=str(tmp_path), files={path: b"two"})
    assert cached(edited) == {"a": "hit", "b": "x.sh changed"}


async def test_a_host_step_is_always_run_and_what_it_makes_counts(kitchen: Kitchen, tmp_path: Path) -> None:
    made = tmp_path / "made"
    text = ["one"]

    @kitchen.act("host")
    async def make(machine: Machine) -> None:
        made.write_text(text[0])

    def whole() -> BuildPlan:
        host = act("host", number=3, type="onhost", options=options(name="host"))
        read = act("c", number=4, type="readfile", options=options(path=str(made)))
        return cellar(*steps("a"), host, read, act("d", number=5, options=options(text="")))

    await bake(whole())
    kitchen.log.clear()
    same = await bake(whole())
    always = "acts on the host, so it is always run"
    assert cached(same) == {"a": "hit", "host": always, "c": "hit", "d": "hit"}
    assert kitchen.log == ["host", "restored 4-step-8"]
    text[0] = "two"
    kitchen.log.clear()
    other = await bake(whole())
    told = cached(other)
    assert (told["a"], told["host"]) == ("hit", always)
    assert told["c"].endswith("/made changed")
    assert kitchen.log[:2] == ["host", "restored 2-step-3"]
    assert kitchen.cellars[-1]["a"] == "a\n"


async def test_a_roll_back_to_a_host_step_leaves_true_digests(kitchen: Kitchen) -> None:
    fails = [True]

    @kitchen.act("host")
    async def nothing(machine: Machine) -> None:
        pass

    @kitchen.act("d")
    async def once(machine: Machine) -> None:
        if fails.pop() if fails else False:
            raise StepError("no")

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("rollback-retry", to="build/provisioner:onhost.host#1")

    def whole() -> BuildPlan:
        host = act("host", number=3, type="onhost", options=options(name="host"))
        return cellar(*steps("a"), host, act("c", number=4), act("d", number=5), act("e", number=6))

    cook = Cook(plan(whole()), on_error="pause", hold=60.0, wait_at_breakpoints=True, checkpoints="each", cache=True)
    assert await play(cook, told) == 0
    assert kitchen.log == ["a", "host", "c", "d", "restored 2-step-3", "host", "c", "d", "e"]
    again = cached(await bake(whole()))
    assert [again[name] for name in "acde"] == ["hit"] * 4


async def test_facts_of_the_machine_are_not_what_a_step_comes_from(kitchen: Kitchen) -> None:
    def step(text: str) -> StepPlan:
        known = {"build": to_json(object_of({"name": string("")})), "local": to_json(object_of({"x": string("y")}))}
        plain = act("b", number=3)
        late = Option(PLACE, late=Late(text, known))
        return msgspec.structs.replace(plain, options={**plain.options, "text": late})

    text = '"${build.ID} ${build.PackerRunUUID}"'
    await bake(cellar(*steps("a"), step(text)))
    assert cached(await bake(cellar(*steps("a"), step(text)))) == {"a": "hit", "b": "hit"}
    other = await bake(cellar(*steps("a"), step('"${build.ID} ${local.x}"')))
    assert cached(other) == {"a": "hit", "b": "option text changed"}
    needs_number = '"${1 + (build.Port == "" ? 0 : build.Port)}"'  # no number before there is a machine
    await bake(cellar(*steps("a"), step(needs_number)))
    assert cached(await bake(cellar(*steps("a"), step(needs_number))))["b"] == "hit"


async def test_a_tainted_run_leaves_nothing_from_there_on(kitchen: Kitchen) -> None:
    @kitchen.act("b")
    async def fail(machine: Machine) -> None:
        raise StepError("no")

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("skip")

    cook = Cook(
        plan(cellar(*steps("a", "b", "c", "d"))),
        on_error="pause", hold=60.0, wait_at_breakpoints=True, checkpoints="each", cache=True,
    )  # fmt: skip
    assert await play(cook, told) == 0
    assert [listed.entry.step for listed in Shelf().entries()] == ["b"]


async def test_once_it_has_paused_a_build_keeps_its_machine(kitchen: Kitchen) -> None:
    """Else "go on" would replace the machine, with what a person has done to it, by what an earlier run saved."""
    names = "a", "b", "c", "d"
    await bake(cellar(*steps(*names)))

    async def told(cook: Cook) -> None:
        await cook.paused()
        assert kitchen.log[-1] == "b"
        (standing_machine() / "byhand").write_text("mine")
        await cook.send("continue")

    cook = Cook(
        plan(cellar(*steps(*names))), breakpoints=("after:b",), wait_at_breakpoints=True, checkpoints="each", cache=True
    )  # fmt: skip
    assert await play(cook, told) == 0
    assert kitchen.log[-3:] == ["b", "c", "d"]
    assert kitchen.cellars[-1]["byhand"] == "mine"
    because = "the build has been paused, so the machine stays the one that it is"
    assert (cached(cook)["c"], cached(cook)["d"]) == (because, because)


async def test_a_failed_step_on_the_host_pauses_with_the_machine_that_the_next_step_finds(kitchen: Kitchen) -> None:
    fails = [False]

    @kitchen.act("host")
    async def fail(machine: Machine) -> None:
        if fails.pop() if fails else False:
            raise StepError("no")

    def whole() -> BuildPlan:
        host = act("host", number=3, type="onhost", options=options(name="host"))
        return cellar(*steps("a"), host, act("c", number=4, options=options(text="")))

    await bake(whole())
    fails.append(True)

    async def told(cook: Cook) -> None:
        await cook.paused()
        place = standing_machine()
        assert (place / "a").exists()
        (place / "byhand").write_text("mine")
        await cook.send("retry")

    cook = Cook(plan(whole()), on_error="pause", hold=60.0, wait_at_breakpoints=True, checkpoints="each", cache=True)
    assert await play(cook, told) == 0
    assert kitchen.cellars[-1] == {"base": "stone", "a": "a\n", "byhand": "mine", "c": "c\n"}


async def test_processes_in_a_checkpoint_keep_it_from_other_runs(kitchen: Kitchen) -> None:
    kitchen.lost = ("process 12 nginx",)
    cook = await bake(cellar(*steps("a", "b")))
    assert not Shelf().entries()
    assert any(b"it would come back without process 12 nginx" in bytes(fact.body) for fact in cook.facts)
    again = cached(await bake(cellar(*steps("a", "b"))))
    assert again["a"] == "the checkpoint after it was not kept: it would come back without process 12 nginx"


async def test_from_a_step_runs_it_and_all_after_it_again(kitchen: Kitchen) -> None:
    await bake(cellar(*steps("a", "b", "c")))
    kitchen.log.clear()
    cook = await bake(cellar(*steps("a", "b", "c")), from_step="b")
    assert kitchen.log == ["restored 2-step-3", "b", "c"]
    assert cached(cook)["b"] == "it was asked for by --from"


async def test_from_a_step_is_the_reason_also_where_the_steps_before_it_are_of_another_run(kitchen: Kitchen) -> None:
    await bake(cellar(*steps("a", "b", "c", a="al")))
    await bake(cellar(*steps("a", "b", "c", a="bo")))
    cook = await bake(cellar(*steps("a", "b", "c", a="al")), from_step="b")
    assert cached(cook) == {"a": "hit", "b": "it was asked for by --from", "c": "step 3 before it was a miss"}


async def test_a_miss_that_was_taken_out_since_has_no_number(kitchen: Kitchen) -> None:
    fails: list[bool] = []

    @kitchen.act("b")
    async def fail(machine: Machine) -> None:
        if fails:
            raise StepError("no")

    def recompile(request: Request, revision: int = 1) -> tuple[Plan, list[Diagnostic]]:
        left = [step for step in steps("a", "b", "c", b="new") if fails or step.name != "b"]
        return msgspec.structs.replace(plan(cellar(*left)), revision=revision), []

    async def told(cook: Cook) -> None:
        await cook.paused()
        fails.clear()
        await cook.send("edit-retry")

    await bake(cellar(*steps("a", "b", "c")))
    fails.append(True)
    made, _ = recompile(Request("t", "/"))
    cook = Cook(
        made, recompile=recompile, on_error="pause", hold=60.0, wait_at_breakpoints=True, checkpoints="each", cache=True
    )  # fmt: skip
    assert await play(cook, told) == 0
    assert cached(cook)["b"] == "option text changed"
    assert cached(cook)["c"] == "a step before it was a miss, and was taken out"


async def test_from_a_step_without_a_checkpoint_before_it_fails_and_says_so(kitchen: Kitchen) -> None:
    cook = await bake(cellar(*steps("a", "b", "c")), from_step="b")
    assert cook.code == 1
    assert "There is no checkpoint before b that still holds" in cook.build().error
    assert not kitchen.log


async def test_a_retry_with_other_inputs_on_the_same_machine_is_no_start(kitchen: Kitchen) -> None:
    fails = [True]

    @kitchen.act("b")
    async def half(machine: Machine) -> None:
        if fails.pop() if fails else False:
            raise StepError("no")

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("retry")

    made = cellar(*steps("a", "b", "c"))
    cook = Cook(plan(made), on_error="pause", hold=60.0, wait_at_breakpoints=True, checkpoints="each", cache=True)
    assert await play(cook, told) == 0
    assert cached(await bake(made)) == {"a": "hit", "b": "hit", "c": "hit"}


async def test_two_runs_at_once_share_the_cache(kitchen: Kitchen) -> None:
    await bake(cellar(*steps("a", "b")))
    both = await asyncio.gather(*(bake(cellar(*steps("a", "b", "c", c=str(number)))) for number in range(4)))
    assert all(cook.code == 0 and cached(cook)["b"] == "hit" for cook in both)
    assert sorted(found["c"] for found in kitchen.cellars[1:]) == [f"c={number}\n" for number in range(4)]


async def test_a_checkpoint_that_is_gone_is_a_miss(kitchen: Kitchen, tmp_path: Path) -> None:
    await bake(cellar(*steps("a", "b")))
    for listed in Shelf().entries():
        shutil.rmtree(listed.entry.ref)
    again = await bake(cellar(*steps("a", "b")))
    assert cached(again) == {"a": "there is no checkpoint after it", "b": "there is no checkpoint after it"}


async def test_a_checkpoint_that_cannot_be_restored_costs_only_time(kitchen: Kitchen) -> None:
    await bake(cellar(*steps("a", "b")))
    broken = [True]

    async def restore() -> None:
        if broken.pop() if broken else False:
            raise StepError("It is torn.")

    kitchen.restore = restore
    again = await bake(cellar(*steps("a", "b", b="new")))
    assert again.code == 0
    assert kitchen.cellars[1] == {"base": "stone", "a": "a\n", "b": "b=new\n"}
    assert any("cannot be restored: It is torn. Every step is run." in line for line in again.lines())


def test_nothing_of_a_secret_is_in_the_cache(kitchen: Kitchen) -> None:
    asyncio.run(bake(cellar(*steps("a", "b", a="hunter2-the-secret"))))
    for path in Shelf().root.rglob("*"):
        if path.is_file():
            assert b"hunter2" not in path.read_bytes()
