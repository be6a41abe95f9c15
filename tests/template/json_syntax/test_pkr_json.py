"""`*.pkr.json` means what the same template means in native syntax."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.compile import check, compile_plan
from bakehouse.template.json_syntax.bodies import parse_json_file
from bakehouse.template.late import arguments
from bakehouse.template.plan import Plan, Request
from bakehouse.template.syntax.parse import parse_file
from bakehouse.template.syntax.tree import SourceFile
from support.templates import request

HCL = """
variable "v" {
  type        = list(object({ a = string, b = optional(number) }))
  default     = [{ a = "x" }]
  description = "kept ${as it is}"
  validation {
    condition     = length(var.v) > 0
    error_message = "None ${given}."
  }
}
locals {
  n = 5
  t = "${var.v[0].a}!"
}
source "null" "x" {
  communicator = "none"
}
build {
  sources = ["null.x"]
  provisioner "shell-local" {
    inline = ["echo ${local.t}", "echo ${build.ID} \\"q\\" $${no}"]
  }
  dynamic "provisioner" {
    for_each = [1, 2]
    iterator = each
    labels   = ["shell-local"]
    content {
      inline = ["echo ${each.value}"]
    }
  }
  post-processors {
    post-processor "manifest" {
      output = "m.json"
    }
  }
}
"""
JSON: dict[str, Any] = {
    "//": "a comment",
    "variable": {
        "v": {
            "type": "list(object({ a = string, b = optional(number) }))",
            "default": [{"a": "x"}],
            "description": "kept ${as it is}",
            "validation": {"condition": "${length(var.v) > 0}", "error_message": "None ${given}."},
        }
    },
    "locals": [{"n": 5, "t": "${var.v[0].a}!"}],
    "source": [{"null": {"x": {"communicator": "none", "//": ["any", "thing"]}}}],
    "build": {
        "sources": ["null.x"],
        "provisioner": [
            {"shell-local": {"inline": ["echo ${local.t}", 'echo ${build.ID} "q" $${no}']}},
        ],
        "dynamic": {
            "provisioner": {
                "for_each": [1, 2],
                "iterator": "each",
                "labels": ["shell-local"],
                "content": {"inline": ["echo ${each.value}"]},
            }
        },
        "post-processors": [{"post-processor": {"manifest": {"output": "m.json"}}}],
    },
}


def compiled(directory: Path, name: str, text: str) -> Plan:
    (directory / name).write_text(text)
    return compile_plan(request(directory, name))[0]


def found_in(directory: Path, text: str) -> list[Diagnostic]:
    (directory / "t.pkr.json").write_text(text)
    with pytest.raises(TemplateError) as caught:
        compile_plan(request(directory, "t.pkr.json"))
    return list(caught.value.diagnostics)


@pytest.mark.parametrize("indent", [None, 2])
def test_both_syntaxes_make_the_same_plan(tmp_path: Path, indent: int | None) -> None:
    native = compiled(tmp_path, "t.pkr.hcl", HCL.replace("kept ${as it is}", "").replace("${given}", ""))
    other = compiled(tmp_path, "t.pkr.json", json.dumps(JSON, indent=indent))
    for one, two in zip(native.builds[0].steps, other.builds[0].steps, strict=True):
        assert (one.key, one.title, one.kind) == (two.key, two.title, two.kind)
        facts = {"ID": "the id"}
        ours, theirs = arguments(two.options, facts), arguments(one.options, facts)
        assert {name: each.value for name, each in ours.items()} == {name: each.value for name, each in theirs.items()}
    assert native.variables == other.variables


def test_a_late_value_knows_where_it_stands(tmp_path: Path) -> None:
    plan = compiled(tmp_path, "t.pkr.json", json.dumps(JSON, indent=2))
    option = plan.builds[0].steps[0].options["inline"]
    assert option.late is not None
    assert option.late.syntax == "json"
    assert json.loads(option.late.text) == JSON["build"]["provisioner"][0]["shell-local"]["inline"]
    lines = (tmp_path / "t.pkr.json").read_text().split("\n")
    assert lines[option.late.line - 1][option.late.column - 1] == "["


def test_places_are_right_behind_escapes() -> None:
    text = '{"locals": {"a": "\\u00e9\\n\\ud83d\\ude00 ${nope.x}"}}'
    body = parse_json_file(SourceFile("t.pkr.json", text))
    expression = body.blocks[0].body.attributes["a"].expression
    inner = expression.parts[1]  # type: ignore[attr-defined]  # a template
    assert inner.range.text == "nope.x"
    assert inner.range.column == text.index("nope") + 1


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('{"locals": {"a": "\\n${1 +}"}}', [26]),
        ('{"source": {"null": "x"}}', [21]),
        ('{"source": {"null": 5}, "locals": {"a": "${"}}', [21, 42]),
        ('{"locals": {"a": 1, "a": 2}}', [21]),
        ('{"locals": {"a": {"b": 1, "b": 2}}}', [27]),
        ('{"build": "x"}', [11]),
        ('{"variable": {}}', [14]),
        ('"x"', [1]),
        ('[{"locals": {}}, 5]', [18]),
    ],
)
def test_structure_errors(tmp_path: Path, text: str, columns: list[int]) -> None:
    places = [found.location.column for found in found_in(tmp_path, text) if found.location]
    assert places == columns


def test_an_unknown_property_is_named(tmp_path: Path) -> None:
    (found,) = found_in(tmp_path, '{"locals": {},\n "buidl": {}}')
    assert (found.location.line, found.location.column) == (2, 3)  # type: ignore[union-attr]  # it has one
    assert "buidl" in found.summary


def test_null_is_no_block(tmp_path: Path) -> None:
    text = json.dumps({**JSON, "locals": None, "build": [{"sources": ["null.x"]}]})
    assert compiled(tmp_path, "t.pkr.json", text).builds[0].name == "null.x"


def test_labels_in_arrays_make_blocks_in_order() -> None:
    text = '{"source": [{"null": [{"b": {}}, {"a": {}}]}, {"file": {"c": [{}, {}]}}]}'
    blocks = parse_json_file(SourceFile("t.pkr.json", text)).blocks
    assert [block.labels for block in blocks] == [("null", "b"), ("null", "a"), ("file", "c"), ("file", "c")]
    assert blocks[0].range.text == 'source "null" "b"'


def test_numbers_are_the_same_literals() -> None:
    for number in ("5", "0.5", "12345678901234567890", "1e3"):
        native = parse_file(SourceFile("a", f"a = {number}\n")).attributes["a"]
        body = parse_json_file(SourceFile("b", f'{{"locals": {{"a": {number}}}}}'))
        assert body.blocks[0].body.attributes["a"].expression == native.expression


def test_a_directory_holds_both(tmp_path: Path) -> None:
    (tmp_path / "z.pkr.hcl").write_text('source "null" "x" {\n  communicator = "none"\n}\n')
    (tmp_path / "a.pkr.json").write_text('{"build": {"name": "${local.n}", "sources": ["null.x"]}}')
    (tmp_path / "sub.pkr.hcl").mkdir()
    (tmp_path / "l.pkr.json").write_text('{"locals": {"n": "both"}}')
    assert compile_plan(request(tmp_path, "."))[0].builds[0].name == "both.null.x"


def test_standard_input(tmp_path: Path) -> None:
    hcl = 'source "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.x"]\n}\n'
    asked = changed(request(tmp_path, "-"), stdin=hcl.encode())
    plan = compile_plan(asked)[0]
    assert plan.builds[0].name == "null.x"
    assert plan.directory == str(tmp_path)
    assert not plan.files
    text = json.dumps({"source": JSON["source"], "build": {"sources": ["null.x"]}}).encode()
    check(changed(asked, stdin=text, config_type="hcl2"))
    with pytest.raises(TemplateError, match="<stdin>:1,1"):
        check(changed(asked, stdin=b"buidl {\n}\n"))
    with pytest.raises(TemplateError, match="empty"):
        check(changed(asked, stdin=b" \n"))


def test_odd_names(tmp_path: Path) -> None:
    for name in ("t.hcl", "t", "t.PKR.HCL"):
        (tmp_path / name).write_text(HCL)
        with pytest.raises(TemplateError, match=r"Rename it to end in \.pkr\.hcl"):
            check(request(tmp_path, name))
    (tmp_path / "no").mkdir(mode=0)
    if os.geteuid():
        with pytest.raises(TemplateError, match="Cannot read the directory"):
            check(request(tmp_path, "no"))


def changed(asked: Request, **changes: Any) -> Request:
    return msgspec.structs.replace(asked, **changes)
