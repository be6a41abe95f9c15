"""Waiting: as long as asked, no longer than wanted."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from bakehouse.provisioners.sleep import Sleep
from bakehouse.sdk import Argument
from bakehouse.sdk.decode import decode
from support.context import make_context, make_machine


async def test_it_waits(tmp_path: Path) -> None:
    config, problems = decode(Sleep, {"duration": Argument("60ms")})
    assert problems == []
    began = time.monotonic()
    await Sleep(config).provision(make_machine(make_context(tmp_path)))
    assert time.monotonic() - began >= 0.06


async def test_it_can_be_cancelled(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await Sleep(Sleep.Config(duration=60)).provision(make_machine(make_context(tmp_path)))
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "given, summary",
    [
        ({}, 'Missing option "duration"'),
        ({"duration": "5"}, 'Wrong value for option "duration"'),
        ({"duration": "1s", "note": "x"}, 'Unknown option "note"'),
    ],
)
def test_mistakes(given: dict[str, str], summary: str) -> None:
    _, problems = decode(Sleep, {name: Argument(value) for name, value in given.items()})
    assert [problem.summary for problem in problems] == [summary]


def test_it_needs_no_machine() -> None:
    assert Sleep.on_host
