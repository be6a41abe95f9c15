"""Pauses, and everything that a person may do about them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakehouse.engine.cache.shelf import Shelf
from bakehouse.errors import CommandFailed, Diagnostic, Refused, StepError, TemplateError
from bakehouse.record.commands import Command, Expects
from bakehouse.record.log import LogReader
from bakehouse.sdk import Artifact, Communicator, Machine, OnOutput, Processed, Terminal
from bakehouse.sdk.communicator import Command as MachineCommand
from bakehouse.template.plan import Plan, Request, StepPlan
from support.kitchen import Cook, Kitchen, act, build, cellar, options, plan, play, wrap


def broken_until(kitchen: Kitchen, name: str, mended: asyncio.Event) -> None:
    @kitchen.act(name)
    async def attempt(machine: Machine) -> None:
        machine.context.output("stdout", b"trying\n")
        if not mended.is_set():
            raise CommandFailed("exit status 7", exit_status=7)


def pausing(*steps: StepPlan, **chosen: Any) -> Cook:
    chosen = {"on_error": "pause", "hold": 60.0, "wait_at_breakpoints": True, **chosen}
    return Cook(plan(build(*steps), build(ordinal=2, name="oven.db")), **chosen)


@pytest.fixture
def mended(kitchen: Kitchen) -> asyncio.Event:
    event = asyncio.Event()
    broken_until(kitchen, "burn", event)
    return event


async def test_a_failure_pauses_its_build_alone_and_retry_goes_on(kitchen: Kitchen, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        paused = await cook.paused()
        await cook.until(lambda state: state.builds["002-db"].status == "succeeded")
        assert (paused.reason, paused.error, paused.exit_status) == ("failure", "exit status 7", 7)
        assert paused.until - paused.since == pytest.approx(60e9, rel=0.01)
        assert cook.build().steps["build/provisioner:act.burn#1"].status == "paused"
        mended.set()
        await cook.send("retry")

    cook = pausing(act("burn"))
    assert await play(cook, told) == 0
    assert cook.kinds()[4:10] == [
        "+ attempt burn",
        "- failed",
        "EvidenceCollected",
        "BuildPaused failure",
        "BuildResumed retry",
        "+ attempt burn 2",
    ]
    assert not cook.build().tainted


@pytest.mark.parametrize(
    ("verb", "status", "taint"),
    [("continue", "failed", "went on after 2 burn"), ("skip", "skipped", "skipped 2 burn")],
)
async def test_going_on_all_the_same_taints(
    kitchen: Kitchen, mended: asyncio.Event, verb: str, status: str, taint: str
) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send(verb)

    cook = pausing(act("burn"), act("eat", number=3), fail_tainted=verb == "skip")
    assert await play(cook, told) == (1 if verb == "skip" else 0)
    step = cook.build().steps["build/provisioner:act.burn#1"]
    assert (step.status, step.accepted) == (status, verb == "continue")
    assert cook.build().tainted == [taint]
    assert "eat" in kitchen.log


async def test_next_runs_one_more_step(kitchen: Kitchen, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        first = await cook.paused()
        await cook.send("next")
        second = await cook.paused(after=first.span)
        assert (second.reason, second.step) == ("next", "build/provisioner:act.eat#1")
        assert kitchen.log == ["burn", "eat"]
        assert (await cook.refused("skip")).code == "invalid"
        await cook.send("continue")

    cook = pausing(act("burn"), act("eat", number=3), act("rest", number=4))
    assert await play(cook, told) == 0
    assert cook.build().tainted == ["went on after 2 burn"]


async def test_a_breakpoint_waits_and_continuing_does_not_taint(kitchen: Kitchen) -> None:
    async def told(cook: Cook) -> None:
        paused = await cook.paused()
        assert (paused.reason, paused.note) == ("breakpoint", "look")
        await cook.send("continue")

    cook = pausing(act("stop", type="breakpoint", options=options(note="look")), act("eat", number=3))
    assert await play(cook, told) == 0
    assert not cook.build().tainted
    assert "BreakpointHit" in cook.kinds()


async def test_a_breakpoint_that_nobody_can_answer_is_passed(kitchen: Kitchen) -> None:
    steps = act("stop", type="breakpoint"), act("off", type="breakpoint", options=options(disable=True))
    cook = Cook(plan(build(*steps)))
    assert await cook.main() == 0
    assert cook.kinds().count("BreakpointHit") == 1
    assert "Nobody is there to answer at this breakpoint: the build goes on." in cook.lines()


async def test_cancel_cleans_up_or_keeps(kitchen: Kitchen, mended: asyncio.Event) -> None:
    async def clean(cook: Cook) -> None:
        await cook.paused()
        await cook.send("cancel")

    async def keep(cook: Cook) -> None:
        await cook.paused()
        await cook.send("cancel", keep=True)

    first, second = pausing(act("burn"), wrap("bag")), pausing(act("burn"), wrap("bag"))
    assert (await play(first, clean), await play(second, keep)) == (1, 1)
    assert (first.build().status, first.build().kept, first.build().resources) == ("failed", False, {})
    assert (second.build().status, second.build().kept, len(second.build().resources)) == ("failed", True, 1)
    assert first.build().error == "exit status 7"
    assert not any("wrap" in line for line in kitchen.log if "oven" in line)


async def test_cancel_in_the_middle_of_a_step(kitchen: Kitchen) -> None:
    started = asyncio.Event()

    @kitchen.act("rise")
    async def rise(machine: Machine) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            kitchen.log.append("stopped rising")
            raise

    async def told(cook: Cook) -> None:
        await started.wait()
        await cook.send("cancel")
        assert (await cook.refused("cancel")).code == "stale"

    cook = pausing(act("rise"))
    assert await play(cook, told) == 1
    assert (cook.build().status, cook.build("002-db").status) == ("cancelled", "succeeded")
    assert cook.build().steps["build/provisioner:act.rise#1"].status == "cancelled"
    assert kitchen.log[-1] == "stopped rising"
    assert "Interrupted" in kitchen.provisioned
    assert "oven-001-web" in kitchen.removed


async def test_a_component_that_answers_cancellation_with_an_error(kitchen: Kitchen) -> None:
    started = asyncio.Event()

    @kitchen.act("rise")
    async def rise(machine: Machine) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise StepError("the connection went away") from None

    async def told(cook: Cook) -> None:
        await started.wait()
        await cook.send("cancel")

    cook = pausing(act("rise"))
    assert await play(cook, told) == 1
    assert cook.build().status == "cancelled"


async def test_the_end_of_the_hold_cleans_up(kitchen: Kitchen, mended: asyncio.Event) -> None:
    cook = pausing(act("burn"), hold=0.03)
    assert await cook.main() == 1
    assert cook.build().status == "failed"
    assert cook.build().error == "exit status 7\nNobody answered within 0.03 s."
    assert kitchen.removed.count("oven-001-web") == 1


async def test_a_breakpoint_of_an_unwatched_run_goes_on_after_the_hold(kitchen: Kitchen) -> None:
    cook = pausing(act("stop", type="breakpoint"), hold=0.03, on_error="cleanup")
    assert await cook.main() == 0
    assert "Nobody answered within 0.03 s. The build goes on." in cook.lines()


async def test_hold_keeps_the_machine_longer(kitchen: Kitchen, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        pause = await cook.paused()
        until = pause.until
        answer = await cook.run.command(Command(1, "hold", "001-web", cook.build().expects, {"seconds": 30}))
        assert pause.until == until + 30 * 10**9
        assert answer.data == {"until": pause.until}
        for wrong in ({}, {"seconds": 0}, {"seconds": -5}, {"seconds": "x"}, {"seconds": True}):
            assert (await cook.refused("hold", **wrong)).code == "invalid"
        await asyncio.sleep(0.15)  # beyond the first hold
        assert cook.build().status == "paused"
        await cook.send("cancel")

    assert await play(pausing(act("burn"), hold=0.1), told) == 1


async def test_pause_without_a_hold_is_cleanup(kitchen: Kitchen, mended: asyncio.Event) -> None:
    cook = pausing(act("burn"), hold=0.0)
    assert await cook.main() == 1
    assert "The build does not pause: it has no --hold." in cook.lines()


async def test_ask_waits_for_ever(kitchen: Kitchen, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        pause = await cook.paused()
        assert pause.until == 0
        assert (await cook.refused("hold", seconds=5)).code == "invalid"
        mended.set()
        await cook.send("retry")

    assert await play(pausing(act("burn"), on_error="ask", hold=0.0), told) == 0


async def test_a_thousand_times_two_people_press_the_same_key(kitchen: Kitchen) -> None:
    @kitchen.act("burn")
    async def burn(machine: Machine) -> None:
        raise StepError("no")

    accepted = 0

    async def press(cook: Cook, number: int) -> None:
        nonlocal accepted
        pause = cook.build().pause
        assert pause is not None
        expects = Expects(pause.span, "paused")

        async def one(by: str) -> int:
            try:
                await cook.run.command(Command(number, "retry", "001-web", expects, by=by))
            except Refused as refusal:
                assert refusal.code == "stale"
                return 0
            return 1

        results = await asyncio.gather(one("ann"), one("bob"))
        assert sum(results) == 1
        accepted += 1

    async def told(cook: Cook) -> None:
        span = 0
        for number in range(1000):
            paused = await cook.paused(after=span)
            span = paused.span
            await press(cook, number)
        await cook.paused(after=span)
        await cook.send("cancel")

    cook = pausing(act("burn"))
    await play(cook, told)
    assert accepted == 1000
    assert kitchen.log.count("burn") == 1001
    assert cook.kinds().count("CommandRefused stale") == 1000


async def test_what_is_refused(kitchen: Kitchen, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        await cook.until(lambda state: bool(state.builds) and state.builds["002-db"].ended)
        assert (await cook.refused("bake")).code == "unknown"
        assert (await cook.refused("retry", "003-none", expects=Expects())).code == "unknown"
        assert (await cook.refused("retry", "002-db")).code == "stale"
        pause = await cook.paused()
        assert (await cook.refused("retry", expects=Expects(pause.span - 1, "paused"))).code == "stale"
        assert (await cook.refused("retry", expects=Expects(pause.span, "running"))).code == "stale"
        await cook.send("cancel")

    cook = pausing(act("burn"))
    assert await play(cook, told) == 1
    assert cook.kinds().count("CommandRefused stale") == 2


async def test_a_paused_build_lets_another_work_but_keeps_its_machine(kitchen: Kitchen, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused("001-web")
        await cook.paused("002-b")  # it got the slot for work; nobody has a machine for the third
        third = cook.build("003-c")
        said = "a machine slot: there are 2 (--max-machines), and paused builds keep theirs"
        assert (third.status, third.waits, cook.build("002-b").waits) == ("waiting", said, "")
        mended.set()
        await cook.send("retry", "001-web")
        await cook.until(lambda state: state.builds["003-c"].ended)
        assert third.waits == ""
        await cook.send("retry", "002-b")

    builds = [build(act("burn"), ordinal=number, name=name) for number, name in enumerate(["o.web", "o.b", "o.c"], 1)]
    cook = Cook(plan(*builds), on_error="pause", hold=60.0, parallel=1, machines=2)
    assert await play(cook, told) == 0


async def test_a_post_processor_can_be_retried_and_skipped(kitchen: Kitchen) -> None:
    async def fail(artifact: Artifact) -> Processed:
        raise StepError("no bag")

    kitchen.wraps["bag"] = fail

    async def told(cook: Cook) -> None:
        first = await cook.paused()
        await cook.send("retry")
        await cook.paused(after=first.span)
        await cook.send("skip")

    cook = pausing(wrap("bag"), wrap("box", link=1))
    assert await play(cook, told) == 0
    assert kitchen.log[-3:] == ["wrap bag of loaf", "wrap bag of loaf", "wrap box of loaf"]
    assert [artifact.id for artifact in cook.build().artifacts] == ["loaf", "box"]


async def test_a_step_that_only_a_new_machine_can_repeat(kitchen: Kitchen) -> None:
    async def told(cook: Cook) -> None:
        first = await cook.paused()
        await cook.send("retry")
        await cook.paused(after=first.span)
        await cook.send("cancel")

    made = build(act("knead"), oven={"fails": "cool"})
    steps = [
        msgspec.structs.replace(step, retry="from-machine" if step.title == "Cool" else "again") for step in made.steps
    ]
    cook = Cook(plan(msgspec.structs.replace(made, steps=steps)), on_error="pause", hold=60.0)
    assert await play(cook, told) == 1
    assert kitchen.log == ["knead", "knead"]
    assert kitchen.removed == ["tray-001-web", "oven-001-web"] * 2


class Echo(Communicator):
    """Its shell repeats what is typed."""

    async def interactive(self, terminal: Terminal) -> int:
        sizes: list[tuple[int, int]] = []
        terminal.on_resize(lambda rows, columns: sizes.append((rows, columns)))
        terminal.write(f"{terminal.rows}x{terminal.columns} secret hunter2\r\n".encode())
        while data := await terminal.read():
            if data == b"exit\r":
                return 5
            terminal.write(data + str(sizes).encode())
        return 1

    async def run(self, command: MachineCommand, on_output: OnOutput) -> int:
        return 0

    async def upload(self, content: bytes | Path, destination: str, *, mode: int = 0o644) -> None: ...
    async def upload_directory(self, source: Path, destination: str) -> None: ...
    async def download(self, source: str, destination: Path) -> None: ...
    async def download_directory(self, source: str, destination: Path) -> None: ...


async def test_a_shell_in_the_machine(kitchen: Kitchen, mended: asyncio.Event) -> None:
    @kitchen.act("connect")
    async def connect(machine: Machine) -> None:
        machine.communicator = Echo()

    async def told(cook: Cook) -> None:
        await cook.paused()
        span = await cook.send("shell", rows=30, columns=100)
        person = cook.run.stream(span)
        with pytest.raises(Refused, match="already"):
            cook.run.stream(span)
        with pytest.raises(Refused, match="no shell"):
            cook.run.stream(span + 1)
        assert await person.read() == b"30x100 secret hunter2\r\n"
        person.resize(40, 120)
        person.write(b"ls")
        assert await person.read() == b"ls[(40, 120)]"
        person.write(b"exit\r")
        assert await person.read() == b""
        assert person.exit_status == 5
        second = await cook.send("shell", rows=40, columns=120)
        leaving = cook.run.stream(second)
        assert b"40x120" in await leaving.read()
        leaving.resize(40, 120)
        leaving.write(b"vi")
        assert await leaving.read() == b"vi[(40, 120)]"
        leaving.close()
        assert await cook.send("shell") == second, "the one that was left"
        back = cook.run.stream(second)
        assert await back.read() == b"40x120 secret hunter2\r\nvi[(40, 120)]", "what it showed is shown again"
        third = await cook.send("shell", new=True)
        assert third != second
        looker = cook.run.stream(second, watch=True)
        assert (await looker.read()).startswith(b"40x120")
        back.resize(40, 120)
        back.write(b"x")
        for end in (back, looker):
            assert await end.read() == b"x[(40, 120), (40, 119), (40, 120)]", "told to draw anew"
        looker.close()
        await cook.send("cancel")
        assert b"lets go of the machine" in await back.read()
        assert await back.read() == b""

    builds = build(act("connect"), act("burn", number=3))
    cook = Cook(plan(builds, secrets=("hunter2",)), on_error="pause", hold=60.0)
    assert await play(cook, told) == 1
    assert cook.build().tainted == ["opened a shell"] * 3
    shells = [span for span in cook.state.spans.values() if span.type == "shell"]
    assert [(span.outcome, span.exit_status) for span in shells] == [("ok", 5), ("cancelled", 1), ("cancelled", 1)]
    reader = LogReader(cook.record.log("001-web"))
    transcript = [line.text for line in reader.lines(0, reader.refresh()) if line.span == shells[0].id]
    assert transcript[0] == b"30x100 secret <sensitive>\r"


def connects(kitchen: Kitchen) -> None:
    """The step `connect` gives the machine a shell."""

    @kitchen.act("connect")
    async def connect(machine: Machine) -> None:
        machine.communicator = Echo()


async def visited(cook: Cook) -> None:
    """Somebody opens a shell at the pause, leaves it, and goes on."""
    await cook.paused()
    person = cook.run.stream(await cook.send("shell"))
    await person.read()
    person.write(b"exit\r")
    assert await person.read() == b""
    await cook.send("continue")


async def test_the_artifact_tells_that_somebody_opened_a_shell(kitchen: Kitchen) -> None:
    connects(kitchen)
    chosen: Any = {"hold": 60.0, "wait_at_breakpoints": True, "breakpoints": ["after:connect"]}
    cook = Cook(plan(build(act("connect"))), **chosen)
    assert await play(cook, visited) == 0
    mark = {"what": "opened a shell", "step": "", "by": "ann"}
    assert [made.metadata for made in cook.build().artifacts] == [{"tainted": [mark]}]


async def test_once_somebody_opened_a_shell_nothing_is_left_to_later_runs(kitchen: Kitchen) -> None:
    connects(kitchen)

    async def watch(cook: Cook) -> None:
        """Nobody comes."""

    def cook(text: str, *breakpoints: str) -> Cook:
        steps = [
            act(name, number=number, options=options(text=text)) for number, name in enumerate(("connect", "eat"), 2)
        ]
        chosen: Any = {"hold": 60.0, "wait_at_breakpoints": True, "checkpoints": "each", "cache": True}
        return Cook(plan(cellar(*steps)), breakpoints=breakpoints, **chosen)

    def kept() -> list[str]:
        return [listed.entry.step for listed in Shelf().entries()]

    assert await play(cook("one"), watch) == 0
    assert sorted(kept()) == ["Close", "eat"]
    assert await play(cook("two", "after:connect"), visited) == 0
    assert sorted(kept()) == ["Close", "eat"]


class Mute(Echo):
    """Its shell fails at once."""

    async def interactive(self, terminal: Terminal) -> int:
        raise StepError("the machine does not answer")


async def test_a_shell_that_fails_says_so_to_who_comes_later(kitchen: Kitchen, mended: asyncio.Event) -> None:
    @kitchen.act("connect")
    async def connect(machine: Machine) -> None:
        machine.communicator = Mute()

    async def told(cook: Cook) -> None:
        await cook.paused()
        span = await cook.send("shell")
        await cook.until(lambda state: state.spans[span].finished > 0)
        person = cook.run.stream(span)
        assert await person.read() == b"the machine does not answer\r\n"
        assert (await person.read(), person.exit_status) == (b"", 1)
        assert cook.state.spans[span].outcome == "failed"
        await cook.send("cancel")

    await play(pausing(act("connect"), act("burn", number=3)), told)


async def test_a_shell_without_a_machine(kitchen: Kitchen) -> None:
    async def fail(artifact: Artifact) -> Processed:
        raise StepError("no bag")

    kitchen.wraps["bag"] = fail

    async def told(cook: Cook) -> None:
        assert not (await cook.paused()).shell
        refusal = await cook.refused("shell")
        assert (refusal.code, str(refusal)) == ("invalid", "There is no machine to open a shell in.")
        await cook.send("cancel")

    cook = pausing(wrap("bag"))
    assert await play(cook, told) == 1
    assert not cook.build().tainted
    assert not [span for span in cook.state.spans.values() if span.type == "shell"]


async def test_a_shell_where_the_communicator_has_none(kitchen: Kitchen, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        assert (await cook.refused("shell")).code == "invalid"
        await cook.send("cancel")

    cook = pausing(act("burn"))
    assert await play(cook, told) == 1
    assert not cook.build().tainted


@pytest.mark.parametrize("verb", ["continue", "next", "skip"])
async def test_nobody_goes_on_without_a_machine(kitchen: Kitchen, verb: str) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        refusal = await cook.refused(verb)
        assert refusal.code == "invalid"
        assert str(refusal) == ("Step 1 makes the machine: without it nothing after it can run. Retry, or cancel.")
        assert (cook.build().status, cook.build().tainted) == ("paused", [])
        await cook.send("cancel")

    cook = Cook(plan(build(act("eat"), oven={"fails": "heat"})), on_error="pause", hold=60.0)
    assert await play(cook, told) == 1
    assert kitchen.log == []


class Bakery:
    """A template on disk: one script. Compiles to the plan of what is on disk now."""

    def __init__(self, directory: Path) -> None:
        self.script = directory / "burn.sh"
        self.script.write_text("exit 7\n")
        self.error = ""
        self.secrets: tuple[str, ...] = ()
        self.steps = ["burn"]
        self.cwd = str(directory)

    def compile(self, request: Request, revision: int = 1) -> tuple[Plan, list[Diagnostic]]:
        if self.error:
            raise TemplateError([Diagnostic("Unclosed brace", self.error)])
        text = self.script.read_bytes() if self.script.exists() else b""
        steps = [act(name, options=options(text=text.decode().strip())) for name in self.steps]
        builds = [build(*steps), build(ordinal=2, name="oven.db")]
        made = plan(*builds, secrets=self.secrets, files={str(self.script): text})
        return msgspec.structs.replace(made, revision=revision), []

    def cook(self) -> Cook:
        made, _ = self.compile(Request("t", self.cwd))
        return Cook(made, cwd=self.cwd, recompile=self.compile, on_error="pause", hold=60.0)


@pytest.fixture
def bakery(tmp_path: Path) -> Bakery:
    return Bakery(tmp_path)


async def test_a_retry_asks_about_files_that_changed(kitchen: Kitchen, bakery: Bakery, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        paused = await cook.paused()
        assert (await cook.run.changes()).files == []
        bakery.script.write_text("exit 0\n")
        changes = await cook.run.changes()
        assert [change.path for change in changes.files] == ["burn.sh"]
        assert changes.files[0].diff.splitlines()[-2:] == ["-exit 7", "+exit 0"]
        refusal = await cook.refused("retry")
        assert (refusal.code, str(refusal)) == (
            "changed",
            "Changed since it ran: burn.sh. Retry with the change, or as it was?",
        )
        span = paused.span
        await cook.send("retry", changed=False)
        await cook.paused(after=span)
        mended.set()
        await cook.send("retry", changed=True)

    cook = bakery.cook()
    assert await play(cook, told) == 0
    assert kitchen.log[:3] == ["burn=exit 7", "burn=exit 7", "burn=exit 0"]
    assert cook.state.revision == 2
    attempts = [span for span in cook.state.spans.values() if span.step == "build/provisioner:act.burn#1"]
    assert [span.revision for span in attempts] == [1, 1, 2]


async def test_an_edit_that_does_not_parse_changes_nothing(
    kitchen: Kitchen, bakery: Bakery, mended: asyncio.Event
) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        bakery.script.write_text("password = hunter2\n")
        bakery.error = "line 3"
        await cook.until(lambda state: state.builds["002-db"].ended)
        before = cook.state.seq
        refusal = await cook.refused("edit-retry")
        assert (refusal.code, "Unclosed brace" in str(refusal)) == ("invalid", True)
        assert (cook.state.seq, cook.state.revision, cook.build().status) == (before + 1, 1, "paused")
        changes = await cook.run.changes()
        assert "Unclosed brace" in changes.problem
        assert [change.diff for change in changes.files] == [""]
        bakery.error = ""
        bakery.secrets = ("hunter2",)
        assert "<sensitive>" in (await cook.run.changes()).files[0].diff
        mended.set()
        await cook.send("edit-retry")

    cook = bakery.cook()
    assert await play(cook, told) == 0
    assert kitchen.log[1] == "burn=password = hunter2"
    assert b"hunter2" not in cook.record.events.read_bytes()


async def test_an_edit_that_adds_a_step_before_the_failed_one(
    kitchen: Kitchen, bakery: Bakery, mended: asyncio.Event
) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        bakery.steps = ["sift", "burn", "eat"]
        mended.set()
        await cook.send("edit-retry")

    cook = bakery.cook()
    assert await play(cook, told) == 0
    assert [line.partition("=")[0] for line in kitchen.log[:4]] == ["burn", "sift", "burn", "eat"]


async def test_the_failed_step_can_be_edited_away(kitchen: Kitchen, bakery: Bakery, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        bakery.steps = ["eat"]
        await cook.send("edit-retry")

    cook = bakery.cook()
    assert await play(cook, told) == 0
    assert [line.partition("=")[0] for line in kitchen.log[:2]] == ["burn", "eat"]
    assert cook.build().steps["build/provisioner:act.burn#1"].gone


async def test_a_missing_script_is_a_change(kitchen: Kitchen, bakery: Bakery, mended: asyncio.Event) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        bakery.script.unlink()
        assert [(change.path, change.gone) for change in (await cook.run.changes()).files] == [("burn.sh", True)]
        await cook.send("cancel")

    assert await play(bakery.cook(), told) == 1
