"""Locals: in the order in which they need each other, whatever the order in the file."""

from __future__ import annotations

from pathlib import Path

from bakehouse.cli.inspect_text import text as text_of
from bakehouse.template.inspect import inspect
from bakehouse.template.order import MOST_SHOWN
from support.templates import NULL, errors_of, request, write

BUILD = NULL + 'build {\n  sources = ["null.x"]\n}\n'


def test_order_does_not_matter(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(2000)]
    lines = [f'  {name} = "${{local.{after}}}"' for name, after in zip(names, names[1:], strict=False)]
    write(tmp_path, a_hcl="locals {\n" + "\n".join(lines) + '\n  n1999 = "end"\n}\n' + BUILD)
    values = {each.name: each.value for each in inspect(request(tmp_path)).locals}
    assert values["n0"] == "end", "a chain of 2000 does not exhaust the stack"


def test_only_the_first_failure_is_told(tmp_path: Path) -> None:
    text = "locals {\n  bad = upper([])\n  after = local.bad\n  last = [local.after]\n  good = 1\n}\n" + BUILD
    errors = errors_of(tmp_path, text)
    assert [error.location.line for error in errors if error.location] == [2]


def test_a_cycle_is_drawn(tmp_path: Path) -> None:
    errors = errors_of(tmp_path, "locals {\n  ok = 1\n  a = [local.b]\n  b = local.a\n  c = local.c\n}\n" + BUILD)
    drawn = "local.a (a.pkr.hcl:3) → local.b (a.pkr.hcl:4) → local.a."
    assert [error.detail for error in errors] == [drawn, "local.c → local.c."]


def test_a_long_circle_is_not_drawn_whole(tmp_path: Path) -> None:
    members = "".join(f"  a{number} = local.a{(number + 1) % 100}\n" for number in range(100))
    (error,) = errors_of(tmp_path, f"locals {{\n{members}}}\n" + BUILD)
    assert error.detail.count("→") == MOST_SHOWN + 1
    assert error.detail.endswith(f"→ {100 - MOST_SHOWN} more → local.a0.")


def test_unknown_names(tmp_path: Path) -> None:
    errors = errors_of(tmp_path, "locals {\n  a = local.nope\n  b = var.nope\n  c = banana\n}\n" + BUILD)
    assert [error.location.line for error in errors if error.location] == [2, 3, 4]


def test_names_are_unique(tmp_path: Path) -> None:
    text = 'locals {\n  a = 1\n}\nlocal "a" {\n  expression = 2\n}\n' + BUILD
    assert errors_of(tmp_path, text)[0].summary == 'Local "a" is declared twice'


def test_inspect(tmp_path: Path) -> None:
    text = """
variable "v" { default = ["x", 1] }
variable "pw" {
  default   = "hunter2"
  sensitive = true
}
variable "unset" { }
locals {
  shout = upper(var.v[0])
  leak  = "it is ${"hunter2"}"
  bad   = local.bad
}
build {
  name        = "bb"
  description = "d"
  sources     = ["null.x", "null.x"]
  provisioner "shell-local" {
    name   = "pn-${local.shout}"
    inline = ["true"]
  }
  post-processors {
    post-processor "manifest" { }
    post-processor "checksum" { }
  }
}
build {
  sources = ["null.x"]
}
"""
    write(tmp_path, a_hcl=NULL + text)
    shown = "".join(f"{data}\n" for _, data in text_of(inspect(request(tmp_path))))
    assert shown == (
        "Packer Inspect: HCL2 mode\n\n> input-variables:\n\n"
        'var.pw: "<sensitive>"\nvar.unset: "<unknown>"\nvar.v: "[\\n  \\"x\\",\\n  1,\\n]"\n\n'
        "> local-variables:\n\n"
        'local.bad: "<unknown>"\nlocal.leak: "it is <sensitive>"\nlocal.shout: "X"\n\n'
        "> builds:\n\n  > bb:\n\n  > Description: d\n\n    sources:\n\n      null.x\n\n      null.x\n\n"
        "    provisioners:\n\n      shell-local.pn-X\n\n"
        "    post-processors:\n\n      0:\n        manifest\n        checksum\n\n"
        "  > <unnamed build 1>:\n\n    sources:\n\n      null.x\n\n    provisioners:\n\n      <no provisioner>\n\n"
        "    post-processors:\n\n      <no post-processor>\n\n"
    )


def test_no_name_that_inspect_tells_holds_a_secret(tmp_path: Path) -> None:
    text = """
variable "pw" {
  default   = "topsecret"
  sensitive = true
}
build {
  name        = "b-${var.pw}"
  description = "d ${var.pw}"
  source "null.x" { name = "s-${var.pw}" }
  provisioner "shell-local" {
    name   = "p-${var.pw}"
    inline = ["true"]
  }
}
"""
    write(tmp_path, a_hcl=NULL + text)
    told = str(inspect(request(tmp_path)))
    assert "topsecret" not in told
    assert "b-<sensitive>" in told and "p-<sensitive>" in told and "s-<sensitive>" in told
