"""Traced and untraced, a script prints the same, errors included, and ends the same."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.script_cases import CASES, Case
from support.script_trace import RecordingWatch, Result, ThisHost, run

PAIRS = [pytest.param(case, shell, id=f"{case.name}-{shell}") for case in CASES for shell in case.shells]


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory for any user."""
    directory = Path(tempfile.mkdtemp(prefix="bakehouse-tests-"))
    yield directory
    shutil.rmtree(directory)


async def both(case: Case, shell: str, place: Path, watch: RecordingWatch) -> tuple[Result, Result, list[str]]:
    """Untraced and traced, in directories of the same name; and what the second left behind."""
    command = case.command.replace("{shell}", shell)
    work = place / "work"
    results = []
    for follower in (None, watch):
        work.mkdir(mode=0o777)
        work.chmod(0o777)
        place.chmod(0o755)
        results.append(await run(ThisHost(), case.script, str(work), follower, command))
        left = sorted(path.name for path in work.iterdir())
        shutil.rmtree(work)
    return results[0], results[1], left


@pytest.mark.parametrize(("case", "shell"), PAIRS)
async def test_the_same_bytes_and_status(case: Case, shell: str, place: Path) -> None:
    watch = RecordingWatch()
    plain, traced, left = await both(case, shell, place, watch)
    assert traced == plain
    assert not [name for name in left if "trace" in name]
    assert watch.is_traced is not bool(case.refused), watch.reasons
    if case.refused:
        assert case.refused in watch.reasons[-1]
    assert all(told.status != "open" for told in watch.commands)
