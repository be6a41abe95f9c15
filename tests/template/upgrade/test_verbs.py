"""The verbs `fix` and `hcl2_upgrade`: files, exit codes, errors; and that both templates make the same plan."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakehouse.cli import fix, hcl2_upgrade, validate
from bakehouse.errors import TemplateError, UsageError
from bakehouse.template.compile import compile_plan
from bakehouse.template.plan import Request

NULL = {"type": "null", "communicator": "none"}
_ABOUT_THE_FILE = ("location", "source", "moving")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def template(value: Any, name: str = "t.json") -> str:
    Path(name).write_text(json.dumps(value))
    return name


def refused(run: Any, arguments: list[str]) -> str:
    with pytest.raises(TemplateError) as caught:
        run(arguments)
    return str(caught.value)


def test_fix_prints_json_and_leaves_the_file_alone(capsys: pytest.CaptureFixture[str]) -> None:
    name = template({"_comment": "c", "builders": [{**NULL, "ssh_key_path": "k"}]})
    before = Path(name).read_text()
    assert fix.main([name]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == {"_comment": "c", "builders": [{**NULL, "ssh_private_key_file": "k"}]}
    assert Path(name).read_text() == before


def test_fix_checks_what_it_prints() -> None:
    name = template({"builders": [NULL], "provisioners": [{"type": "shell-local", "only": ["other"]}]})
    assert f"{name}:1," in refused(fix.main, [name])
    assert fix.main(["-validate=false", name]) == 0


def test_fix_wants_values_for_variables_that_have_none() -> None:
    name = template({"builders": [NULL], "variables": {"a": None}})
    assert '"a" has no value' in refused(fix.main, [name])
    assert fix.main(["-var", "a=1", name]) == 0


def test_validate_says_what_fix_would_change(capsys: pytest.CaptureFixture[str]) -> None:
    step = {"type": "powershell", "inline": ["x"], "elevated_password": "p`$q", "elevated_user": "u"}
    assert validate.main([template({"builders": [NULL], "provisioners": [step]})]) == 0
    said = capsys.readouterr().out
    assert "out of date" in said and "powershell-escapes" in said
    assert validate.main([template({"builders": [NULL]})]) == 0
    assert "out of date" not in capsys.readouterr().out


def test_what_fixing_mends_is_no_mistake() -> None:
    step = {"type": "shell-local", "override": {"proxmox-iso": {}}}
    assert fix.main([template({"builders": [{"type": "proxmox"}], "provisioners": [step]})]) == 0


@pytest.mark.parametrize("run", [fix.main, hcl2_upgrade.main])
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"builders": [', "t.json:1,14"),
        ("[]", "t.json:1,1"),
        ('{"builders": {"type": "null"}}', "t.json:1,14"),
        ('{"builders": [5]}', "t.json:1,15"),
        ('{"builders": [{"type": []}]}', "t.json:1,24"),
        ('{"variables": {"a": {}}}', "t.json:1,21"),
        ('{"post-processors": [[1]]}', "t.json:1,23"),
        ('{"provisioners": [{"type": "a", "override": 1}]}', "t.json:1,45"),
        ('{"a": 1e999}', "t.json:1,7"),
        ('{"bilders": []}', "t.json:1,2"),
    ],
)
def test_what_is_wrong_has_a_place(run: Any, text: str, place: str) -> None:
    Path("t.json").write_text(text)
    assert place in refused(run, ["t.json"])


@pytest.mark.parametrize("run", [fix.main, hcl2_upgrade.main])
def test_other_templates_are_refused(run: Any) -> None:
    Path("t.pkr.hcl").write_text("build {}")
    assert "no legacy JSON template" in refused(run, ["t.pkr.hcl"])
    assert "none.json" in refused(run, ["none.json"])


def test_an_existing_output_is_replaced_whole(capsys: pytest.CaptureFixture[str]) -> None:
    target = Path("out.pkr.hcl")
    target.write_text("# old")
    target.chmod(0o640)
    link = Path("link.pkr.hcl")
    link.symlink_to(target)
    assert hcl2_upgrade.main(["-output-file", "link.pkr.hcl", template({"builders": [NULL]})]) == 0
    assert link.is_symlink() and target.read_text().startswith('\nsource "null"')
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(os.listdir()) == ["link.pkr.hcl", "out.pkr.hcl", "t.json"]
    assert "link.pkr.hcl" in capsys.readouterr().out


def test_from_standard_input_to_standard_output(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = json.dumps({"builders": [NULL, {"type": "nosuch"}]})
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert hcl2_upgrade.main(["-"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith('\nsource "nosuch"') and said.out.endswith("}\n")
    assert 'Unknown builder "nosuch"' in said.err
    assert os.listdir() == []


def test_a_variable_from_the_command_line_is_declared() -> None:
    assert hcl2_upgrade.main(["-var", "host=h", template({"builders": [{**NULL, "ssh_host": "{{user `host`}}"}]})]) == 0
    assert 'variable "host"' in Path("t.json.pkr.hcl").read_text()


def test_what_cannot_be_written_is_said() -> None:
    named = template({"builders": [NULL]})
    Path("folder").mkdir()
    for target in ("no/where.pkr.hcl", "folder"):
        with pytest.raises(UsageError, match=target):
            hcl2_upgrade.main([f"-output-file={target}", named])
    assert sorted(os.listdir()) == sorted(["folder", named])


def test_an_unknown_component_is_an_error_after_the_file_was_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert hcl2_upgrade.main([template({"builders": [{"type": "dokcer"}]})]) == 1
    assert 'Did you mean "docker"?' in capsys.readouterr().out
    assert Path("t.json.pkr.hcl").exists()


def plan(name: str) -> list[Any]:
    """What is to be done, without names that HCL cannot have and without places."""
    made, _ = compile_plan(Request(template=name, cwd=os.getcwd()))
    return [(build.builder, _bare(build.options), [_step(step) for step in build.steps]) for build in made.builds]


def _step(step: Any) -> Any:
    plain = msgspec.to_builtins(step)
    return {name: _bare(plain[name]) for name in ("type", "options", "meta") if name in plain}


def _bare(value: Any) -> Any:
    value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        return {name: _bare(item) for name, item in value.items() if name not in _ABOUT_THE_FILE}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return re.sub(r'\{\{\s*"([^"]*)"\s*\}\}', r"\1", value) if isinstance(value, str) else value


LOCAL = {"type": "shell-local", "inline": ["true"]}
NAMED: list[dict[str, Any]] = [{**NULL, "name": "a"}, {**NULL, "name": "b"}]


@pytest.mark.parametrize(
    "legacy",
    [
        {"builders": [NULL]},
        {"builders": NAMED, "provisioners": [{**LOCAL, "only": ["a"]}, {**LOCAL, "except": ["a"]}]},
        {"builders": NAMED, "provisioners": [{**LOCAL, "override": {"b": {"inline": "echo ${x} %{y},b"}}}]},
        {"builders": NAMED, "provisioners": [{**LOCAL, "environment_vars": ["N={{build_name}}"], "timeout": "90s"}]},
        {"builders": [NULL], "provisioners": [{"type": "shell-local", "inline": "echo a,echo b", "env": {"A": "1"}}]},
        {"builders": [NULL], "variables": {"v": "x"}, "provisioners": [{**LOCAL, "inline": ["{{user `v`}}$"]}]},
        {
            "builders": [{"type": "file", "name": "f", "target": "o", "content": "{{user `c`}}"}],
            "variables": {"a": "1", "b": "{{user `a`}}2", "c": "{{user `b`}}{{user `a`}}"},
            "post-processors": ["manifest", [{"type": "checksum", "keep_input_artifact": True}, "compress"]],
        },
    ],
)
def test_both_templates_make_the_same_plan(legacy: dict[str, Any]) -> None:
    name = template(legacy)
    assert hcl2_upgrade.main([name]) == 0
    assert plan(f"{name}.pkr.hcl") == plan(name)


@pytest.mark.parametrize("verb", ["fix", "hcl2_upgrade"])
def test_no_line_with_a_secret_is_shown(tmp_path: Path, verb: str) -> None:
    variables = '"variables": {"pw": "hunter22", "b": null}, "sensitive-variables": ["pw"]'
    text = f'{{{variables},\n"builders": [{{"type": "nul", "x": "hunter22"}}]}}'
    (tmp_path / "s.json").write_text(text)
    command = [sys.executable, "-m", "bakehouse", verb, "s.json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "s.json:1," in done.stdout
    assert "hunter22" not in done.stdout + done.stderr
