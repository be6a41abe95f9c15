"""What a series of signals comes to."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from bakehouse.cli import signals
from bakehouse.cli.signals import Stopper


class Run:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.news = asyncio.Event()

    def stop(self, how: str) -> None:
        self.told.append(how)
        self.news.set()


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    left: list[str] = []
    monkeypatch.setattr(signals, "leave", lambda: left.append("left"))
    return left


async def told(run: Run) -> str:
    async with asyncio.timeout(5):
        await run.news.wait()
    run.news.clear()
    return run.told[-1]


async def test_the_third_interrupt_leaves(left: list[str]) -> None:
    run = Run()
    with Stopper(run, 20).installed():
        os.kill(os.getpid(), signal.SIGINT)
        assert await told(run) == "clean"
        os.kill(os.getpid(), signal.SIGINT)
        assert await told(run) == "cut"
        assert not left
        os.kill(os.getpid(), signal.SIGINT)
        await told(run)
        assert left == ["left"]


async def test_termination_forces_after_its_time(left: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "LAST_WORD", 0.01)
    run = Run()
    with Stopper(run, 0.01).installed():
        os.kill(os.getpid(), signal.SIGTERM)
        assert await told(run) == "clean"
        os.kill(os.getpid(), signal.SIGTERM)
        assert await told(run) == "force"
        assert run.told == ["clean", "force"]
        async with asyncio.timeout(5):
            while not left:  # noqa: ASYNC110 (a callback of the loop itself)
                await asyncio.sleep(0.005)
