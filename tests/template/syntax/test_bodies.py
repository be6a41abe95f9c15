"""Bodies: arguments, blocks, and where things stand."""

from __future__ import annotations

from bakehouse.template.syntax.parse import parse_file
from bakehouse.template.syntax.tree import Literal, SourceFile
from support.syntax import read, show

TEMPLATE = """\
# A template.
variable "name" {
  default = "web"
}

source "docker" "ubuntu" { image = "ubuntu" } // one line

build {
  sources = [
    "source.docker.ubuntu",
  ]
  provisioner shell {
    inline = ["true"] /* fine */
  }
  provisioner "shell" {}
}
"""


def test_blocks_come_in_order_with_labels_and_bodies() -> None:
    body = read(TEMPLATE)
    assert [(block.type, block.labels) for block in body.blocks] == [
        ("variable", ("name",)),
        ("source", ("docker", "ubuntu")),
        ("build", ()),
    ]
    assert show(body.blocks[1].body.attributes["image"].expression) == "'ubuntu'"
    assert [block.labels for block in body.blocks[2].body.blocks] == [("shell",), ("shell",)]
    assert not body.attributes


def test_the_range_of_a_block_is_its_header() -> None:
    block = read(TEMPLATE).blocks[1]
    assert block.range.text == 'source "docker" "ubuntu"'
    assert [where.text for where in block.label_ranges] == ['"docker"', '"ubuntu"']
    assert (block.range.line, block.range.column, block.range.end_column) == (6, 1, 25)
    assert block.body.end_range.text == "}"
    assert block.type_range.text == "source"


def test_an_argument_knows_its_name_and_value() -> None:
    argument = read(TEMPLATE).blocks[0].body.attributes["default"]
    assert argument.name_range.text == "default"
    assert argument.range.text == 'default = "web"'
    assert argument.range.first_line == '  default = "web"'
    assert argument.expression == Literal(argument.range, "web")


def test_the_end_of_a_file_is_where_its_body_ends() -> None:
    assert read("a = 1\nb = 2\n").end_range.line == 3
    assert read("").end_range.line == 1


def test_columns_count_characters_without_byte_order_mark_and_lines_end_with_or_without_carriage_return() -> None:
    body = parse_file(SourceFile("x.pkr.hcl", '\ufeffé = "日本" # c\r\nb {\r\n  c = 1\r\n}\r\n'))
    assert body.attributes["é"].expression.range.column == 5
    assert body.attributes["é"].expression.range.end_column == 9
    assert body.blocks[0].body.attributes["c"].name_range.line == 3


def test_keywords_name_arguments_and_blocks() -> None:
    body = read("for = 1\nnull = 2\nif {}\nin true {}\n")
    assert list(body.attributes) == ["for", "null"]
    assert [(block.type, block.labels) for block in body.blocks] == [("if", ()), ("in", ("true",))]


def test_names_and_labels_are_normalised() -> None:
    body = read('e\u0301 = 1\nb "e\\u0301" {}\n')
    assert list(body.attributes) == ["\u00e9"]
    assert body.blocks[0].labels == ("\u00e9",)


def test_blocks_without_anything_in_them() -> None:
    body = read("a {}\nb {\n}\nc { /* nothing\n */ }\nd { # nothing\n}\n")
    assert [block.type for block in body.blocks] == ["a", "b", "c", "d"]
