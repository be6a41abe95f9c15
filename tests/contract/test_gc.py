"""The engine is killed at each step of a build; `bakehouse gc` then takes away what it left, and nothing else."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bakehouse.sdk import Step
from support.kinds import Kind, make_builder, make_trial, parameters

HOLD = "setsid sleep 31536131 & sleep 31536132"


def cases() -> Iterator[Any]:
    """Every builder that makes machines, with every step of its own and the provisioner between."""
    for parameter in parameters(reachable=True):
        kind: Kind = parameter.values[0]
        steps = make_builder(kind.type, kind.options(Path("/nowhere"), "none")).steps()
        for title in [step.title if isinstance(step, Step) else "held" for step in steps]:
            yield pytest.param(kind, title, id=f"{kind}-{title.replace(' ', '-')}", marks=parameter.marks)


def template(kind: Kind, directory: Path, image: str, *, held: bool) -> str:
    options = kind.options(directory, image).items()
    body = "".join(f"  {name} = {json.dumps(value)}\n" for name, value in options)
    line = json.dumps(f"echo here; {HOLD if held else 'true'}")
    return (
        f'source "{kind.type}" "killed" {{\n{body}}}\n'
        f'build {{\n  sources = ["source.{kind.type}.killed"]\n'
        f'  provisioner "shell" {{\n    name = "held"\n    inline = [{line}]\n  }}\n}}\n'
    )


@pytest.mark.parametrize(("kind", "title"), cases())
def test_gc_after_a_kill(kind: Kind, title: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    image = request.getfixturevalue("docker_image") if "docker" in kind.needs else ""
    bystander = make_trial(kind, tmp_path / "bystander", image)
    asyncio.run(bystander.run(until="PROVISION"))
    others = bystander.left()
    try:
        (tmp_path / "t.pkr.hcl").write_text(template(kind, tmp_path, image, held=title == "held"))
        try:
            run = kill_at(title, tmp_path, kind.environment)
        finally:
            done = subprocess.run([sys.executable, "-m", "bakehouse", "gc"], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        assert kind.left(f"-{run}-", tmp_path) + kind.left(f"/{run}:", tmp_path) == [], done.stdout
        assert bystander.left() == others
    finally:
        asyncio.run(bystander.undo())


def kill_at(title: str, directory: Path, environment: Mapping[str, str]) -> str:
    """Start a build, kill its engine once the step of this title has begun (and prints, if held); the run's id."""
    run, key = "", ""
    with subprocess.Popen(
        [sys.executable, "-m", "bakehouse", "build", "--json", "t.pkr.hcl"],
        cwd=directory,
        env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as engine:
        assert engine.stdout is not None
        try:
            for line in engine.stdout:
                said = json.loads(line)
                run = said.get("body", {}).get("run", run)
                if said.get("kind") == "SpanStarted" and said["body"]["title"] == title:
                    key = title
                if key and (title != "held" or said["body"].get("text") == "here"):
                    return run
        finally:
            engine.kill()
    raise AssertionError(f"the build ended before {title}")
