"""From a template on disk through the compiler to shells: what an edit does to a run that is paused."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path

import pytest

from bakehouse.template.compile import compile_plan
from bakehouse.template.plan import Request
from support.kitchen import Cook

TEMPLATE = """
variable "token" {
  default   = "first-token"
  sensitive = true
}
source "null" "a" {
  communicator = "none"
}
source "null" "b" {
  communicator = "none"
}
build {
  sources = ["null.a", "null.b"]
  provisioner "shell-local" {
    inline = ["echo ${source.name} was here"]
  }
  provisioner "shell-local" {
    only   = ["null.a"]
    script = "step.sh"
    env    = { TOKEN = var.token }
  }
  provisioner "shell-local" {
    inline = ["echo last ${build.ID}"]
  }
}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "app.pkr.hcl").write_text(TEMPLATE)
    (tmp_path / "step.sh").write_text('echo "$TOKEN, first try"\nexit 4\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cook_of(folder: Path) -> Cook:
    request = Request("app.pkr.hcl", str(folder))
    made, _ = compile_plan(request)
    again = functools.partial(compile_plan, request)
    return Cook(made, cwd=str(folder), recompile=lambda _, revision: again(revision), on_error="pause", hold=60.0)


async def test_a_script_as_it_was_and_then_with_the_change(folder: Path) -> None:
    cook = cook_of(folder)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(cook.main())
        pause = await cook.paused("001-a")
        assert pause.exit_status == 4
        (folder / "step.sh").write_text('echo "$TOKEN, second try"\n')
        assert (await cook.refused("retry", "001-a")).code == "changed"
        await cook.send("retry", "001-a", changed=False)
        await cook.paused("001-a", after=pause.span)
        await cook.send("retry", "001-a", changed=True)
    assert cook.code == 0
    lines = [line for line in cook.lines("001-a") if "try" in line]
    assert lines == ["<sensitive>, first try", "<sensitive>, first try", "<sensitive>, second try"]


async def test_an_edited_template_with_a_mistake_a_new_secret_and_a_new_build(folder: Path) -> None:
    cook = cook_of(folder)
    template = folder / "app.pkr.hcl"
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(cook.main())
        await cook.paused("001-a")
        template.write_text(TEMPLATE.replace("env    =", "env    = {"))
        refusal = await cook.refused("edit-retry", "001-a")
        assert "app.pkr.hcl:20," in str(refusal)
        edited = TEMPLATE.replace("first-token", "second-token").replace("exit 4", "exit 0")
        edited = edited.replace('script = "step.sh"', 'inline = ["echo $TOKEN mended"]')
        edited = edited.replace('sources = ["null.a", "null.b"]', 'sources = ["null.c", "null.a", "null.b"]')
        template.write_text(edited + 'source "null" "c" {\n  communicator = "none"\n}\n')
        changes = await cook.run.changes()
        assert [change.path for change in changes.files] == ["app.pkr.hcl"]
        assert "-token" not in changes.files[0].diff
        assert "+    inline = " in changes.files[0].diff
        await cook.send("edit-retry", "001-a")
    assert cook.code == 0
    assert list(cook.state.builds) == ["001-a", "002-b"]  # no build joins a run that is under way
    assert "<sensitive> mended" in cook.lines("001-a")
    for path in cook.record.path.rglob("*"):
        assert path.is_dir() or b"-token" not in path.read_bytes()
