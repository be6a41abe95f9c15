"""A look inside a paused machine, and the evidence put aside before: with a real machine of the rootfs builder."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakehouse.engine.evidence import QUESTIONS
from bakehouse.errors import CommandFailed, Refused
from bakehouse.record import events
from bakehouse.record.commands import Command, Expects
from bakehouse.sdk import Command as MachineCommand
from bakehouse.sdk import Machine
from bakehouse.template.plan import BuildPlan, StepPlan
from bakehouse_builders.rootfs import machines
from support.kitchen import PLACE, Cook, Kitchen, act, build, options, plan, play

SECRET = "open-sesame-42"


def embedded(directory: Path, *steps: StepPlan) -> BuildPlan:
    """A build of the rootfs builder."""
    own = [
        StepPlan("build/machine:base#1", 1, "Prepare base", "machine", "", PLACE),
        StepPlan("build/machine:start#1", 2, "Start machine", "machine", "", PLACE),
        *steps,
        StepPlan("build/artifact:stop#1", 8, "Stop machine", "artifact", "", PLACE),
        StepPlan("build/artifact:pack#1", 9, "Pack image", "artifact", "", PLACE),
    ]
    given = options(output=str(directory / "image.tar"))
    return msgspec.structs.replace(build(name="rootfs.web"), builder="rootfs", options=given, steps=own)


def does(kitchen: Kitchen, name: str, line: str) -> None:
    """The provisioner `act` of this name runs a command in the machine."""

    @kitchen.act(name)
    async def attempt(machine: Machine) -> None:
        assert machine.communicator is not None
        status = await machine.communicator.run(MachineCommand(line), machine.context.output)
        if status:
            raise CommandFailed(f"exit status {status}", exit_status=status)


@pytest.fixture
def cook(kitchen: Kitchen, tmp_path: Path) -> Cook:
    does(kitchen, "one", f"echo one >/one; echo {SECRET} >/secret; mkdir /dir; printf 'a\\0b' >/dir/binary")
    does(kitchen, "two", f"rm /one; echo new >/new; echo told {SECRET}; [ -e /mended ]")
    made = plan(embedded(tmp_path, act("one"), act("two")), secrets=(SECRET,))
    return Cook(made, on_error="pause", hold=60.0, wait_at_breakpoints=True, checkpoints="each")


async def ask(cook: Cook, verb: str, **arguments: Any) -> dict[str, Any]:
    command = Command(1, verb, "001-web", cook.build().expects, arguments, by="ann")
    return (await cook.run.command(command)).data


async def test_a_paused_machine_can_be_looked_into(cook: Cook) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        diff = await ask(cook, "diff")
        assert (diff["since"], diff["exact"]) == ("build/provisioner:act.two#1", True)
        assert [(file["path"], file["change"], file["size"]) for file in diff["files"]] == [
            ("/new", "added", 4),
            ("/one", "removed", 0),
        ]
        assert (diff["added"], diff["changed"], diff["removed"], diff["bytes"]) == (1, 0, 1, 4)
        before = await ask(cook, "open", path="/one", which="before")
        assert (before["content"], before["encoding"], before["truncated"]) == ("one\n", "utf-8", False)
        assert (await ask(cook, "open", path="/one"))["exists"] is False
        assert (await ask(cook, "open", path="/secret"))["content"] == "<sensitive>\n"
        assert (await ask(cook, "open", path="/dir/binary"))["encoding"] == "base64"
        assert "no file" in str(await cook.refused("open", path="/dir"))
        assert '"before" or "after"' in str(await cook.refused("open", path="/dir", which="now"))
        assert "takes a path" in str(await cook.refused("open"))
        await cook.send("cancel")

    assert await play(cook, told) == 1


async def test_files_can_be_copied_out(cook: Cook) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        file, directory = await ask(cook, "copy", path="/secret"), await ask(cook, "copy", path="/dir/")
        assert Path(file["path"]).read_text() == f"{SECRET}\n"
        assert Path(directory["path"], "binary").read_bytes() == b"a\0b"
        assert (file["directory"], directory["directory"], directory["bytes"]) == (False, True, 3)
        assert file["note"] == "Secrets in it are not masked; only you can read it."
        assert Path(file["path"]).is_relative_to(cook.record.path)
        assert stat.S_IMODE(Path(file["path"]).parent.stat().st_mode) == 0o700
        assert "There is no /nowhere" in str(await cook.refused("copy", path="/nowhere"))
        await cook.send("cancel")

    assert await play(cook, told) == 1


async def test_a_command_by_hand_is_recorded_and_taints(cook: Cook) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        answer = await ask(cook, "run", command=f"echo {SECRET}; exit 3")
        assert (answer["exit_status"], answer["output"], answer["encoding"]) == (3, "<sensitive>\n", "utf-8")
        span = cook.state.spans[answer["span"]]
        assert (span.type, span.title, span.by, span.outcome, span.exit_status) == (
            "hand command",
            "echo <sensitive>; exit 3",
            "ann",
            "failed",
            3,
        )
        assert cook.build().tainted == ["ran echo <sensitive>; exit 3"]
        assert answer["truncated"] is False
        long = await ask(cook, "run", command="seq 1 300000")
        assert long["truncated"] is True and len(long["output"]) < 100_000
        assert long["output"].splitlines()[-1] in ("300000", b"300000")
        assert (await ask(cook, "run", command="touch /mended"))["exit_status"] == 0
        await cook.send("retry")

    assert await play(cook, told) == 0
    assert "<sensitive>" in cook.lines()
    assert not any(SECRET in line for line in cook.lines())


async def test_details_say_what_there_is(cook: Cook) -> None:
    async def told(cook: Cook) -> None:
        pause = await cook.paused()
        details = await ask(cook, "details")
        assert details["step"] == pause.step
        assert details["options"]["name"] == "two"
        assert details["facts"]["ConnType"] == "rootfs"
        assert [one["outcome"] for one in details["attempts"]] == ["failed"]
        assert [one["step"] for one in details["checkpoints"]][0] == "build/provisioner:act.one#1"
        assert details["evidence"] == cook.build().evidence
        await cook.send("cancel")

    assert await play(cook, told) == 1


async def test_a_question_under_way_ends_with_the_build(cook: Cook) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(cook.refused("run", command="sleep 31536095"))
            await cook.until(lambda state: any(span.type == "hand command" for span in state.spans.values()))
            await cook.send("cancel")
        assert "went on" in str(asked.result())

    assert await play(cook, told) == 1
    assert [span.outcome for span in cook.state.spans.values() if span.type == "hand command"] == ["cancelled"]


async def test_nothing_is_asked_while_a_step_runs(cook: Cook, kitchen: Kitchen) -> None:
    @kitchen.act("one")
    async def one(machine: Machine) -> None:
        command = Command(1, "run", "001-web", Expects(), {"command": "true"}, by="ann")
        with pytest.raises(Refused, match="is running, not paused"):
            await cook.run.command(command)
        kitchen.log.append("refused")

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("cancel")

    assert await play(cook, told) == 1
    assert "refused" in kitchen.log


async def test_evidence_is_there_before_anybody_is_asked(cook: Cook) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        kinds = [kind for kind in cook.kinds() if kind.startswith(("Evidence", "BuildPaused"))]
        assert kinds == ["EvidenceCollected", "BuildPaused failure"]
        await cook.send("cancel")

    assert await play(cook, told) == 1
    [told_of] = [fact.decode(events.EvidenceCollected) for fact in cook.facts if fact.kind == "EvidenceCollected"]
    bundle = Path(told_of.path)
    assert bundle == cook.record.path / "evidence" / "001-web-2-1"
    assert {"log.txt", "options.json", "facts.json", "processes.txt", "disks.txt", "files.txt"} <= set(told_of.files)
    assert sorted(path.name for path in bundle.iterdir()) == sorted(told_of.files)
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o700
    assert "told <sensitive>\n" in (bundle / "log.txt").read_text()
    assert json.loads((bundle / "options.json").read_text())["name"] == "two"
    assert "/new" in (bundle / "files.txt").read_text()
    assert told_of.changed and told_of.since
    assert not any(SECRET in path.read_text() for path in bundle.iterdir())


async def test_what_files_are_compared_with_is_called_as_people_call_it(kitchen: Kitchen, tmp_path: Path) -> None:
    does(kitchen, "one", "echo one >/one")
    does(kitchen, "two", "exit 1")

    async def told(cook: Cook) -> None:
        await cook.paused()
        await cook.send("cancel")

    steps = act("one", number=3), act("two", number=4)
    cook = Cook(plan(embedded(tmp_path, *steps)), on_error="pause", hold=60.0, checkpoints="off")
    assert await play(cook, told) == 1
    text = (cook.record.path / "evidence" / "001-web-4-1" / "files.txt").read_text()
    assert text.startswith("Changes since the checkpoint before 3 one, the last one before this step.\n")


async def test_a_failure_that_nobody_looks_at_asks_the_machine_nothing(
    cook: Cook, tmp_path: Path, kitchen: Kitchen
) -> None:
    quick = Cook(cook.run._revisions.plan)
    assert await quick.main() == 1
    [told_of] = [fact.decode(events.EvidenceCollected) for fact in quick.facts if fact.kind == "EvidenceCollected"]
    assert told_of.files == ["facts.json", "log.txt", "options.json"]


async def test_a_machine_that_does_not_answer_holds_nobody_up(cook: Cook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bakehouse.engine.evidence.PATIENCE", 0.5)
    monkeypatch.setitem(QUESTIONS, "slow.txt", "echo begun; sleep 31536096")

    async def told(cook: Cook) -> None:
        await cook.paused()
        [fact] = [fact for fact in cook.facts if fact.kind == "EvidenceCollected"]
        files = fact.decode(events.EvidenceCollected).files
        assert "slow.txt" not in files
        assert "log.txt" in files
        assert (await ask(cook, "run", command="! pidof sleep"))["exit_status"] == 0
        await cook.send("cancel")

    assert await play(cook, told) == 1


async def test_a_command_that_no_machine_could_run_does_not_taint(cook: Cook) -> None:
    async def told(cook: Cook) -> None:
        await cook.paused()
        (connection,) = machines.running.values()
        await connection.close()
        assert "is not running any more" in str(await cook.refused("run", command="ls"))
        assert cook.build().tainted == []
        await cook.send("cancel")

    assert await play(cook, told) == 1
