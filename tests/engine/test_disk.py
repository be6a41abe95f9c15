"""A disk that is really full: a small tmpfs, in a namespace of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import asyncio, json, os, sys
from support.kitchen import Cook, act, build, installed, plan
from bakehouse.record.fold import fold
from bakehouse.record.rundir import RunDirectory

async def main(kitchen):
    @kitchen.act("flood")
    async def flood(machine):
        while True:
            machine.context.output("stdout", b"x" * 999 + b"\\n")
            await asyncio.sleep(0)

    builds = build(act("flood")), build(act("flood"), ordinal=2, name="oven.db")
    cook = Cook(plan(*builds), on_error="pause", hold=60.0)
    code = await cook.main()
    state = fold(cook.facts)
    lines = [line for key in state.builds for line in cook.lines(key)]
    print(json.dumps({
        "code": code,
        "status": [found.status for found in state.builds.values()],
        "errors": [found.error for found in state.builds.values()],
        "resources": [len(found.resources) for found in state.builds.values()],
        "diagnostics": [found.text for found in state.diagnostics],
        "lost": state.lost_bytes,
        "finished": RunDirectory.open(cook.record.path).status,
        "whole": all(len(line) == 999 for line in lines if line.startswith("x")),
        "lines": len(lines),
    }))

with installed() as kitchen:
    asyncio.run(asyncio.wait_for(main(kitchen), 20))
"""


@pytest.mark.needs("user-namespaces")
def test_a_full_disk_fails_the_builds_and_the_record_stays_readable(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size=2m none {tmp_path} && exec {sys.executable} -c "$1"'
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", SCRIPT],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={"XDG_STATE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["code"] == 1
    assert told["finished"] == "finished"
    assert told["status"] == ["failed", "failed"]
    assert all("No space left on device" in error for error in told["errors"])
    assert told["resources"] == [0, 0]
    assert len(told["diagnostics"]) == 1
    assert told["lost"] > 0
    assert told["whole"]
    assert told["lines"] > 1000


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
