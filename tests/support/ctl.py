"""The command as a person types it, and what it made."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import time
from pathlib import Path

BAKEHOUSE = str(Path(sys.executable).with_name("bakehouse"))


def bakehouse(workplace: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run it in a directory."""
    return subprocess.run([BAKEHOUSE, *words], cwd=workplace, capture_output=True, text=True, check=False)


def runs(workplace: Path) -> list[dict[str, object]]:
    """What `bakehouse runs --json` lists."""
    return [json.loads(line) for line in bakehouse(workplace, "runs", "--json").stdout.splitlines()]


def ctl(workplace: Path, *words: str) -> dict[str, object]:
    """The answer to a command."""
    answer: dict[str, object] = json.loads(bakehouse(workplace, "ctl", *words).stdout)
    return answer


def wait_for_state(workplace: Path, state: str) -> dict[str, object]:
    """The one run there is, once it has that status."""
    deadline = time.monotonic() + 30
    while True:
        (run,) = runs(workplace)
        if run["status"] == state:
            return run
        assert time.monotonic() < deadline, f"the run is {run['status']}, not {state}"
        time.sleep(0.05)


def files_of(archive: Path) -> dict[str, bytes]:
    """Every regular file of an OCI archive's top layer."""
    with tarfile.open(archive) as tar:

        def blob(digest: str) -> bytes:
            member = tar.extractfile(f"blobs/{digest.replace(':', '/')}")
            assert member is not None
            return member.read()

        index = tar.extractfile("index.json")
        assert index is not None
        manifest = json.loads(blob(json.load(index)["manifests"][0]["digest"]))
        layer = manifest["layers"][-1]["digest"]
        member = tar.extractfile(f"blobs/{layer.replace(':', '/')}")
        with tarfile.open(fileobj=member) as inside:
            return {
                entry.name.removeprefix("./"): (inside.extractfile(entry) or sys.stdin.buffer).read()
                for entry in inside
                if entry.isfile()
            }
