"""Functions of files, paths and templates."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.evaluate import evaluate
from bakehouse.template.functions import FUNCTIONS
from bakehouse.template.scope import Scope
from bakehouse.template.syntax.parse import parse_expression
from bakehouse.template.values import from_python, to_python
from support.expressions import failure, scope_of, shown, value_of


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A directory with some files."""
    for name, text in {
        "hello.txt": "hello\n",
        "motd.tmpl": "Welcome to ${host}.\n%{ for p in ports ~}\n- ${p}\n%{ endfor ~}\n",
        "nested.tmpl": '${templatefile("motd.tmpl", {})}',
        "wrong.tmpl": "line one\n${hsot}\n",
        "scripts/a.sh": "",
        "scripts/b.sh": "",
        "scripts/.hidden.sh": "",
        "scripts/deep/er/c.sh": "",
        "scripts/deep/d.txt": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "raw.bin").write_bytes(b"\x00\xff")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('file("hello.txt")', "hello"),
        ('file("scripts/../hello.txt")', "hello"),
        ('filebase64("raw.bin")', "AP8="),
        ('fileexists("hello.txt")', "true"),
        ('fileexists("nothing.txt")', "false"),
        ('fileset("scripts", "*.sh")', '[ ".hidden.sh", "a.sh", "b.sh", ]'),
        ('fileset("scripts", "**/*.sh")', '[ ".hidden.sh", "a.sh", "b.sh", "deep/er/c.sh", ]'),
        ('fileset("scripts", "deep/**")', '[ "deep/d.txt", "deep/er/c.sh", ]'),
        ('fileset("scripts", "{a,deep/er/c}.sh")', '[ "a.sh", "deep/er/c.sh", ]'),
        ('fileset("scripts", "[^a].sh")', '[ "b.sh", ]'),
        ('fileset("scripts", "deep/?.txt")', '[ "deep/d.txt", ]'),
        ('fileset(".", "nowhere/*")', "[]"),
        ('basename("/a/b/")', "b"),
        ('dirname("/a/b/c")', "/a/b"),
        ('dirname("c")', "."),
        ('templatefile("motd.tmpl", { host = "oven", ports = [80, 443] })', "Welcome to oven. - 80 - 443"),
    ],
)
def test_value(house: Path, text: str, expected: str) -> None:
    assert shown(text, house) == expected


def test_paths_start_where_they_should(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/baker")
    assert value_of('abspath("a/../b")', house).payload == os.fspath(house / "b")
    assert value_of('pathexpand("~/x")', house).payload == "/home/baker/x"
    assert value_of('pathexpand("a~")', house).payload == "a~"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('file("nothing.txt")', "No such file"),
        ('file("scripts")', "directory"),
        ('file("raw.bin")', "not UTF-8: byte 1"),
        ('fileexists("scripts")', "no regular file"),
        ('fileset("scripts", "[a")', "not closed"),
        ('fileset("scripts", "{a")', "not closed"),
        ('pathexpand("~baker/x")', "~user"),
        ('templatefile("motd.tmpl", { "1x" = 1 })', '"1x"'),
        ('templatefile("motd.tmpl", "x")', "map is needed here"),
        ('templatefile("nested.tmpl", {})', "cannot read another"),
        ('templatefile("nothing.tmpl", {})', "No such file"),
    ],
)
def test_refusal(house: Path, text: str, part: str) -> None:
    assert part in failure(text, house).render()


def test_an_error_inside_a_template_file_has_its_place_there(house: Path) -> None:
    diagnostic = failure('templatefile("wrong.tmpl", { host = "x" })', house)
    assert diagnostic.location is not None
    assert (diagnostic.location.file, diagnostic.location.line) == ("wrong.tmpl", 2)
    assert diagnostic.source == "${hsot}"
    assert 'Did you mean "host"?' in diagnostic.help


def test_whoever_asks_is_told_of_the_files_that_were_read(house: Path) -> None:
    read: list[Path] = []
    scope = scope_of({}, house)
    watched = type(scope)(
        scope.variables, scope.functions, scope.directory, scope.working_directory, on_read=read.append
    )
    evaluate(parse_expression('"${file("hello.txt")}${filebase64("raw.bin")}"', "x"), watched)
    assert [path.name for path in read] == ["hello.txt", "raw.bin"]


def test_a_sensitive_variable_of_a_template_file_makes_its_text_sensitive(house: Path) -> None:
    assert value_of('templatefile("motd.tmpl", { host = var.secret, ports = [] })', house).is_sensitive
    assert not value_of('templatefile("motd.tmpl", { host = "a", ports = [], x = var.secret })', house).is_sensitive


def test_a_template_file_of_one_expression_keeps_its_type(house: Path) -> None:
    (house / "one.tmpl").write_text("${[for x in xs : x + 1]}")
    assert to_python(value_of('templatefile("one.tmpl", { xs = [1, 2] })', house)) == [2, 3]


def test_a_template_file_sees_no_variables_but_its_own(house: Path) -> None:
    (house / "var.tmpl").write_text("${var.name}")
    with pytest.raises(TemplateError):
        value_of('templatefile("var.tmpl", {})', house)
    assert value_of('templatefile("var.tmpl", { var = x })', house, x=from_python({"name": "own"})).payload == "own"


def test_who_begins_a_path_with_the_directory_is_told_that_it_starts_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "w.txt").write_text("")
    (tmp_path / "here.txt").write_text("")
    monkeypatch.chdir(tmp_path)
    scope = Scope({}, FUNCTIONS, Path("d"))
    for given, help in (("d/w.txt", "leave out ${path.root}"), ("here.txt", "not from the current"), ("no.txt", "")):
        with pytest.raises(TemplateError) as caught:
            evaluate(parse_expression(f'file("{given}")', "x"), scope)
        told = caught.value.diagnostics[0].help
        assert help in told and bool(help) == bool(told)
