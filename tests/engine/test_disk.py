"""A disk that is really full: a small tmpfs, in a namespace of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import asyncio, json, os, sys, time
from pathlib import Path
from support.kitchen import Cook, act, build, installed, plan
from bakehouse.engine import held, shortage
from bakehouse.record.fold import fold
from bakehouse.record.rundir import RunDirectory

way, most = sys.argv[1], int(sys.argv[2])
ballast = Path(os.environ["XDG_STATE_HOME"], "ballast")

async def main(kitchen):
    printed = [0]
    paused = asyncio.Event()

    @kitchen.act("flood")
    async def flood(machine):
        while printed[0] < 6000 and not paused.is_set():
            machine.context.output("stdout", b"%06d" % printed[0] + b"x" * 993 + b"\\n")
            printed[0] += 1
            await asyncio.sleep(0)
        for _ in range(100):  # it is not one that can be left unread
            machine.context.output("stdout", b"%06d" % printed[0] + b"x" * 993 + b"\\n")
            printed[0] += 1
        await machine.context.claim("dish", "dish-1")

    @kitchen.act("quiet")
    async def quiet(machine):
        await paused.wait()

    builds = build(act("flood"), act("quiet")), build(act("quiet"), act("quiet"), ordinal=2, name="oven.db")
    cook = Cook(plan(*builds), on_error="pause", hold=0.4 if way == "expire" else 60.0)
    cook.run._recorder.budget.most = most
    full = lambda state: all(found.pause or found.ended for found in state.builds.values())
    ballast.write_bytes(b"b" * 1_400_000)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(cook.main())
        await cook.until(lambda state: any(found.pause for found in state.builds.values()))
        paused.set()
        await cook.until(full)
        before = {key: (found.status, found.pause and found.pause.reason) for key, found in cook.state.builds.items()}
        refusal = ""
        if way == "space":
            refusal = str(await cook.refused("continue"))
            ballast.unlink()
        if way == "cancel":
            for key in list(cook.state.builds):
                await cook.send("cancel", key)
        code = await running
    state = fold(cook.facts)
    print(json.dumps({
        "code": code,
        "before": before,
        "refusal": refusal,
        "status": [found.status for found in state.builds.values()],
        "errors": [found.error for found in state.builds.values()],
        "resources": [len(found.resources) for found in state.builds.values()],
        "diagnostics": [found.text for found in state.diagnostics],
        "lost": state.lost_bytes,
        "finished": RunDirectory.open(cook.record.path).status,
        "lines": [int(line[:6]) for line in cook.lines("001-web") if line[6:] == "x" * 993],
        "printed": printed[0],
        "seqs": [fact.seq for fact in cook.facts] == list(range(1, state.seq + 1)),
    }))

with installed() as kitchen:
    asyncio.run(asyncio.wait_for(main(kitchen), 20))
"""


def on_full_disk(place: Path, way: str, most: int = 1 << 20) -> dict[str, Any]:
    """What comes of two builds whose record is on a disk that gets full. way: how that ends. most: held in memory."""
    mount = f'mount -t tmpfs -o size=3m none {place} && exec {sys.executable} -c "$1" {way} {most}'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", SCRIPT],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={"XDG_STATE_HOME": str(place), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["finished"] == "finished"
    assert told["before"] == {"001-web": ["paused", "disk"], "002-db": ["paused", "disk"]}
    assert told["diagnostics"][0].startswith(f"{place} is full. Builds are paused; nothing is lost.")
    return told


@pytest.mark.needs("user-namespaces")
def test_builds_pause_on_a_full_disk_and_go_on_when_there_is_space(tmp_path: Path) -> None:
    told = on_full_disk(tmp_path, "space")
    assert told["code"] == 0, told["errors"]
    assert told["status"] == ["succeeded", "succeeded"]
    assert told["refusal"] == f"{tmp_path} is full. The build goes on by itself once there is space."
    assert told["lines"] == list(range(told["printed"]))
    assert told["lost"] == 0
    assert told["seqs"]
    assert told["diagnostics"][1:] == [f"There is space on {tmp_path} again: the builds go on."]


@pytest.mark.needs("user-namespaces")
def test_what_memory_does_not_hold_is_lost_and_said(tmp_path: Path) -> None:
    told = on_full_disk(tmp_path, "space", 20_000)
    assert told["code"] == 0, told["errors"]
    assert told["lost"] > 50_000
    assert len(told["lines"]) * 1000 + told["lost"] == told["printed"] * 1000


@pytest.mark.needs("user-namespaces")
def test_a_full_disk_does_not_keep_machines_longer_than_the_hold(tmp_path: Path) -> None:
    told = on_full_disk(tmp_path, "expire")
    assert told["code"] == 1
    assert told["status"] == ["failed", "failed"]
    assert told["errors"] == [f"{tmp_path} is full. There was no space within 0.4 s."] * 2
    assert told["resources"] == [0, 0]
    assert told["lost"] > 0


@pytest.mark.needs("user-namespaces")
def test_builds_can_be_cancelled_on_a_full_disk(tmp_path: Path) -> None:
    told = on_full_disk(tmp_path, "cancel")
    assert told["code"] == 1
    assert told["status"] == ["cancelled", "cancelled"]
    assert told["resources"] == [0, 0]


@pytest.mark.needs("user-namespaces")
def test_a_run_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size=100k none {tmp_path} && exec {sys.executable} -c "$1"'
    script = (
        "from bakehouse.record.rundir import RunDirectory, runs_root\n"
        "from bakehouse.errors import RecordError\n"
        "try: RunDirectory.create('t', '/')\n"
        "except RecordError as error: print(error, list(runs_root().iterdir()))"
    )
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", script],
        capture_output=True,
        text=True,
        env={"XDG_STATE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert done.stdout == f"The run cannot be written to {tmp_path}/bakehouse/runs: No space left on device. []\n"
