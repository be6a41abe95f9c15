"""All mistakes in one go, and none twice: what is wrong already is not held against what depends on it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from support.templates import NULL, errors_of

STEPS = """
build {
  sources = ["null.x"]
  provisioner "shell-local" {
    %s
  }
  provisioner "shell-local" {
    scripts = ["nowhere.sh"]
  }
  post-processor "manifets" {
  }
}
"""
OTHERS = ['There is no script "nowhere.sh"', 'Unknown post-processor "manifets"']
UNSET = 'variable "v" {\n  %s\n}\n'
RULE = """variable "v" {
  default = "a"
  validation {
    condition     = var.v == "b"
    error_message = "It must be b."
  }
}
"""


def said(directory: Path, text: str, **rest: Any) -> list[str]:
    return [error.summary for error in errors_of(directory, text, **rest)]


@pytest.mark.parametrize(
    ("head", "given", "mistake"),
    [
        (UNSET % "", [], 'Variable "v" has no value'),
        (UNSET % "type = string", [], 'Variable "v" has no value'),
        (UNSET % "type = list(string)", [("v", "{}")], 'Wrong value for variable "v" (-var)'),
        (UNSET % "type = object({ a = number })", [("v", "1")], 'Wrong value for variable "v" (-var)'),
        (UNSET % 'type = number\n  default = "x"', [], 'Wrong value for variable "v" (its default)'),
        (UNSET % "default = local.x", [("v", "1")], "local.x cannot be used here"),
        (UNSET % 'default = ""\n  sensitive = "x"', [], 'Wrong value for "sensitive"'),
        (UNSET % 'default = ""\n  nothing = "x"', [], 'Unknown option "nothing"'),
        (RULE, [], 'Value of variable "v" is not allowed'),
    ],
)
def test_a_wrong_variable_hides_no_mistake_in_a_build(
    tmp_path: Path, head: str, given: list[tuple[str, str]], mistake: str
) -> None:
    found = said(tmp_path, head + NULL + STEPS % 'inlin = ["true"]', variables=given)
    assert found == [mistake, 'Unknown option "inlin"', *OTHERS]


@pytest.mark.parametrize(
    "step",
    [
        "inline = [var.v]",
        "inline = [for each in var.v : each.name]",
        'inline = ["${var.v} ${upper(local.made)} ${local.twice[0].b}"]',
        "inline = var.v",
        'script = "${var.v}.sh"',
        'inline = ["true"]\n    only = [var.v]',
        'inline = ["true"]\n    timeout = local.twice[1]',
        'inline = ["true"]\n    max_retries = var.v + 1',
        'inline = ["true"]\n    override = var.v',
        'inline = ["true"]\n    valid_exit_codes = [var.v]',
        'inline = ["true"]\n    env = { A = var.v, (var.v) = 1 }',
        "command = var.v == 1 ? var.v : local.twice[0]",
    ],
)
def test_what_depends_on_a_wrong_value_is_not_wrong_itself(tmp_path: Path, step: str) -> None:
    text = 'variable "v" {\n}\nlocals {\n  made  = "a${var.v}"\n  twice = [var.v, local.made]\n}\n' + NULL
    assert said(tmp_path, text + STEPS % step) == ['Variable "v" has no value', *OTHERS]


@pytest.mark.parametrize(
    "block",
    [
        'source "null" "y" {\n  communicator = var.v\n}\nbuild {\n  sources = ["null.y"]\n}\n',
        'source "file" "y" {\n  target = var.v\n}\nsource "file" "z" {\n  target = var.v\n}\n'
        'build {\n  sources = ["file.y", "file.z"]\n}\n',
        'source "docker" "y" {\n  image = var.v\n  commit = var.v\n}\nbuild {\n  sources = ["docker.y"]\n}\n',
        'source "rootfs" "y" {\n  output = var.v\n  changes = [var.v]\n}\nbuild {\n  sources = ["rootfs.y"]\n}\n',
        "build {\n  sources = [var.v]\n}\n",
        'build {\n  dynamic "source" {\n    for_each = var.v\n    labels = ["null.${source.value}"]\n'
        "    content {\n    }\n  }\n}\n",
        'build {\n  name = var.v\n  source "null.x" {\n    name = var.v\n  }\n}\n',
    ],
)
def test_nor_is_a_source_or_a_build(tmp_path: Path, block: str) -> None:
    text = 'variable "v" {\n}\n' + NULL + STEPS % 'inline = ["true"]' + block
    assert sorted(said(tmp_path, text)) == sorted(['Variable "v" has no value', *OTHERS])


def test_a_wrong_local_hides_no_mistake_in_a_build(tmp_path: Path) -> None:
    text = 'locals {\n  a = uper("x")\n  b = [local.a]\n}\nlocal "c" {\n  sensitive = 1\n}\n' + NULL
    step = "inline = [local.a, local.b[0], local.c]"
    assert said(tmp_path, text + STEPS % step) == [
        "Unknown function",
        '"sensitive" must be true or false',
        *OTHERS,
    ]


def test_a_missing_plugin_hides_nothing_and_is_told_once(tmp_path: Path) -> None:
    plugin = 'ansible = { version = ">= 1.0", source = "github.com/hashicorp/ansible" }'
    text = f"packer {{\n  required_plugins {{\n    {plugin}\n  }}\n}}\n" + 'variable "v" {\n}\n' + NULL
    step = 'inlin = ["true"]\n  }\n  provisioner "ansible" {\n    a = var.v\n  }\n  provisioner "ansible-local" {'
    found = said(tmp_path, text + STEPS % step)
    assert found == ["A plugin is missing", 'Variable "v" has no value', 'Unknown option "inlin"', *OTHERS]


def test_a_rule_between_options_says_nothing_where_one_of_them_is_wrong(tmp_path: Path) -> None:
    source = 'source "null" "x" {\n  communicator = uper("none")\n}\n'
    assert said(tmp_path, source + STEPS % 'inline = ["true"]') == ["Unknown function", *OTHERS]


def test_a_secret_that_is_refused_is_not_shown_by_what_follows(tmp_path: Path) -> None:
    head = RULE.replace('default = "a"', "sensitive = true")
    text = head + NULL + STEPS % 'inline = ["a"]\n    hunter2 = var.v'
    errors = errors_of(tmp_path, text, variables=[("v", "hunter2")])
    assert len(errors) == 4
    assert "hunter2" not in "".join(error.render() for error in errors)


@pytest.mark.parametrize(
    ("expression", "count"),
    [
        ("[a.b, 1, uper(2), [c]]", 3),
        ('{ (a) = b, c = uper("x"), d = 1 }', 3),
        ('join(a, ["x", b])', 2),
        ('"${a} and ${b.c}"', 2),
        ("a + b", 1),
        ("try(a, [b, c], 1)", 0),
        ('can([a, b]) ? "" : uper("x")', 1),
    ],
)
def test_one_expression_can_hold_several(tmp_path: Path, expression: str, count: int) -> None:
    """Only where one part does not depend on the other."""
    text = f"locals {{\n  made = {expression}\n  more = nowhere\n}}\n" + NULL
    found = errors_of(tmp_path, text + STEPS % 'inline = ["true"]')
    assert [error.location.line for error in found if error.location] == [2] * count + [3, 15, 17]


def test_steps_are_looked_at_where_the_builder_is_not_known(tmp_path: Path) -> None:
    text = 'source "dokcer" "x" {\n}\n' + (STEPS % 'inlin = ["${build.ImageSha256} ${build.name}"]').replace(
        "null", "dokcer"
    )
    text += 'build {\n  sources = ["dokcer.x"]\n  provisioner "shell" {\n    inline = [build.Any]\n'
    text += "    timeout = build.ID\n  }\n}\n"
    assert said(tmp_path, text) == ['Unknown builder "dokcer"', 'Unknown option "inlin"', *OTHERS]
