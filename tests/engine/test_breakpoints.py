"""Breakpoints on steps: where they stand, what they do, and what a person may do there."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec
import pytest

from bakehouse.engine.breakpoint_book import Book
from bakehouse.errors import Diagnostic, Location, Refused, UsageError
from bakehouse.record.commands import Command
from bakehouse.sdk import Artifact, Machine, Processed, StepError
from bakehouse.template.plan import Plan, Request, StepPlan
from support.kitchen import Cook, Kitchen, act, build, options, plan, play, wrap

BURN, EAT, HEAT, COOL = (
    "build/provisioner:act.burn#1", "build/provisioner:act.eat#1", "build/machine:heat#1", "build/artifact:cool#1",
)  # fmt: skip


def stopping(*breaks: str, steps: Any = (), **chosen: Any) -> Cook:
    """A run that somebody watches, with these breakpoints."""
    made = plan(build(*(steps or (act("burn"), act("eat", number=3)))), build(ordinal=2, name="oven.db"))
    return Cook(made, **{"hold": 60.0, "wait_at_breakpoints": True, "breakpoints": breaks, **chosen})


@pytest.mark.parametrize("text", ["burn", "before:burn", "2", "BURN", BURN, "web/burn", "oven.web/b*", "001-*/2"])
async def test_it_stops_before_a_step_called_by_any_name(kitchen: Kitchen, text: str) -> None:
    async def told(cook: Cook) -> None:
        pause = await cook.paused()
        assert (pause.step, pause.place, pause.reason, pause.span, pause.breakpoints) == (
            BURN, "before", "breakpoint", 0, [1],
        )  # fmt: skip
        assert not kitchen.log
        assert cook.state.breakpoints[1].hits == 1
        assert cook.build().steps[BURN].status == "paused"
        await cook.until(lambda state: state.builds["002-db"].status == "succeeded")
        await cook.send("continue")

    cook = stopping(text)
    assert await play(cook, told) == 0
    assert kitchen.log == ["burn", "eat"]
    assert not cook.build().tainted


async def test_next_at_a_breakpoint_runs_the_step_and_stops_after_it(kitchen: Kitchen) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("next")
        pause = await cook.paused(after=1)
        assert (pause.step, pause.place, pause.reason, kitchen.log) == (BURN, "after", "next", ["burn"])
        await cook.send("continue")

    assert await play(stopping("burn"), told) == 0


async def test_skip_at_a_breakpoint_leaves_the_step_undone_and_taints(kitchen: Kitchen) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("skip")

    cook = stopping("burn", fail_tainted=True)
    assert await play(cook, told) == 1
    assert kitchen.log == ["eat"]
    assert (cook.build().status, cook.build().steps[BURN].status) == ("succeeded", "skipped")
    assert cook.build().tainted == ["skipped 2 burn"]


async def test_it_stops_after_a_step_and_before_those_of_the_builder_and_of_post_processors(kitchen: Kitchen) -> None:
    seen: list[tuple[str, str, tuple[str, ...]]] = []

    async def told(cook: Cook) -> None:
        since = 0
        for _ in range(4):
            pause = await cook.paused_anew(since)
            since = pause.since
            seen.append((pause.step.rpartition(":")[2], pause.place, tuple(kitchen.log)))
            await cook.send("continue")

    steps = act("burn"), act("eat", number=3), wrap("bag")
    assert await play(stopping("web/Heat", "after:burn", "web/Cool", "bag", steps=steps), told) == 0
    assert seen == [
        ("heat#1", "before", ()),
        ("act.burn#1", "after", ("burn",)),
        ("cool#1", "before", ("burn", "eat")),
        ("wrap.bag#1", "before", ("burn", "eat")),
    ]


@pytest.mark.parametrize(
    ("at", "verb", "said"),
    [
        ("web/Heat", "skip", "Step 1 makes the machine"),
        ("web/Cool", "skip", "Step 8 makes the artifact"),
        ("burn", "retry", "Step 2 burn has not run yet. Continue runs it."),
        ("web/Heat", "rollback", "There is no machine yet"),
        ("bag", "rollback", "The machine is gone"),
        ("bag", "shell", "There is no machine to open a shell in."),
        ("after:burn", "skip", "This step is done"),
    ],
)
async def test_a_verb_that_does_not_fit_is_refused_with_a_sentence(
    kitchen: Kitchen, at: str, verb: str, said: str
) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        refusal = await cook.refused(verb)
        assert (refusal.code, str(refusal).startswith(said)) == ("invalid", True), refusal
        await cook.send("continue")

    assert await play(stopping(at, steps=(act("burn"), wrap("bag"))), told) == 0


async def test_breakpoints_are_set_and_cleared_while_it_runs(kitchen: Kitchen) -> None:
    started, go = asyncio.Event(), asyncio.Event()

    @kitchen.act("burn")
    async def burn(machine: Machine) -> None:
        started.set()
        await go.wait()

    async def told(cook: Cook) -> None:
        await started.wait()
        with pytest.raises(Refused, match='no step "eatt". Did you mean "eat"'):
            await cook.run.command(Command(1, "break", "001-web", arguments={"break": "eatt"}))
        for _ in range(3):  # set, take away, set
            await cook.send("break", **{"break": "before:eat"})
        assert [(b.info.text, b.info.origin, b.info.by) for b in cook.state.breakpoints.values()] == [
            ("before:eat", "viewer", "ann")
        ]
        with pytest.raises(Refused, match="There is no breakpoint 7"):
            await cook.run.command(Command(1, "clear", arguments={"breakpoint": 7}))
        await cook.send("break", **{"break": "after:burn"})
        number = max(cook.state.breakpoints)
        await cook.run.command(Command(1, "clear", arguments={"breakpoint": number}, by="ann"))
        go.set()
        assert (await cook.paused()).step == EAT
        await cook.send("continue")

    cook = stopping()
    assert await play(cook, told) == 0
    assert [fact.kind for fact in cook.facts].count("BreakpointCleared") == 2


async def test_without_a_place_break_tells_which_stand_and_how_often_they_were_hit(kitchen: Kitchen) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("break", **{"break": "exit==3"})
        listed = (await cook.run.command(Command(1, "break", "001-web"))).data["breakpoints"]
        assert [(stop["id"], stop["text"], stop["hits"]) for stop in listed] == [(1, "burn", 1), (2, "exit==3", 0)]
        await cook.send("continue")

    assert await play(stopping("burn"), told) == 0


async def test_what_nobody_can_answer_is_passed_and_said(kitchen: Kitchen) -> None:
    cook = stopping("burn", "after:eat", wait_at_breakpoints=False)
    assert await cook.main() == 0
    assert cook.lines().count("Nobody is there to answer at this breakpoint: the build goes on.") == 2
    assert {id: state.hits for id, state in cook.state.breakpoints.items()} == {1: 1, 2: 1}


async def test_exit_stops_after_a_failure_where_the_run_would_have_ended(kitchen: Kitchen) -> None:
    @kitchen.act("burn")
    async def burn(machine: Machine) -> None:
        if kitchen.log.count("burn") == 1:
            raise StepError("too hot")

    async def told(cook: Cook) -> None:
        pause = await cook.paused()
        assert (pause.reason, pause.error, pause.breakpoints) == ("failure", "too hot", [1])
        await cook.send("retry")

    assert await play(stopping("exit!=0", on_error="cleanup"), told) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("brun", 'There is no step "brun". Did you mean "burn"?'),
        ("db/burn", 'There is no step "db/burn".'),
        ("wbe/burn", 'There is no build "wbe". Did you mean "web"?'),
        ("zzz/burn", 'There is no build "zzz". There are: oven.web, oven.db.'),
        ("output~a(", '"a(" is no regular expression: missing )'),
        ("output~", "output~ needs a regular expression"),
        ("exit>3", '"exit>3" is no condition.'),
        ("duration>10ms", '"duration>10ms" is no condition. A duration is more than 0, in s, m or h'),
        ("duration>0s", '"duration>0s" is no condition. A duration is more than 0'),
        ("duration>0", '"duration>0" is no condition. A duration is more than 0'),
        ("after:", '"after:" names no step'),
        ("", "A breakpoint needs a place"),
    ],
)
def test_what_can_be_no_breakpoint(kitchen: Kitchen, text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        stopping(text)
    assert str(caught.value).startswith(said)


async def test_taint_goes_with_the_artifact_into_manifest_and_record(kitchen: Kitchen) -> None:
    seen: list[Any] = []

    async def bag(artifact: Artifact) -> Processed:
        seen.append(dict(artifact.metadata))
        return Processed(artifact, keep=True)

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("skip")

    kitchen.wraps["bag"] = bag
    cook = stopping("web/burn", steps=(act("burn"), wrap("bag")))
    assert await play(cook, told) == 0
    marks = [{"what": "skipped", "step": BURN, "by": "ann"}]
    assert seen == [{"tainted": marks}]
    assert [made.metadata for made in cook.build().artifacts] == [{"tainted": marks}] * 2
    assert [made.metadata for made in cook.build("002-db").artifacts] == [{}]


async def test_an_edit_adds_and_takes_out_post_processors(kitchen: Kitchen) -> None:
    def made(*names: str) -> Plan:
        return plan(
            build(*(wrap(name, link=link) for link, name in enumerate(names))),
            files={"/t": b"".join(map(str.encode, names))},
        )

    def recompile(request: Request, revision: int) -> tuple[Plan, list[Diagnostic]]:
        return msgspec.structs.replace(made("bag", "label", "ship"), revision=revision), []

    async def fail(artifact: Artifact) -> Processed:
        raise StepError("torn")

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("edit-retry")

    kitchen.wraps["tie"] = fail
    cook = Cook(made("bag", "tie"), recompile=recompile, on_error="pause", hold=60.0)
    assert await play(cook, told) == 0
    steps = {step.info.title: step.status for step in cook.build().steps.values() if step.info.kind == "post-processor"}
    assert steps == {"bag": "ok", "label": "ok", "ship": "ok", "tie": "failed"}


@pytest.mark.parametrize("verb", ["continue", "next", "skip"])
async def test_nobody_goes_on_without_the_artifact(kitchen: Kitchen, verb: str) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        refusal = await cook.refused(verb)
        assert str(refusal) == "Step 8 makes the artifact: without it the build has no result. Retry, or cancel."
        await cook.send("cancel")

    cook = Cook(plan(build(oven={"fails": "cool"})), on_error="pause", hold=60.0)
    assert await play(cook, told) == 1
    assert (cook.build().status, cook.build().error) == ("failed", "cool failed")


async def test_an_edit_before_a_step_runs_it_as_edited_and_does_not_stop_again(kitchen: Kitchen) -> None:
    def made(*steps: StepPlan) -> Plan:
        return plan(build(*steps), files={"/t": str(len(steps)).encode()})

    def recompile(request: Request, revision: int) -> tuple[Plan, list[Diagnostic]]:
        edited = made(act("sift", number=2), act("burn", number=3, options=options(text="low")))
        return msgspec.structs.replace(edited, revision=revision), []

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("edit-retry")

    cook = Cook(made(act("burn")), recompile=recompile, hold=60.0, wait_at_breakpoints=True, breakpoints=("burn",))
    assert await play(cook, told) == 0
    assert kitchen.log == ["sift", "burn=low"]
    assert cook.state.breakpoints[1].info.steps == {"001-web": [BURN]}


async def test_a_breakpoint_on_a_type_stands_at_steps_that_an_edit_adds(kitchen: Kitchen) -> None:
    def made(*names: str) -> Plan:
        return plan(build(*map(act, names)), files={"/t": "".join(names).encode()})

    def recompile(request: Request, revision: int) -> tuple[Plan, list[Diagnostic]]:
        return msgspec.structs.replace(made("burn", "eat"), revision=revision), []

    async def told(cook: Cook) -> None:
        first = await cook.paused()
        await cook.send("edit-retry")
        second = await cook.paused_anew(first.since)
        assert (second.step, second.place, cook.state.breakpoints[1].hits) == (EAT, "before", 2)
        await cook.send("continue")

    cook = Cook(made("burn"), recompile=recompile, hold=60.0, wait_at_breakpoints=True, breakpoints=("act",))
    assert await play(cook, told) == 0


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("kitchen.pkr.hcl:5", [BURN]),
        ("kitchen.pkr.hcl:9", [EAT]),
        ("after:/kitchen.pkr.hcl:400", [EAT]),
        ("burn.sh:2", [BURN]),
        ("scripts/burn.sh:1", [BURN]),
        ("eat:1", [EAT]),
    ],
)
def test_places_in_files(kitchen: Kitchen, text: str, steps: list[str]) -> None:
    burn = msgspec.structs.replace(act("burn", script="/scripts/burn.sh"), location=Location("kitchen.pkr.hcl", 5))
    eat = msgspec.structs.replace(act("eat"), location=Location("kitchen.pkr.hcl", 9))
    fact = Book("/").add(text, plan(build(burn, eat), files={"/scripts/burn.sh": b"a\nb\n"}), "viewer")
    when = "line" if fact.line else "after" if text.startswith("after:") else "before"
    assert (fact.steps, fact.when) == ({"001-web": steps}, when)


def test_a_line_that_a_script_does_not_have(kitchen: Kitchen) -> None:
    made = plan(build(act("burn", script="/scripts/burn.sh")), files={"/scripts/burn.sh": b"a\nb\n"})
    with pytest.raises(UsageError, match=re.escape("burn.sh has 2 lines: there is no line 3.")):
        Book("/").add("burn.sh:3", made, "viewer")
    template = plan(build(act("burn")), files={"/kitchen.pkr.hcl": b"a\nb\n"})
    with pytest.raises(UsageError, match=re.escape("kitchen.pkr.hcl has 2 lines: there is no line 400.")):
        Book("/").add("kitchen.pkr.hcl:400", template, "viewer")
    with pytest.raises(UsageError, match="A script stops before a line, not after it: burn.sh:2"):
        Book("/").add("after:burn.sh:1", made, "viewer")
