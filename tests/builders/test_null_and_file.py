"""The two builders without a machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.errors import StepError
from bakehouse.sdk import PROVISION, UNKNOWN, Argument, Command, Resource, Step
from bakehouse.sdk.decode import decode
from bakehouse_builders.file import File
from bakehouse_builders.null import Null
from support.context import make_context, make_machine


async def test_null_makes_nothing(tmp_path: Path) -> None:
    builder = Null(Null.Config(communicator="none"))
    assert list(builder.steps()) == [PROVISION]
    artifact = await builder.artifact(make_machine(make_context(tmp_path)))
    assert (artifact.builder_id, artifact.id, artifact.files) == ("fnoeding.null", "Null", ())


def problems_of(**given: object) -> list[str]:
    arguments = {name: Argument(value) for name, value in given.items()}
    _, problems = decode(Null, arguments)
    return [problem.summary for problem in problems]


def test_null_says_what_it_needs_to_reach_a_machine() -> None:
    assert problems_of(communicator="none") == []
    assert problems_of() == ['Missing option "ssh_host"', 'Missing option "ssh_username"', "No way to log in"]
    assert problems_of(ssh_host="h", ssh_username="u", ssh_password="p") == []
    assert problems_of(ssh_host="h", ssh_username="u", ssh_agent_auth=True) == []
    assert problems_of(ssh_host=UNKNOWN, ssh_username="u", ssh_agent_auth=True) == []
    assert problems_of(communicator="carrier-pigeon") == ['There is no communicator "carrier-pigeon"']
    assert problems_of(communicator="winrm", winrm_host="h", winrm_username="u") == ['Missing option "winrm_password"']
    assert problems_of(ssh_host="h", ssh_username="u", ssh_agent_auth=True, ssh_certificate_file="/no/such") == [
        'There is no file "/no/such"'
    ]
    assert problems_of(communicator="none", ssh_file_transfer_method="ftp") == [
        'Wrong value for option "ssh_file_transfer_method"'
    ]


def test_null_reaches_no_machine_yet() -> None:
    assert Null.not_yet(Null.Config(communicator="none")) == ""
    assert "by winrm" in Null.not_yet(Null.Config(communicator="winrm"))


async def test_file_writes_its_content(tmp_path: Path) -> None:
    target = tmp_path / "deep/note.txt"
    builder = File(File.Config(target=str(target), content="héllo\n"))
    machine = make_machine(make_context(tmp_path, type="file"))
    write, provision = builder.steps()
    assert isinstance(write, Step)
    assert provision is PROVISION
    await write.run(machine)
    assert target.read_text() == "héllo\n"
    assert target.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in target.parent.iterdir()] == ["note.txt"]
    artifact = await builder.artifact(machine)
    assert (artifact.builder_id, artifact.description) == ("packer.file", f"Stored file: {target}")
    await artifact.destroy()
    assert not target.exists()


async def test_file_copies_a_source(tmp_path: Path) -> None:
    (tmp_path / "from").write_bytes(b"\x00\xff")
    builder = File(File.Config(target=str(tmp_path / "to"), source=str(tmp_path / "from")))
    await builder.write(make_machine(make_context(tmp_path, type="file")))
    assert (tmp_path / "to").read_bytes() == b"\x00\xff"


async def test_provisioners_that_need_a_machine_do_nothing_and_that_is_told(tmp_path: Path) -> None:
    context = make_context(tmp_path, type="file")
    machine = make_machine(context)
    await File(File.Config(target=str(tmp_path / "x"))).write(machine)
    assert machine.communicator is not None
    assert await machine.communicator.run(Command("echo hi"), context.output) == 0
    assert (context.printed, len(context.warned)) == ([], 1)


async def test_a_target_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    builder = File(File.Config(target=str(tmp_path / "file/below")))
    with pytest.raises(StepError, match="Cannot write .*file/below: Not a directory|File exists"):
        await builder.write(make_machine(make_context(tmp_path, type="file")))


async def test_removing_is_by_name_and_twice(tmp_path: Path) -> None:
    path = tmp_path / ".half"
    path.write_text("half")
    for _ in range(2):
        await File.remove(Resource("builder:file", "file", str(path)))
    assert not path.exists()


def test_origins_exclude_each_other(tmp_path: Path) -> None:
    arguments = {"target": Argument("t"), "source": Argument("s"), "content": Argument("c")}
    (problem,) = File.check(File.Config(target="t", source="s", content="c"), arguments)
    assert problem.summary == '"source" and "content" exclude each other'
    (problem,) = File.check(File.Config(target="t", source="/nowhere"), {"source": Argument("/nowhere")})
    assert problem.summary == 'There is no file "/nowhere"'


def test_a_file_without_content_is_warned_of() -> None:
    config, (warning,) = decode(File, {"target": Argument("o.txt"), "content": Argument("")})
    assert config is not None
    assert (warning.severity, warning.summary) == ("warning", "The file has no content")
    assert decode(File, {"target": Argument("o.txt"), "content": Argument(UNKNOWN)})[1] == []
