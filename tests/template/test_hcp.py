"""hcp_packer_registry: accepted at both places, checked as Packer checks it, and ignored."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.compile import check
from bakehouse.template.plan import Request

SOURCE = 'source "null" "x" {\n  communicator = "none"\n}\n'
VARIABLE = 'variable "team" {\n  default = "images"\n}\n'


def found(directory: Path, inside: str, *, top_level: bool) -> list[Diagnostic]:
    block = f"hcp_packer_registry {{\n{inside}\n}}\n"
    build = f'build {{\n  sources = ["null.x"]\n{"" if top_level else block}}}\n'
    (directory / "a.pkr.hcl").write_text(VARIABLE + SOURCE + (block if top_level else "") + build)
    try:
        return check(Request(template="a.pkr.hcl", cwd=str(directory)))
    except TemplateError as error:
        return list(error.diagnostics)


BOTH = pytest.mark.parametrize("top_level", [True, False])


@BOTH
def test_all_that_it_can_hold(tmp_path: Path, top_level: bool) -> None:
    inside = """
    bucket_name   = "${var.team}-base"
    description   = <<EOT
Images for all.
    EOT
    bucket_labels = { team = var.team, "os" = "linux" }
    build_labels  = { "time" = timestamp() }
    channels      = ["latest"]
    """
    (warning,) = found(tmp_path, inside, top_level=top_level)
    assert (warning.severity, warning.summary) == ("warning", "hcp_packer_registry is ignored")


@BOTH
@pytest.mark.parametrize(
    "inside, summary",
    [
        ('bucket_name = "ab"', '"ab" is not the name of a bucket'),
        ('bucket_name = "with blanks"', '"with blanks" is not the name of a bucket'),
        (f'bucket_name = "{"x" * 37}"', f'"{"x" * 37}" is not the name of a bucket'),
        (f'description = "{"x" * 256}"', "The description is too long"),
        ("labels = {}\nbucket_labels = {}", '"labels" and "bucket_labels" exclude each other'),
    ],
)
def test_what_packer_refuses(tmp_path: Path, inside: str, summary: str, top_level: bool) -> None:
    errors = [each for each in found(tmp_path, inside, top_level=top_level) if each.severity == "error"]
    assert [each.summary for each in errors] == [summary]
    assert errors[0].location is not None and errors[0].location.line > 6


def test_an_option_that_it_does_not_have_is_warned_about(tmp_path: Path) -> None:
    problems = found(tmp_path, 'bucket_nam = "abc"', top_level=True)
    assert {each.severity for each in problems} == {"warning"}
    assert problems[1].help == 'Did you mean "bucket_name"?'


def test_there_is_one_outside_of_builds(tmp_path: Path) -> None:
    problems = found(tmp_path, "}\nhcp_packer_registry {", top_level=True)
    assert "There is a second hcp_packer_registry" in [each.summary for each in problems if each.severity == "error"]
