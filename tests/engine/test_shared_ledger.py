"""The ledger that many builds write at once."""

from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from bakehouse.engine.shared_ledger import SharedLedger
from bakehouse.record.ledger import Ledger, entry, standing
from bakehouse.sdk import Resource

LIMIT = 5.0


class SlowLedger(Ledger):
    """Its first write takes until `go` is set; `failing` says how the later ones end."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go = threading.Event()
        self.sizes: list[int] = []
        self.failing: OSError | None = None

    def write(self, lines: Sequence[bytes]) -> None:
        self.sizes.append(len(lines))
        assert self.go.wait(LIMIT)
        if self.failing is not None and len(self.sizes) > 1:
            raise self.failing
        super().write(lines)


def claim(number: int) -> bytes:
    return entry(Resource("process", "process", f"p{number}"), gone=False)


async def test_who_waits_while_the_disk_syncs_shares_the_next_sync(tmp_path: Path) -> None:
    ledger = SlowLedger(tmp_path / "ledger.jsonl")
    shared = SharedLedger(ledger)
    async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(shared.write(claim(number)))
        await asyncio.sleep(0)
        assert standing(tmp_path / "ledger.jsonl") == []
        ledger.go.set()
    assert ledger.sizes == [1, 49]
    assert [resource.name for resource in standing(tmp_path / "ledger.jsonl")] == [f"p{number}" for number in range(50)]
    shared.close()


async def test_every_one_of_them_is_told_that_it_failed(tmp_path: Path) -> None:
    ledger = SlowLedger(tmp_path / "ledger.jsonl")
    ledger.failing = OSError(errno.ENOSPC, "No space left on device")
    shared = SharedLedger(ledger)
    waiting = asyncio.gather(*(shared.write(claim(number)) for number in range(3)), return_exceptions=True)
    await asyncio.sleep(0)
    ledger.go.set()
    first, *others = await asyncio.wait_for(waiting, LIMIT)
    assert first is None
    assert [type(error) for error in others] == [OSError, OSError]
    assert len(standing(tmp_path / "ledger.jsonl")) == 1
    ledger.failing = None
    await asyncio.wait_for(shared.write(claim(7)), LIMIT)
    assert standing(tmp_path / "ledger.jsonl")[-1].name == "p7"
    shared.close()


async def test_a_writer_who_is_cancelled_holds_up_nobody(tmp_path: Path) -> None:
    ledger = SlowLedger(tmp_path / "ledger.jsonl")
    shared = SharedLedger(ledger)
    async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as group:
        group.create_task(shared.write(claim(0)))
        leaving = group.create_task(shared.write(claim(1)))
        staying = group.create_task(shared.write(claim(2)))
        await asyncio.sleep(0)
        leaving.cancel()
        ledger.go.set()
        await staying
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert [resource.name for resource in standing(tmp_path / "ledger.jsonl")] == ["p0", "p1", "p2"]
    shared.close()
