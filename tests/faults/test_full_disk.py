"""Disks that are really full: what is said, and that the record stays readable."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from bakehouse.record.rundir import RunDirectory
from support.faults import bakehouse, golden, on_small_disk, sane

pytestmark = pytest.mark.needs("user-namespaces")
NULL = 'source "null" "a" {\n  communicator = "none"\n}\n'
ROOTFS = 'source "rootfs" "a" {\n  output = "out/a.tar"\n}\n'
BUILD = '"$0" build t.pkr.hcl; echo "exit code $?"; '


def template(head: str, step: str) -> None:
    kind = head.split('"')[1]
    Path("t.pkr.hcl").write_text(f'{head}build {{\n  sources = ["{kind}.a"]\n  {step}\n}}\n')


def test_of_the_record(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build ends, and says why; runs and gc work on the full disk, logs has every line that was kept."""
    line = "x" * 99
    template(NULL, f'provisioner "shell-local" {{ inline = ["while :; do echo {line}; done"] }}')
    state, seen = workshop.parent / "state", workshop.parent / "seen"
    script = f'{BUILD} "$0" runs; "$0" gc; "$0" gc --dry-run; cp -r {state} {seen}'
    shown = sane(on_small_disk(state, "3m", script))
    monkeypatch.setenv("XDG_STATE_HOME", str(seen))
    (run,) = RunDirectory.list()
    assert run.status == "finished"
    golden("full-state", "".join(f"{text}\n" for text in shown.splitlines() if line not in text))
    kept = sane(bakehouse("logs", run.run)).splitlines()
    assert len(kept) > 5000
    assert {text[-99:] for text in kept[1:-1]} == {line}


def test_so_full_that_no_run_fits(workshop: Path) -> None:
    template(NULL, 'provisioner "shell-local" { inline = ["true"] }')
    shown = sane(on_small_disk(workshop.parent / "state", "100k", f"{BUILD} find {workshop.parent}/state -name .new*"))
    golden("full-state-at-once", shown)


def test_of_the_output(workshop: Path) -> None:
    template(ROOTFS, 'provisioner "shell" { inline = ["dd if=/dev/urandom of=/big bs=1M count=2 2>/dev/null"] }')
    shown = sane(on_small_disk(workshop / "out", "1m", f"{BUILD} ls -A out"))
    golden("full-output", shown)


def test_of_temporary_files(workshop: Path) -> None:
    """Small files find another place; a script that does not fit is told of."""
    big = workshop / "big.sh"
    big.write_text("#!/bin/sh\n" + "# much\n" * 20000)
    template(NULL, 'provisioner "shell-local" { script = "big.sh" }')
    shown = sane(on_small_disk(workshop.parent / "tmp", "64k", f"{BUILD} ls -A {workshop.parent}/tmp"))
    golden("full-tmp", shown)


def test_no_room_at_all_for_temporary_files(workshop: Path) -> None:
    template(NULL, 'provisioner "shell-local" { inline = ["echo here"] }')
    tmp = workshop.parent / "tmp"
    done = on_small_disk(tmp, "64k", f"dd if=/dev/zero of={tmp}/full 2>/dev/null; {BUILD}")
    assert "    null.a: here\n" in sane(done)
    assert done.stdout.endswith("exit code 0\n")


def test_in_the_machine(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template(
        ROOTFS,
        'provisioner "shell" { inline = ["dd if=/dev/zero of=/big bs=1M count=9 2>&1 | grep -v records; exit 1"] }',
    )
    cache = workshop.parent / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    shown = sane(on_small_disk(cache, "6m", f"{BUILD} ls -A out {cache}/bakehouse/machines {cache}/bakehouse/scratch"))
    golden("full-machine", shown)


def test_where_the_base_should_be(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    template(ROOTFS, 'provisioner "shell" { inline = ["true"] }')
    cache = workshop.parent / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    shown = sane(on_small_disk(cache, "1m", f"{BUILD} ls -A out {cache}/bakehouse/machines {cache}/bakehouse/scratch"))
    golden("full-cache", shown)
    shutil.rmtree(cache)
    assert os.listdir("out") == []
