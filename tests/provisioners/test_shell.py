"""The shell provisioner over a real shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import CommandFailed, StepError
from bakehouse.provisioners.shell import Shell
from bakehouse.sdk import Argument, Machine
from support.context import RecordingContext, make_context, make_machine
from support.machine import HostDirectory


@pytest.fixture
def context(tmp_path: Path) -> RecordingContext:
    return make_context(tmp_path)


@pytest.fixture
def machine(context: RecordingContext, tmp_path: Path) -> Machine:
    machine = make_machine(context)
    root = tmp_path / "root"
    (root / "tmp").mkdir(parents=True)
    machine.communicator = HostDirectory(root)
    return machine


async def provision(machine: Machine, **options: Any) -> HostDirectory:
    communicator = machine.communicator
    assert isinstance(communicator, HostDirectory)
    await Shell(Shell.Config(**options)).provision(machine)
    return communicator


async def test_inline_runs_as_one_script_with_packers_variables(machine: Machine, context: RecordingContext) -> None:
    there = await provision(
        machine,
        inline=["x=1", 'echo "$x $PACKER_BUILD_NAME $PACKER_BUILDER_TYPE $WORD"'],
        env={"WORD": "it's"},
        environment_vars=["OTHER=a=b"],
    )
    assert context.text() == "1 example null it's\n"
    assert there.commands[0].environment["OTHER"] == "a=b"
    assert "it's" not in there.commands[0].line


async def test_the_script_is_taken_away_even_when_it_fails(machine: Machine) -> None:
    with pytest.raises(CommandFailed, match=r"non-zero exit status: 3\. Allowed exit codes are: \[0\]") as caught:
        await provision(machine, inline=["exit 3"])
    assert caught.value.exit_status == 3
    assert isinstance(machine.communicator, HostDirectory)
    assert list((machine.communicator.root / "tmp").iterdir()) == []


async def test_skip_clean_leaves_it(machine: Machine) -> None:
    there = await provision(machine, inline=["true"], skip_clean=True, remote_file="mine.sh")
    assert [path.name for path in (there.root / "tmp").iterdir()] == ["mine.sh"]
    assert (there.root / "tmp/mine.sh").stat().st_mode & 0o777 == 0o755


async def test_the_first_failing_line_stops_the_script(machine: Machine, context: RecordingContext) -> None:
    with pytest.raises(CommandFailed):
        await provision(machine, inline=["echo one", "false", "echo two"])
    assert context.text("stdout") == "one\n"


async def test_exit_codes_that_are_allowed_pass(machine: Machine) -> None:
    await provision(machine, inline=["exit 42"], valid_exit_codes=[0, 42])


async def test_scripts_come_from_the_plan_not_from_the_disk(
    machine: Machine, context: RecordingContext, tmp_path: Path
) -> None:
    path = tmp_path / "setup.sh"
    path.write_text("#!/bin/sh\necho from the disk\n")
    context.scripts[str(path)] = b"#!/bin/sh\r\necho from the plan\r\n"
    await provision(machine, script=str(path))
    assert context.text() == "from the plan\n"
    assert context.said == [f"Provisioning with shell script: {path}"]


async def test_several_scripts_run_in_order(machine: Machine, context: RecordingContext) -> None:
    context.scripts = {"a.sh": b"#!/bin/sh\necho a\n", "b.sh": b"#!/bin/sh\necho b\n"}
    await provision(machine, scripts=["a.sh", "b.sh"])
    assert context.text() == "a\nb\n"


async def test_variables_can_come_by_a_file(machine: Machine, context: RecordingContext) -> None:
    there = await provision(machine, inline=['echo "$WORD"'], env={"WORD": "quoted ' word"}, use_env_var_file=True)
    assert context.text() == "quoted ' word\n"
    assert there.commands[0].environment == {}
    assert list((there.root / "tmp").iterdir()) == []


async def test_a_command_line_with_values_on_it_is_told(machine: Machine, context: RecordingContext) -> None:
    await provision(machine, inline=["true"], env={"A": "1"}, execute_command="env {{.Vars}} {{.Path}}")
    assert any("where ps shows them" in text for text in context.warned)


async def test_without_a_machine_it_says_what_to_use(context: RecordingContext) -> None:
    with pytest.raises(StepError, match='Use "shell-local"'):
        await Shell(Shell.Config(inline=["true"])).provision(make_machine(context))


def test_exactly_one_kind_of_script_is_asked_for() -> None:
    for arguments in ({}, {"inline": Argument([])}):
        (problem,) = Shell.check(Shell.Config(), arguments)
        assert problem.summary == "No script to run"
    arguments = {"inline": Argument(["a"]), "script": Argument("b")}
    (problem,) = Shell.check(Shell.Config(inline=["a"], script="b"), arguments)
    assert problem.summary == '"inline" and "script" exclude each other'
    (problem,) = Shell.check(
        Shell.Config(inline=["a"], environment_vars=["NOPE"]),
        {"inline": Argument(["a"]), "environment_vars": Argument(["NOPE"])},
    )
    assert problem.summary == '"NOPE" is not NAME=value'
