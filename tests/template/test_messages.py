"""What people read when a template is wrong: each message as a golden file.

WRITE_GOLDEN=1 writes the files anew; look at the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import TemplateError
from bakehouse.template.compile import compile_plan
from support.templates import NULL, request, write

GOLDEN = Path(__file__).parent / "golden"
BUILD = 'build {\n  sources = ["null.x"]\n}\n'
STEP = 'build {\n  sources = ["null.x"]\n  provisioner "shell-local" {\n    %s\n  }\n}\n'

CASES: dict[str, tuple[str | None, dict[str, Any]]] = {
    "no-template": (None, {}),
    "directory-without-template": (None, {"template": "."}),
    "wrong-suffix": (None, {"template": "notes.txt"}),
    "json-template": (None, {"template": "old.json"}),
    "standard-input": (None, {"template": "-"}),
    "syntax-error": ('source "null" "x" {\n  communicator = \n}\n', {}),
    "unknown-builder": ('source "dokcer" "x" {\n}\nbuild {\n  sources = ["dokcer.x"]\n}\n', {}),
    "unknown-option": (NULL + STEP % 'inlin = ["true"]', {}),
    "unknown-common-option": (NULL + STEP % 'inline = ["true"]\n    pause_befor = "5s"', {}),
    "unlike-any-option": (NULL + STEP % 'inline = ["true"]\n    xyzzy = "5s"', {}),
    "unlike-any-option-of-a-post-processor": (
        NULL + 'build {\n  sources = ["null.x"]\n  post-processor "manifest" {\n    xyzzy = 1\n  }\n}\n',
        {},
    ),
    "not-yet-option": (
        'source "docker" "x" {\n  image     = "alpine"\n  commit    = true\n  ecr_login = true\n}\n'
        'build {\n  sources = ["docker.x"]\n}\n',
        {},
    ),
    "missing-variable": ('variable "who" {\n  type = string\n}\n' + NULL + BUILD, {}),
    "missing-script": (NULL + STEP % 'script = "scripts/install.sh"', {}),
    "go-template-user": (NULL + STEP % 'inline = ["echo {{user `name`}}"]', {}),
    "go-template-unclosed": (NULL + STEP % 'inline = ["docker ps --format {{.Names"]', {}),
    "go-template-call": (NULL + STEP % 'inline = ["echo {{ split `a-b` `-` 2 }}"]', {}),
    "unknown-function": (NULL + 'locals {\n  a = uper("x")\n}\n' + BUILD, {}),
    "cycle-in-locals": ("locals {\n  a = local.b\n  b = [local.c]\n  c = local.a\n}\n" + NULL + BUILD, {}),
    "duplicate-source": (NULL + NULL + BUILD, {}),
    "unknown-source": (NULL + 'build {\n  sources = ["null.y"]\n}\n', {}),
    "source-option-twice": (
        NULL + 'build {\n  source "null.x" {\n    communicator = "none"\n  }\n}\n',
        {},
    ),
    "wrong-type-of-var": (
        'variable "ports" {\n  type = list(number)\n}\n' + NULL + BUILD,
        {"variables": [("ports", '["a"]')]},
    ),
    "unknown-var": ('variable "name" {\n  default = ""\n}\n' + NULL + BUILD, {"variables": [("nmae", "x")]}),
    "validation-failure": (
        'variable "name" {\n  type = string\n  validation {\n    condition     = length(var.name) > 2\n'
        '    error_message = "The name must have more than 2 characters."\n  }\n}\n' + NULL + BUILD,
        {"variables": [("name", "ab")]},
    ),
    "unknown-build-value": (NULL + STEP % 'inline = ["echo ${build.Hots}"]', {}),
    "missing-plugin": (
        "packer {\n  required_plugins {\n"
        '    ansible = { version = ">= 1.0", source = "github.com/hashicorp/ansible" }\n'
        '    null    = { version = ">= 1.0", source = "github.com/hashicorp/null" }\n'
        '    podman  = { version = ">= 0.1", source = "github.com/Polpetta/podman" }\n'
        "  }\n}\n" + NULL + BUILD,
        {},
    ),
    "other-packer": ('packer {\n  required_version = ">= 99"\n}\n' + NULL + BUILD, {}),
    "no-builds": (NULL + BUILD, {"only": ["nothing.*"]}),
    "no-build-block": (NULL, {}),
    "same-output": (
        'source "file" "a" {\n  target = "out.txt"\n}\nsource "file" "b" {\n  target = "./out.txt"\n}\n'
        'build {\n  sources = ["file.a", "file.b"]\n}\n',
        {},
    ),
    "data-source": ('data "htpp" "page" {\n  url = "http://localhost"\n}\n' + NULL + BUILD, {}),
    "many-kinds-at-once": (
        "packer {\n  required_plugins {\n"
        '    ansible = { version = ">= 1.0", source = "github.com/hashicorp/ansible" }\n  }\n}\n'
        'variable "who" {\n}\nvariable "count" {\n  type    = number\n  default = "x"\n}\n'
        "locals {\n  words = [for n in var.count : var.who]\n}\n"
        + NULL
        + STEP % 'inline = local.words\n    pause_befor = "5s"\n    except = ["null.z"]',
        {},
    ),
    "many-at-once": (
        NULL
        + 'build {\n  sources = ["null.x"]\n  provisioner "shel" {\n  }\n  provisioner "shell-local" {\n'
        + '    inline  = "true"\n    timeout = "soon"\n  }\n'
        + '  post-processor "manifest" {\n    outptu = "m.json"\n  }\n}\n',
        {},
    ),
}


def said(directory: Path, text: str | None, **rest: Any) -> str:
    """All that is said, with the test's own directory named as it would be anywhere."""
    write(directory, **({} if text is None else {"a_hcl": text}))
    with pytest.raises(TemplateError) as caught:
        compile_plan(request(directory, **rest))
    return str(caught.value).replace(os.fspath(directory), "/home/me/images") + "\n"


@pytest.mark.parametrize("name", CASES)
def test_message(name: str, tmp_path: Path) -> None:
    text, rest = CASES[name]
    (tmp_path / "notes.txt").write_text("locals {\n}\n")
    (tmp_path / "old.json").write_text("{}")
    given = said(tmp_path, text, **rest)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(given)
    assert given == golden.read_text()


def test_every_golden_file_has_a_case() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CASES)
