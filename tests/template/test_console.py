"""Evaluating by hand: what a line comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.asking import Answers
from bakehouse.template.console import open_console
from bakehouse.template.plan import Request

TEMPLATE = """
variable "size" {
  default = 3
}
variable "unset" {
  type = string
}
variable "pw" {
  default   = "hunter2"
  sensitive = true
}
variable "list" {
  default   = ["hunter3", 4]
  sensitive = true
}
local "token" {
  expression = "xyzzy"
  sensitive  = true
}
locals {
  uses = "a ${local.token} b"
  bad  = upper([])
  deep = { one = { two = 2 } }
}
"""


@pytest.fixture
def console(tmp_path: Path) -> Answers:
    (tmp_path / "a.pkr.hcl").write_text(TEMPLATE)
    return open_console(Request("a.pkr.hcl", str(tmp_path)))


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", ""),
        ("  exit ", ""),
        ("1 + var.size", "4"),
        ("var.unset", "<unknown>"),
        ("local.bad", "<unknown>"),
        ("source.name", "<unknown>"),
        ("build", "<unknown>"),
        ("path.root", "."),
        ("[for i in range(2) : i]", "[\n  0,\n  1,\n]"),
        ("var.pw", "<sensitive>"),
        ("upper(var.pw)", "<sensitive>"),
        ('"x-${var.pw}"', "x-<sensitive>"),
        ('"x-${upper(var.pw)}-${var.size}"', "x-<sensitive>-3"),
        ("local.uses", "a <sensitive> b"),
        ("local.token", "<sensitive>"),
        ('"hunter2"', "<sensitive>"),
        ("var.list", '[\n  "<sensitive>",\n  <sensitive>,\n]'),
        ('[var.pw, "open"]', '[\n  "<sensitive>",\n  "open",\n]'),
    ],
)
def test_answers(console: Answers, line: str, answer: str) -> None:
    assert console.answer(line) == answer


@pytest.mark.parametrize(
    ("line", "column"), [("var.nope", 5), ("bad(", 4), ("data.null.a", 1), ("build.name", 7), ("var.pw.x", 8), ("$", 1)]
)
def test_mistakes_have_their_place_in_the_line(console: Answers, line: str, column: int) -> None:
    with pytest.raises(TemplateError) as caught:
        console.answer(line)
    place = caught.value.diagnostics[0].location
    assert place is not None and (place.file, place.line, place.column) == ("<console-input>", 1, column)
    assert "hunter2" not in str(caught.value)


def test_the_list_of_variables(console: Answers) -> None:
    assert console.answer("variables").split("\n") == [
        "> input-variables:",
        "",
        r'var.list: "[\n  \"<sensitive>\",\n  <sensitive>,\n]"',
        'var.pw: "<sensitive>"',
        'var.size: "3"',
        'var.unset: "<unknown>"',
        "",
        "> local-variables:",
        "",
        'local.bad: "<unknown>"',
        r'local.deep: "{\n  \"one\" = {\n    \"two\" = 2\n  }\n}"',
        'local.token: "<sensitive>"',
        'local.uses: "a <sensitive> b"',
        "",
    ]


def test_what_hinders_nobody_is_told(console: Answers) -> None:
    assert console.problems is not None
    assert [each.location.line for each in console.problems.diagnostics if each.location] == [22]


@pytest.mark.parametrize(
    ("word", "names"),
    [
        ("var.s", ["var.size"]),
        ("local.deep.", ["local.deep.one"]),
        ("local.deep.one.t", ["local.deep.one.two"]),
        ("upp", ["upper("]),
        ("pac", ["packer."]),
        ("nothing.x", []),
        ("var.pw.", []),
    ],
)
def test_completion(console: Answers, word: str, names: list[str]) -> None:
    assert console.names(word) == names


def test_without_a_template(tmp_path: Path) -> None:
    console = open_console(Request("", str(tmp_path)))
    assert console.answer("[var, local]") == "[\n  {},\n  {},\n]"
    assert console.problems is None
    with pytest.raises(TemplateError, match="a"):
        open_console(Request("", str(tmp_path), variables=[("a", "1")]))


@pytest.mark.parametrize("text", ["[1,", "f(", "{ a = 1", '"${f(', "[\n1,\n", "upper(<<E\nx\n", "${"])
def test_a_text_that_goes_on(console: Answers, text: str) -> None:
    assert console.goes_on(text)


@pytest.mark.parametrize("text", ["", "1 +", "[1]", ")", '"open', "f(1)]", "<<E\nx\nE\n", '"["'])
def test_a_text_that_does_not(console: Answers, text: str) -> None:
    assert not console.goes_on(text)


LEGACY = """{
  "variables": {"a": "x", "pw": "secret1", "b": null},
  "sensitive-variables": ["pw"],
  "builders": [{"type": "null", "communicator": "none"}]
}"""


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("plain", "plain"),
        ("{{user `a`}}-{{ user `a` }}", "x-x"),
        ("{{user `nope`}}", ""),
        ("{{user `b`}}", ""),
        ("{{user `pw`}}", "<sensitive>"),
        ("variables", 'a: "x"\npw: "<sensitive>"'),
        ("exit", ""),
    ],
)
def test_legacy_texts(tmp_path: Path, line: str, answer: str) -> None:
    (tmp_path / "t.json").write_text(LEGACY)
    assert open_console(Request("t.json", str(tmp_path))).answer(line) == answer


def test_a_mistake_in_a_legacy_text(tmp_path: Path) -> None:
    with pytest.raises(TemplateError) as caught:
        open_console(Request("", str(tmp_path), config_type="json")).answer("{{nope}}")
    assert caught.value.diagnostics[0].location is not None


def test_either_language_without_a_template(tmp_path: Path) -> None:
    console = open_console(Request("", str(tmp_path)))
    assert console.answer("1 + 1") == "2"
    assert console.answer("in {{pwd}}") == f"in {tmp_path}"
    assert console.answer('"{{pwd}}"') == "{{pwd}}"
