"""Only conftest may skip, so that the closing lines of a run tell all that was not tested."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
SKIP = re.compile(r"pytest\.(skip|importorskip|xfail)\b|mark\.(skip|skipif|xfail)\b|unittest\.skip|SkipTest")


def test_only_conftest_skips() -> None:
    offenders = [
        str(path.relative_to(TESTS))
        for path in TESTS.rglob("*.py")
        if path not in (TESTS / "conftest.py", Path(__file__)) and SKIP.search(path.read_text())
    ]
    assert offenders == []
