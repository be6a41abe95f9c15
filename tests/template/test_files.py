"""Which files a plan is made of, and which it rests on."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from bakehouse.errors import TemplateError
from bakehouse.sdk import Inputs
from bakehouse.template.compile import compile_plan
from bakehouse.template.inputs import InputFiles
from support.templates import NULL, build_of, errors_of, plan_of, request, write

BUILD = 'build {\n  sources = ["null.x"]\n%s}\n'


def test_a_directory_is_one_template(tmp_path: Path) -> None:
    write(tmp_path, sub__b_hcl=NULL, sub__a_hcl=BUILD % "", sub__deeper__c_hcl="banana {\n}\n")
    (tmp_path / "sub" / ".hidden.pkr.hcl").write_text('locals {\n  root = "${path.root} ${path.cwd}"\n}\n')
    os.symlink("sub", tmp_path / "alias")
    for given in ("sub", "sub/", "./sub", "alias", "sub/../sub", str(tmp_path / "sub")):
        plan = compile_plan(request(tmp_path, given))[0]
        assert [build.name for build in plan.builds] == ["null.x"]
        assert len(plan.files) == 3
    assert plan.directory == str(tmp_path / "sub")


def test_mistakes_of_several_files_are_told_together(tmp_path: Path) -> None:
    write(tmp_path, a_hcl="locals {\n  a = \n}\n", b_hcl="build {\n", c_hcl=NULL)
    with pytest.raises(TemplateError) as caught:
        compile_plan(request(tmp_path, "."))
    assert [found.location.file for found in caught.value.diagnostics if found.location] == ["a.pkr.hcl", "b.pkr.hcl"]


def test_files_are_named_as_people_named_them(tmp_path: Path) -> None:
    write(tmp_path, sub__a_hcl="banana {\n}\n")
    for given, name in {"sub": "sub/a.pkr.hcl", "./sub/a.pkr.hcl": "sub/a.pkr.hcl"}.items():
        with pytest.raises(TemplateError) as caught:
            compile_plan(request(tmp_path, given))
        where = caught.value.diagnostics[0].location
        assert where is not None and where.file == name


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b'locals {\n  a = "\xff"\n}\n', 2),
        (b'locals {\n  a = [\n    "${"x\xe9"} b",\n  ]\n}\n', 3),
        (b'variable "\xe9" {\n}\n', 1),
    ],
)
def test_not_utf8(tmp_path: Path, text: bytes, line: int) -> None:
    (tmp_path / "a.pkr.hcl").write_bytes(text)
    with pytest.raises(TemplateError) as caught:
        compile_plan(request(tmp_path))
    where = caught.value.diagnostics[0].location
    assert where is not None and where.line == line


def test_a_comment_may_hold_any_byte(tmp_path: Path) -> None:
    text = b"\xef\xbb\xbf# caf\xe9\n" + NULL.encode() + (BUILD % "").encode() + b"/* \xff */\n"
    (tmp_path / "a.pkr.hcl").write_bytes(text)
    assert compile_plan(request(tmp_path))[0].files[str(tmp_path / "a.pkr.hcl")].content == text


def test_scripts_are_kept_and_larger_files_digested(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.sh").write_bytes(b"echo hi\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "x").write_text("1")
    step = '  provisioner "shell" {\n    scripts = ["in.sh", "./in.sh"]\n  }\n'
    step += '  provisioner "file" {\n    source = "data"\n    destination = "/tmp/"\n  }\n'
    plan = plan_of(tmp_path, NULL + BUILD % step)
    shell, file = plan.builds[0].steps
    path = str(tmp_path / "in.sh")
    assert shell.inputs == [path] and shell.script == path
    assert plan.files[path].content == b"echo hi\n"
    assert plan.files[path].digest == hashlib.sha256(b"echo hi\n").hexdigest()
    data = plan.files[file.inputs[0]]
    assert data.content is None and data.size == 1
    (tmp_path / "data" / "x").write_text("2")
    changed = plan_of(tmp_path, NULL + BUILD % step).files[file.inputs[0]]
    assert changed.digest != data.digest
    assert plan.files[str(tmp_path / "a.pkr.hcl")].content is not None


def test_of_a_file_of_variables_only_the_digest_is_kept(tmp_path: Path) -> None:
    write(tmp_path, v_pkrvars='pw = "hunter2"\n')
    text = 'variable "pw" {\n  sensitive = true\n}\n'
    plan = plan_of(tmp_path, text + NULL + BUILD % "", variable_files=["v.pkrvars.hcl"])
    record = plan.files[str(tmp_path / "v.pkrvars.hcl")]
    assert record.digest and record.content is None


def test_a_directory_digest_sees_names_modes_links_and_depth(tmp_path: Path) -> None:
    def digest() -> str:
        files = InputFiles(str(tmp_path))
        return files.records[files.add(Inputs(files=("d",)))[0]].digest

    assert digest() == ""
    (tmp_path / "d" / "deep").mkdir(parents=True)
    (tmp_path / "d" / "deep" / "f").write_text("x")
    seen = [digest()]
    os.chmod(tmp_path / "d" / "deep" / "f", 0o600)
    seen.append(digest())
    os.symlink("nowhere", tmp_path / "d" / "link")
    seen.append(digest())
    os.rename(tmp_path / "d" / "deep" / "f", tmp_path / "d" / "deep" / "g")
    seen.append(digest())
    assert len(set(seen)) == 4 and "" not in seen


def test_a_missing_script_is_told_at_the_option_that_names_it(tmp_path: Path) -> None:
    step = '  provisioner "shell-local" {\n    env = { A = "b" }\n    scripts = ["a.pkr.hcl",\n      "no.sh"]\n  }\n'
    errors = errors_of(tmp_path, NULL + BUILD % step)
    assert [(error.summary, error.location.line) for error in errors if error.location] == [
        ('There is no script "no.sh"', 8)
    ]


def test_a_script_whose_name_is_not_known_yet_is_no_mistake(tmp_path: Path) -> None:
    step = '  provisioner "shell-local" {\n    scripts = ["a.pkr.hcl", "${build.ID}.sh"]\n  }\n'
    build = build_of(tmp_path, NULL + BUILD % step)
    assert build.steps[0].inputs == [str(tmp_path / "a.pkr.hcl")]


def test_required_version_comes_before_everything(tmp_path: Path) -> None:
    text = 'packer {\n  required_version = ">= 99"\n}\nbanana "x" {\n}\nvariable "a" {\n  default = nonsense()\n}\n'
    assert len(errors_of(tmp_path, text)) == 1


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('foo = ">= 1.0"', "is not a plugin requirement"),
        ('foo = { version = ">= 1.0" }', "has no source"),
        ('foo = { source = "github.com/example/foo" }', "has no version"),
        ('foo = { source = "github.com/example/foo", version = "one" }', "not a version constraint"),
        ('foo = { source = "github.com/example/foo", version = ">= 1.0", extra = 1 }', 'has no "extra"'),
        ('foo = { source = 5, version = ">= 1.0" }', "must be a string"),
        ('foo = { source = "foo", version = ">= 1.0" }', "is not the source of a plugin"),
        ('foo = { source = "github.com/x/packer-plugin-foo", version = ">= 1.0" }', "is not the source"),
        ("foo {\n }", 'Unknown block "foo"'),
        ('foo = { source = "github.com/example/foo", version = var.v }', "var.v cannot be used here"),
        ('foo = { source = "github.com/example/foo", version = ">= 1.0" }', "A plugin is missing"),
    ],
)
def test_required_plugins(tmp_path: Path, entry: str, message: str) -> None:
    text = f"packer {{\n  required_plugins {{\n    {entry}\n  }}\n}}\n"
    assert message in errors_of(tmp_path, text + NULL + BUILD % "")[0].summary
