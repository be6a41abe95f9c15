"""JSON templates and standard input as whole processes, with the real engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ANYWHERE = ["rootfs", pytest.param("docker", marks=pytest.mark.needs("docker"))]
NULL_JSON = json.dumps({"builders": [{"type": "null", "communicator": "none"}]})
NULL_HCL = 'source "null" "x" {\n  communicator = "none"\n}\nbuild {\n  sources = ["null.x"]\n%s}\n'


@pytest.fixture(autouse=True)
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bakehouse(*words: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bakehouse", *words],
        input=given,
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def legacy(builder: dict[str, Any]) -> str:
    return json.dumps(
        {
            "_comment": "one builder, two steps",
            "variables": {"who": "world", "greet": "hello {{user `who`}}", "pw": "s3cret-pw"},
            "sensitive-variables": ["pw"],
            "builders": [{"name": "box", **builder}],
            "provisioners": [
                {"type": "shell", "inline": ["echo {{user `greet`}}, {{user `pw`}} in {{build_name}} {{build_type}}"]},
                {
                    "type": "shell",
                    "inline": "echo id={{build `ID`}},echo $WHO $A ${A}",
                    "environment_vars": ["A=b"],
                    "execute_command": "chmod +x {{.Path}}; WHO={{user `who`}} {{.Vars}} {{.Path}}",
                    "override": {"box": {"environment_vars": "A=over"}},
                },
            ],
            "post-processors": ["checksum"],
        },
        indent=2,
    )


@pytest.mark.parametrize("engine", ANYWHERE)
def test_a_legacy_template_is_built(workshop: Path, engine: str, request: pytest.FixtureRequest) -> None:
    builder: dict[str, Any] = {"type": "rootfs", "base": "busybox", "output": "{{build_name}}.tar"}
    if engine == "docker":
        run = ["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"]
        image = request.getfixturevalue("docker_image")
        builder = {"type": "docker", "image": image, "pull": "false", "export_path": "box.tar", "run_command": run}
    (workshop / "t.json").write_text(legacy(builder))
    done = bakehouse("build", "--ui", "plain", "-var", "who=baker", "t.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{engine}.box: hello baker, <sensitive> in box {engine}" in done.stdout
    assert f"{engine}.box: id=" in done.stdout
    assert f"{engine}.box: baker over over" in done.stdout
    assert "s3cret-pw" not in done.stdout + done.stderr
    assert (workshop / "box.tar").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("text", "flags", "name"),
    [
        (NULL_JSON, [], "null"),
        (NULL_HCL % "", ["-config-type=hcl2"], "null.x"),
    ],
)
def test_standard_input(text: str, flags: list[str], name: str) -> None:
    assert bakehouse("validate", *flags, "-", given=text).stdout == "The configuration is valid.\n"
    assert name in bakehouse("inspect", *flags, "-", given=text).stdout
    done = bakehouse("build", "--ui", "plain", *flags, "-", given=text)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"Build '{name}' finished" in done.stdout


def test_standard_input_that_is_wrong() -> None:
    done = bakehouse("validate", "-", given='{"builders": [\n],}')
    assert done.returncode == 1
    assert "<stdin>:2,2" in done.stdout
    assert "],}" in done.stdout
    assert "Standard input is empty" in bakehouse("build", "-").stdout
    wrong = bakehouse("validate", "-config-type=yaml", "-", given=NULL_JSON)
    assert wrong.returncode == 1
    assert "hcl2" in wrong.stdout + wrong.stderr


def test_a_run_from_standard_input_ends_as_any_other() -> None:
    """The template's bytes went with the run: nothing is looked for on disk."""
    step = '  provisioner "shell-local" {\n    inline = ["exit 3"]\n    max_retries = 1\n  }\n'
    done = bakehouse("build", "--ui", "plain", "-", given=NULL_HCL % step)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "3" in done.stdout + done.stderr


def test_a_json_template_wants_no_words_after_its_name(workshop: Path) -> None:
    (workshop / "t.json").write_text(NULL_JSON)
    assert bakehouse("validate", "t.json").returncode == 0
    assert "older kind" in bakehouse("validate", "-config-type=hcl2", "t.json").stdout
