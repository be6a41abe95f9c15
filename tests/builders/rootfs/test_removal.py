"""An engine killed at any step leaves nothing that `remove`, in another process, does not take away."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bakehouse.sdk import Resource
from bakehouse_builders.rootfs import Rootfs
from support import rootfs_engine
from support.rootfs import ORDINARY, Build, leftovers, place_for_anyone, processes, python_for_anyone

PLACES = [
    "claim file",
    "claim directory",
    "Prepare base",
    "claim machine",
    "Start machine",
    "provision",
    "Stop machine",
    "Pack image",
]


@contextmanager
def engine(command: list[str], **more: Any) -> Iterator[tuple[subprocess.Popen[str], list[dict[str, Any]]]]:
    """A process that has come to its place, and what it claimed on its way."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **more)
    try:
        assert process.stdout is not None
        claims = []
        for line in process.stdout:
            if line == "stopped\n":
                break
            claims.append(json.loads(line))
        yield process, claims
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@pytest.mark.parametrize("place", PLACES)
async def test_kill_and_remove(tier: str, directory: Path, place: str) -> None:
    name = f"bakehouse-tests-killed-{os.getpid()}"
    command = [sys.executable, rootfs_engine.__file__, place, str(directory), name]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with engine(command, env=environment) as (process, claims):
        if place == "provision":
            assert await asyncio.to_thread(processes, "sleep 31536078") != []
        process.kill()
        process.wait()
        for claim in reversed(claims):
            await Rootfs.remove(Resource(**claim))
            await Rootfs.remove(Resource(**claim))
    left = set(leftovers(name, directory))
    assert left == ({str(directory / f"{name}.tar")} if place == "Pack image" else set())
    assert processes("sleep 3153607") == []


async def test_the_machine_ends_with_the_engine(tier: str, directory: Path) -> None:
    """Before anybody removes anything: no process outlives the engine."""
    name = f"bakehouse-tests-ends-{os.getpid()}"
    command = [sys.executable, rootfs_engine.__file__, "provision", str(directory), name]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with engine(command, env=environment) as (process, claims):
        assert processes("sleep 3153607") != []
        process.kill()
        process.wait()
        async with asyncio.timeout(10):
            while processes(name) or processes("sleep 3153607"):
                await asyncio.sleep(0.01)
        for claim in reversed(claims):
            await Rootfs.remove(Resource(**claim))
    assert leftovers(name, directory) == []


@pytest.mark.needs("root", "ordinary-user", "user-namespaces")
@pytest.mark.parametrize("place", ["claim machine", "provision", "end"])
def test_an_ordinary_user(place: str) -> None:
    """Builds, is killed, and removes, with nobody's rights; files that nobody may read included."""
    name = f"bakehouse-tests-ordinary-{os.getpid()}"
    with place_for_anyone() as where:
        source = where / "source"
        interpreter = ["setpriv", f"--reuid={ORDINARY}", f"--regid={ORDINARY}", "--clear-groups", python_for_anyone()]
        environment = {
            "PATH": os.environ["PATH"],
            "XDG_CACHE_HOME": str(where / "home/cache"),
            "PYTHONPATH": ":".join(str(source / part) for part in ("app", "builders", "tests")),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        script = [*interpreter, str(source / "tests/support/rootfs_engine.py")]
        arguments = [str(where / "home"), name]
        with engine([*script, place, *arguments], env=environment, cwd="/") as (process, claims):
            process.kill() if place != "end" else process.wait(timeout=20)
            process.wait()
            if place == "end":
                result = claims.pop()
                assert result["tier"] == "single"
                assert (where / "home" / f"{name}.tar").stat().st_uid == ORDINARY
            done = subprocess.run(
                [*script, "remove", *arguments],
                input="".join(json.dumps(claim) + "\n" for claim in claims),
                env=environment,
                cwd="/",
                text=True,
                capture_output=True,
            )
            assert (done.returncode, done.stderr) == (0, "")
        machines = where / "home/cache/bakehouse/machines"
        scratch = where / "home/cache/bakehouse/scratch"
        assert [*machines.iterdir(), *scratch.iterdir()] == []
        assert processes(name) == []


async def test_undo_of_a_machine_that_is_busy(tier: str, directory: Path) -> None:
    made = await Build(directory, {}, name=f"bakehouse-tests-busy-{os.getpid()}").start()
    await made.said("(trap '' TERM; setsid sleep 31536079) & mkdir -p /a/b; chmod 0 /a/b /a; setsid sleep 31536079 &")
    await made.undo()
    assert leftovers(made.name, directory) == []
    assert processes("sleep 31536079") == []


async def test_a_copy_ends_with_its_engine(tmp_path: Path) -> None:
    """Killed in the middle of copying a base, the engine leaves nothing that goes on writing."""
    (tmp_path / "cp").write_text("#!/bin/sh\nexec sleep 31536075\n")
    (tmp_path / "cp").chmod(0o755)
    script = (
        "import os, subprocess; from bakehouse.clients.isolation.connection import helper\n"
        "subprocess.run(helper('copying', str(os.getpid()), '/from', '/to'))"
    )
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    process = subprocess.Popen([sys.executable, "-c", script], env=environment)
    try:
        async with asyncio.timeout(20):
            while not processes("sleep 31536075"):
                await asyncio.sleep(0.01)
            process.kill()
            while processes("sleep 31536075"):
                await asyncio.sleep(0.01)
    finally:
        process.kill()
        process.wait()


async def test_removing_what_never_was(tier: str, directory: Path) -> None:
    for kind in ("machine", "directory", "file"):
        resource = Resource(
            "builder:rootfs", kind, str(directory / "never"), details={"directory": str(directory / "x")}
        )
        await Rootfs.remove(resource)
        await Rootfs.remove(Resource("builder:rootfs", kind, "bakehouse-tests-never"))
