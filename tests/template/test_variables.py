"""Input variables: declarations, where values come from, which one wins, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.compile import compile_plan
from bakehouse.template.reading import check_syntax
from support.templates import NULL, errors_of, request, warnings_of, write

BUILD = NULL + 'build {\n  sources = ["null.x"]\n}\n'


def values(directory: Path, text: str, template: str = "a.pkr.hcl", **rest: Any) -> dict[str, str]:
    """The variables as they are printed."""
    write(directory, a_hcl=text + BUILD)
    return compile_plan(request(directory, template, **rest))[0].variables


def test_each_origin_wins_over_the_one_before(tmp_path: Path) -> None:
    names = ["default", "env", "auto", "autojson", "file", "file2", "cli", "cli2"]
    text = "".join(f'variable "{name}" {{\n  default = "default"\n}}\n' for name in names)

    def lines(*chosen: str, value: str) -> str:
        return "".join(f'{name} = "{value}"\n' for name in chosen)

    write(
        tmp_path,
        b_auto_pkrvars="",
        one_pkrvars=lines(*names[4:], value="file"),
        two_pkrvars=lines(*names[5:], value="file2"),
        other_pkrvars=lines(*names, value="never read"),
    )
    (tmp_path / "z.auto.pkrvars.hcl").write_text(lines(*names[2:], value="auto"))
    (tmp_path / "a.auto.pkrvars.json").write_text('{"autojson": "autojson", "file": "autojson"}')
    found = values(
        tmp_path,
        text,
        ".",
        environment=dict.fromkeys(names[1:], "env"),
        variable_files=["one.pkrvars.hcl", "two.pkrvars.hcl"],
        variables=[("cli", "cli"), ("cli2", "cli"), ("cli2", "cli2")],
    )
    assert found == {name: name for name in names}
    alone = values(tmp_path, text, environment={"env": "env"})
    assert alone["auto"] == "default", "files *.auto.pkrvars.* are read for a directory only"


@pytest.mark.parametrize(
    ("declaration", "given", "printed"),
    [
        ("type = string", '["a"]', '["a"]'),
        ("type = string", "${1 + 1}", "${1 + 1}"),
        ("type = number", "1e3", "1000"),
        ("type = bool", "true", "true"),
        ("type = list(string)", '["a", 1]', '[\n  "a",\n  "1",\n]'),
        ("type = map(number)", '{a = "1"}', '{\n  "a" = 1\n}'),
        ("type = object({ a = string, b = optional(number, 5) })", '{a = "x"}', '{\n  "a" = "x"\n  "b" = 5\n}'),
        ('default = ["z"]', '["y"]', '[\n  "y",\n]'),
        ("default = 5", "7", "7"),
    ],
)
def test_texts_are_taken_by_type(tmp_path: Path, declaration: str, given: str, printed: str) -> None:
    text = f'variable "v" {{\n  {declaration}\n}}\n'
    assert values(tmp_path, text, variables=[("v", given)]) == {"v": printed}
    assert values(tmp_path, text, environment={"v": given}) == {"v": printed}


@pytest.mark.parametrize(
    ("declaration", "given"),
    [
        ("type = number", "five"),
        ("type = number", "1+1"),
        ("type = list(string)", "a"),
        ("type = list(string)", '["a"'),
        ("type = list(string)", "[var.x]"),
        ("type = any\n  default = [1]", "[1]"),
        ('default = ["a"]', '["a", "b"]'),
    ],
)
def test_texts_that_do_not_fit(tmp_path: Path, declaration: str, given: str) -> None:
    text = f'variable "v" {{\n  {declaration}\n}}\n' + BUILD
    for rest in ({"variables": [("v", given)]}, {"environment": {"v": given}}):
        assert errors_of(tmp_path, text, **rest)


def test_every_variable_without_a_value_is_named(tmp_path: Path) -> None:
    errors = errors_of(tmp_path, 'variable "a" {\n}\nvariable "b" {\n  type = string\n}\n' + BUILD)
    assert [error.summary for error in errors] == ['Variable "a" has no value', 'Variable "b" has no value']


def test_what_is_not_declared(tmp_path: Path) -> None:
    write(tmp_path, f_pkrvars="extra = 1\n")
    assert errors_of(tmp_path, BUILD, variables=[("extra", "1")])
    given = {"variable_files": ["f.pkrvars.hcl"], "environment": {"extra": "1"}}
    assert warnings_of(tmp_path, BUILD, **given) == []
    assert len(warnings_of(tmp_path, BUILD, warn_on_undeclared=True, **given)) == 1


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("f.pkrvars.hcl", 'n = "abc"\n', 'Wrong value for variable "n" (f.pkrvars.hcl)'),
        ("f.pkrvars.hcl", "n = 1\nlocals {\n}\n", "cannot stand in a file of variables"),
        ("f.pkrvars.hcl", "n = var.x\n", "var.x cannot be used here"),
        ("f.pkrvars.hcl", 'n = upper("x")\n', "No function can be called here"),
        ("f.pkrvars.hcl", "n = 1\nn = 2\n", ""),
        ("f.json", '{"n": [1]}', "Wrong value"),
        ("f.json", '{"n": 1, "n": 2}', '"n" stands there twice'),
        ("f.json", "{", "never closed"),
        ("f.json", "[]", "This is an array"),
        ("f.txt", "n = 1", "not named as a file of variables"),
    ],
)
def test_wrong_files_of_variables(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    errors = errors_of(tmp_path, 'variable "n" {\n  default = 0\n}\n' + BUILD, variable_files=[name])
    assert message in errors[0].summary
    assert "Cannot read" in errors_of(tmp_path, BUILD, variable_files=["none.pkrvars.hcl"])[0].summary


def test_json_values_are_not_templates(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text('{"s": "${1 + 1}", "n": "7"}')
    text = 'variable "s" {\n  type = string\n}\nvariable "n" {\n  type = number\n}\n'
    assert values(tmp_path, text, variable_files=["f.json"]) == {"s": "${1 + 1}", "n": "7"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('variable "a" {\n  default = var.b\n}\n', "var.b cannot be used here"),
        ('variable "a" {\n  default = upper("x")\n}\n', "function"),
        ('variable "a" {\n  type    = number\n  default = "abc"\n}\n', 'Wrong value for variable "a"'),
        ('variable "a" {\n  type = text\n}\n', ""),
        ('variable "a" {\n  typ = string\n}\n', 'Unknown option "typ"'),
        ('variable "1a" {\n  default = 1\n}\n', "cannot be the name"),
        ('variables {\n  a = 1\n}\nvariable "a" {\n  default = 2\n}\n', "declared twice"),
        ("variables {\n  a {\n  }\n}\n", 'Unknown block "a"'),
        ('variable "a" {\n  sensitive = "maybe"\n}\n', 'Wrong value for "sensitive"'),
        ('variable "a" {\n  default = 1\n  validation {\n    condition = true\n  }\n}\n', 'has no "error_message"'),
        (
            'variable "a" {\n  default = 1\n  validation {\n    condition = true\n    error_message = "X."\n  }\n}\n',
            "does not look at var.a",
        ),
        (
            'variable "a" {\n  default = 1\n  validation {\n'
            '    condition = local.b\n    error_message = "X."\n  }\n}\n',
            "local.b cannot be used here",
        ),
    ],
)
def test_declarations_that_cannot_be(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, a_hcl=text + BUILD)
    with pytest.raises(TemplateError) as caught:
        check_syntax(request(tmp_path))
    assert message in caught.value.diagnostics[0].summary


def test_the_environment_gives_defaults_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OVEN", "hot")
    assert values(tmp_path, 'variable "a" {\n  default = env("OVEN")\n}\n') == {"a": "hot"}
    assert errors_of(tmp_path, 'locals {\n  a = env("OVEN")\n}\n' + BUILD)


RULE = """variable "name" {
  type      = string
  sensitive = true
  validation {
    condition     = length(var.name) > 2
    error_message = "%s"
  }
}
"""


def test_rules(tmp_path: Path) -> None:
    text = RULE % "Too short." + BUILD
    assert errors_of(tmp_path, text, variables=[("name", "ab")])[0].detail == "Too short. It was given by -var."
    assert warnings_of(tmp_path, text, variables=[("name", "abc")]) == []
    errors = errors_of(tmp_path, RULE % "no sentence" + BUILD, variables=[("name", "abc")])
    assert errors[0].summary == "The error_message is not a sentence"


def test_secrets(tmp_path: Path) -> None:
    text = """
variable "pw" {
  sensitive = true
  default   = "hunter2"
}
variable "deep" {
  sensitive = true
  default   = { list = ["one line\\r\\nand another"], n = 5 }
}
variable "plain" {
  default = "seen"
}
local "token" {
  expression = "${var.plain}-token"
  sensitive  = true
}
"""
    write(tmp_path, a_hcl=text + BUILD)
    plan, warnings = compile_plan(request(tmp_path))
    assert set(plan.secrets) == {"hunter2", "one line\nand another", "one line", "and another", "seen-token"}
    shape = '{\n  "list" = [\n    "<sensitive>",\n  ]\n  "n" = <sensitive>\n}'
    assert plan.variables == {"deep": shape, "plain": "seen", "pw": "<sensitive>"}
    assert warnings == []
    short = warnings_of(tmp_path, 'variable "pin" {\n  sensitive = true\n  default = "7x"\n}\n' + BUILD)
    assert [each.summary for each in short] == ["The sensitive variable pin is very short"]


def test_a_wrong_sensitive_value_is_not_shown(tmp_path: Path) -> None:
    text = 'variable "pin" {\n  type      = number\n  sensitive = true\n}\n' + BUILD
    errors = errors_of(tmp_path, text, variables=[("pin", "hunter2")])
    assert "hunter2" not in errors[0].render()


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("5 is max.", True),
        ("(5) is max!", True),
        ("Bad. ", True),
        ("bad.", False),
        ("Bad", False),
        ("été.", False),
        (" ", False),
    ],
)
def test_what_is_a_sentence_to_packer(tmp_path: Path, text: str, accepted: bool) -> None:
    rule = f'  validation {{\n    condition     = var.a < 50\n    error_message = "{text}"\n  }}\n'
    found = errors_of(tmp_path, f'variable "a" {{\n  default = 99\n{rule}}}\n' + BUILD)
    assert (found[0].summary != "The error_message is not a sentence") == accepted


@pytest.mark.parametrize(
    ("type", "text", "help"),
    [
        ("bool", "maybe", "write true or false"),
        ("list(string)", "a,b", '["a", "b"]'),
        ("list(string)", "", '["a", "b"]'),
        ("map(string)", "a=b", '{ name = "value" }'),
        ("object({a = number})", "{a", '{ name = "value" }'),
    ],
)
def test_how_a_value_of_the_command_line_is_written(tmp_path: Path, type: str, text: str, help: str) -> None:
    declared = f'variable "v" {{\n  type = {type}\n}}\n'
    for given in ({"variables": [("v", text)]}, {"environment": {"v": text}}):
        (error,) = errors_of(tmp_path, declared + BUILD, **given)
        assert help in error.help
        assert '"v" is ' in error.help


def test_a_word_in_a_file_of_variables_wants_quotes(tmp_path: Path) -> None:
    write(tmp_path, f_pkrvars="n = foo\n")
    (error,) = errors_of(tmp_path, 'variable "n" {\n  default = "x"\n}\n' + BUILD, variable_files=["f.pkrvars.hcl"])
    assert error.help == 'A text stands in quotes: n = "foo".'
