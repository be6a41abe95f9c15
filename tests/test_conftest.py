"""What is skipped is named and counted; what is required fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = """
import pytest

@pytest.mark.needs("docker")
@pytest.mark.parametrize("number", range(3))
def test_with_docker(number):
    pass

def test_without():
    pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    shutil.copy(Path(__file__).with_name("conftest.py"), tmp_path)
    (tmp_path / "test_it.py").write_text(SOURCE)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = needs(engine): what it needs\n")
    return tmp_path


def run(suite: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The small suite, on a machine whose PATH holds nothing."""
    (suite / "empty").mkdir()
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(suite)],
        cwd=suite,
        env={**os.environ, "PATH": str(suite / "empty"), "BAKEHOUSE_REQUIRED": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_absent_engine_is_named_and_counted(suite: Path) -> None:
    done = run(suite)
    assert done.returncode == 0
    assert "NOT TESTED HERE: docker (no docker command), 3 tests" in done.stdout
    assert "1 passed, 3 skipped" in done.stdout


def test_a_required_engine_that_is_absent_is_a_failure(suite: Path) -> None:
    done = run(suite, BAKEHOUSE_REQUIRED="docker,tmux")
    assert done.returncode == 1
    assert "docker is required here: no docker command" in done.stdout
    assert "NOT TESTED" not in done.stdout
