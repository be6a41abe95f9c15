"""shell-local, as a provisioner and as a post-processor."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import CommandFailed
from bakehouse.post_processors.shell_local import ShellLocal as ShellLocalAfter
from bakehouse.provisioners.shell_local import ShellLocal
from bakehouse.sdk import Argument, Artifact
from support.context import RecordingContext, make_context, make_machine


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordingContext:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return make_context(tmp_path)


async def provision(context: RecordingContext, **options: Any) -> None:
    await ShellLocal(ShellLocal.Config(**options)).provision(make_machine(context))


async def test_it_runs_on_the_host_with_packers_variables(context: RecordingContext) -> None:
    await provision(
        context, inline=['echo "$PACKER_BUILD_NAME $PACKER_BUILDER_TYPE $PACKER_RUN_UUID $WORD"'], env={"WORD": "it's"}
    )
    assert context.text() == f"example null {context.build.run_uuid} it's\n"


async def test_no_script_is_left_behind(context: RecordingContext, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed):
        await provision(context, inline=["exit 9"])
    assert list((tmp_path / "scratch").iterdir()) == []


async def test_execute_command_takes_its_fields(context: RecordingContext) -> None:
    await provision(context, command="echo hi", execute_command=["/bin/sh", "-c", "echo [{{.Command}}]; {{.Script}}"])
    assert context.text() == "[echo hi]\nhi\n"


async def test_another_system_skips_it(context: RecordingContext) -> None:
    await provision(context, inline=["echo no"], only_on=["windows"])
    assert context.said == ["Skipping shell-local due to runtime OS"]
    assert context.printed == []


def test_only_on_takes_systems_by_name() -> None:
    config = ShellLocal.Config(inline=["a"], only_on=["linus"])
    (problem,) = ShellLocal.check(config, {"inline": Argument(["a"]), "only_on": Argument(["linus"])})
    assert problem.summary == 'No system is called "linus"'


async def test_after_a_build_it_hands_the_artifact_on(context: RecordingContext) -> None:
    artifact = Artifact("packer.file", "File", "Stored file: x")
    processed = await ShellLocalAfter(ShellLocalAfter.Config(inline=["echo after"])).post_process(artifact, context)
    assert processed.artifact is artifact
    assert (processed.keep, processed.forced) == (True, True)
    assert context.text() == "after\n"
