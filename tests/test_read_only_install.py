"""An installation that nobody may write, used by somebody who has no cache: all that is needed is in the wheel."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEMPLATE = """
variable "name" {
  default = "web"
}
source "null" "a" {
  communicator = "none"
}
build {
  sources = ["null.a"]
  provisioner "shell-local" {
    inline = ["echo ${upper(var.name)}"]
  }
}
"""
RUN = """
import sys
from bakehouse.template.syntax import tables
assert tables.__file__.startswith(sys.argv[1]), tables.__file__
del tables.build  # making the tables takes seconds: nobody may need it
from bakehouse.__main__ import main
sys.argv = ["bakehouse", *sys.argv[2:]]
sys.exit(main())
"""
LONG = 3.0
"""Seconds of processor time. Without bytecode it takes 0.7; making the parser's tables would be 1 to 4 more."""


@pytest.fixture(scope="module")
def installed() -> Iterator[Path]:
    """The wheel, unpacked where everybody may read it and nobody write."""
    place = Path(tempfile.mkdtemp(prefix="bakehouse-tests-"))
    build = "import sys, hatchling.build as backend; print(backend.build_wheel(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", build, str(place)], cwd=ROOT, check=True, capture_output=True, timeout=60)
    with zipfile.ZipFile(next(place.glob("*.whl"))) as wheel:
        wheel.extractall(place / "site")
    (place / "a.pkr.hcl").write_text(TEMPLATE)
    (place / "cache").mkdir()
    _allow(place, 0o555, 0o444)
    yield place
    _allow(place, 0o755, 0o644)
    shutil.rmtree(place)


@pytest.mark.needs("ordinary-user")
@pytest.mark.parametrize("words", [["validate"], ["validate", "-syntax-only"], ["inspect"]], ids=" ".join)
def test_a_read_only_installation_works_and_in_normal_time(installed: Path, words: list[str]) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(installed / "site"),
        "XDG_CACHE_HOME": str(installed / "cache"),
    }
    before = _files(installed)
    for _ in range(2):
        started = _processor_time()
        command = [*_without_rights(), sys.executable, "-P", "-c", RUN, str(installed), *words, "a.pkr.hcl"]
        done = subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True, timeout=60)

        assert done.returncode == 0, done.stdout + done.stderr
        assert _processor_time() - started < LONG
    assert _files(installed) == before


def _without_rights() -> list[str]:
    """How to become another user; root without root's rights where that user may not read this checkout's Python."""
    if os.geteuid():
        return []
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    tried = subprocess.run([*other, sys.executable, "-c", "import lark, textual"], capture_output=True)
    if tried.returncode == 0:
        return other
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]


def _processor_time() -> float:
    """What all children took so far, seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _files(place: Path) -> set[Path]:
    return set(place.rglob("*"))


def _allow(place: Path, directories: int, files: int) -> None:
    for path in [*place.rglob("*"), place]:
        path.chmod(directories if path.is_dir() else files)
