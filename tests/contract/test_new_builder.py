"""A new builder is one new file: nothing else is touched, and templates can use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bakehouse_builders
from bakehouse import registry
from support.kinds import KINDS

NEW = '''
"""Builder `letter`: a file with a greeting, to show how little a builder needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bakehouse.sdk import PROVISION, Artifact, Builder, Machine, Resource, Step
from bakehouse.sdk.builder import Provision


class Letter(Builder, type="letter"):
    """Writes to somebody."""

    FACTS = ("Greeting",)

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """to: whom to greet. path: where the letter goes."""

        to: str
        path: str

    config: Config

    def steps(self) -> Iterable[Step | Provision]:
        yield Step("Write letter", self.write)
        yield PROVISION

    async def write(self, machine: Machine) -> None:
        self._letter = await machine.claim("letter", self.config.path)
        machine.facts["Greeting"] = f"Dear {self.config.to}"
        machine.say(f"Writing to {self.config.to}")
        Path(self.config.path).write_text(machine.facts["Greeting"])

    async def artifact(self, machine: Machine) -> Artifact:
        await machine.context.gone(self._letter)
        path = Path(self.config.path)
        return Artifact("example.letter", self.config.to, f"A letter to {self.config.to}", (path,))

    @classmethod
    async def remove(cls, resource: Resource) -> None:
        Path(resource.name).unlink(missing_ok=True)
'''

TEMPLATE = """
source "letter" "first" {
  to   = "the reader"
  path = "letter.txt"
}
build {
  sources = ["source.letter.first"]
  provisioner "shell-local" {
    inline = ["echo told: ${build.Greeting}", EXTRA]
  }
}
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the builders, with one file more, that comes before the installed ones; and a template beside it."""
    source = Path(bakehouse_builders.__path__[0])
    shutil.copytree(source, tmp_path / "bakehouse_builders", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "bakehouse_builders" / "letter.py").write_text(NEW)
    (tmp_path / "letter.pkr.hcl").write_text(TEMPLATE.replace("EXTRA", '""'))
    return tmp_path


def bakehouse(house: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bakehouse", *arguments],
        cwd=house,
        env={**os.environ, "PYTHONPATH": str(house)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )


def test_every_builder_is_held_to_the_contract() -> None:
    assert {kind.type for kind in KINDS} == set(registry.names("builder"))


def test_one_new_file_builds(house: Path) -> None:
    done = bakehouse(house, "build", "--ui", "plain", "letter.pkr.hcl")
    assert done.returncode == 0, done.stdout
    assert "==> letter.first: Writing to the reader" in done.stdout
    assert "told: Dear the reader" in done.stdout
    assert "--> letter.first: A letter to the reader" in done.stdout
    assert (house / "letter.txt").read_text() == "Dear the reader"


def test_its_options_are_checked(house: Path) -> None:
    (house / "letter.pkr.hcl").write_text(TEMPLATE.replace("to   =", "too  =").replace("EXTRA", '""'))
    done = bakehouse(house, "validate", "letter.pkr.hcl")
    assert done.returncode == 1
    assert 'Unknown option "too"' in done.stdout
    assert 'Did you mean "to"?' in done.stdout


def test_what_it_claimed_is_removed_when_a_build_fails(house: Path) -> None:
    (house / "letter.pkr.hcl").write_text(TEMPLATE.replace("EXTRA", '"false"'))
    done = bakehouse(house, "build", "--ui", "plain", "letter.pkr.hcl")
    assert done.returncode == 1, done.stdout
    assert not (house / "letter.txt").exists()
