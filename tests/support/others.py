"""Code run as another user: a child of this process that gives its rights away. Needs root."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import tempfile
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

NOBODY = 65534
DAEMON = 1


async def as_user(uid: int, gid: int, work: Callable[[], Awaitable[Any]]) -> Any:
    """What `work` returns (JSON) in a child of user `uid`. Raises AssertionError with its traceback if it fails.

    Whatever it needs must be imported here already: the checkout may be closed to that user.
    """
    place = tempfile.mkdtemp(prefix="bakehouse-tests-")
    os.chown(place, uid, gid)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        answer: dict[str, Any] = {}
        try:
            os.setgroups([])
            os.setresgid(gid, gid, gid)
            os.setresuid(uid, uid, uid)
            os.environ["HOME"] = "/nonexistent"
            tempfile.tempdir = place
            answer = {"value": asyncio.run(_awaited(work))}
        except BaseException:
            answer = {"error": traceback.format_exc()}
        finally:
            os.write(writing, json.dumps(answer).encode())
            os._exit(0)
    os.close(writing)
    try:
        told = json.loads(await asyncio.to_thread(_all, reading))
    finally:
        os.close(reading)
        await asyncio.to_thread(os.waitpid, child, 0)
        shutil.rmtree(place)
    assert "error" not in told, told["error"]
    return told["value"]


async def _awaited(work: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(20):
        return await work()


def _all(fd: int) -> bytes:
    data = b""
    while piece := os.read(fd, 65536):
        data += piece
    return data
