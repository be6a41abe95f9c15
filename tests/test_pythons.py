"""The oldest Python that Bakehouse promises: what only an interpreter of another release shows is tried there."""

from __future__ import annotations

import os
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SYSTEMS_OWN = "/usr/bin/python3"


def test_raising_within_except_star_is_left_to_nobody() -> None:
    """Up to Python 3.11.3 it wraps what is raised within it, so that nobody who waits for that finds it."""
    found = [
        f"{path}:{number}"
        for folder in ("app", "builders", "provisioners", "post_processors")
        for path in sorted((HERE.parent / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if line.strip().startswith("except*")
    ]

    assert not found


def passes(tests: str, chosen: str) -> None:
    """Under the system's own Python, with our packages."""
    ours = [sysconfig.get_path("purelib"), *(str(HERE.parent / folder) for folder in ("app", "builders"))]
    with tempfile.TemporaryDirectory() as short:  # the paths of sockets must be
        done = subprocess.run(
            [SYSTEMS_OWN, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={short}/t", "-k", chosen,
             str(HERE / tests)],
            cwd=HERE.parent, capture_output=True, text=True, timeout=100,
            env={**os.environ, "PYTHONPATH": ":".join(ours)},
        )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


@pytest.mark.needs("another-python")
def test_the_end_of_a_run_and_its_shells_are_told_under_the_systems_own_python() -> None:
    passes("session/test_session.py", "the_end or a_shell or the_rest")


@pytest.mark.needs("another-python")
def test_templates_are_read_alike_by_the_systems_own_python() -> None:
    """Its regular expressions are older: possessive and atomic groups are wrong up to 3.11.4."""
    passes("template/syntax", "not fuzz")
