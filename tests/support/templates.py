"""Templates for tests: written into a directory, compiled, and what was said about them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import Diagnostic, TemplateError
from bakehouse.template.compile import compile_plan
from bakehouse.template.plan import BuildPlan, Plan, Request

NULL = 'source "null" "x" {\n  communicator = "none"\n}\n'


def write(directory: Path, **files: str) -> None:
    """Write files; in their names `__` stands for `/`, and `_hcl` at the end for `.pkr.hcl`."""
    for name, text in files.items():
        path = directory / name.replace("__", "/").replace("_pkrvars", ".pkrvars.hcl").replace("_hcl", ".pkr.hcl")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def request(directory: Path, template: str = "a.pkr.hcl", **rest: Any) -> Request:
    """What the command line would ask for, from `directory`."""
    return Request(template, os.fspath(directory), **rest)


def plan_of(directory: Path, text: str, **rest: Any) -> Plan:
    """The plan of one template file."""
    write(directory, a_hcl=text)
    return compile_plan(request(directory, **rest))[0]


def build_of(directory: Path, text: str, **rest: Any) -> BuildPlan:
    """The only build of one template file."""
    plan = plan_of(directory, text, **rest)
    assert len(plan.builds) == 1
    return plan.builds[0]


def warnings_of(directory: Path, text: str, **rest: Any) -> list[Diagnostic]:
    """What is only warned of."""
    write(directory, a_hcl=text)
    return compile_plan(request(directory, **rest))[1]


def errors_of(directory: Path, text: str, **rest: Any) -> list[Diagnostic]:
    """The errors in one template file; there must be some."""
    write(directory, a_hcl=text)
    with pytest.raises(TemplateError) as caught:
        compile_plan(request(directory, **rest))
    return [diagnostic for diagnostic in caught.value.diagnostics if diagnostic.severity == "error"]
