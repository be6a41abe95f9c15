"""Disks that are really full: what is said, and that the record stays readable."""

from __future__ import annotations

import os
import secrets
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


LINES = 60000
FLOOD = """
touch seen; dd if=/dev/zero of={state}/ballast bs=1M count=8 2>/dev/null
"$0" build {words} t.pkr.hcl >seen 2>&1 & pid=$!
until grep -q 'Builds are paused' seen; do kill -0 $pid || break; sleep 0.02; done
sleep 0.5; pgrep -f '^sed s/./ {mark}' >printing; "$0" runs >during
rm {state}/ballast; wait $pid; echo "exit code $?"
cp -r {state} {state}.seen
"""
KINDS = [
    pytest.param("null", ""),
    pytest.param("rootfs", 'output = "out/a.tar"'),
    pytest.param("docker", "image = var.image\n  pull = false\n  discard = true", marks=pytest.mark.needs("docker")),
]


@pytest.mark.parametrize(("kind", "options"), KINDS)
def test_of_the_record(
    workshop: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, kind: str, options: str
) -> None:
    """What prints waits, the build is paused and says so; once there is space it goes on, and has lost no line."""
    image = request.getfixturevalue("docker_image") if kind == "docker" else ""
    mark = f"{secrets.token_hex(4)}{'x' * 80}"
    runs = f'provisioner "{"shell-local" if kind == "null" else "shell"}"'
    flood = f"seq {LINES} | sed 's/$/ {mark}/'"
    template(NULL, f'{runs} {{\n    inline  = ["{flood}", "echo done"]\n    timeout = "10s"\n  }}')
    text = Path("t.pkr.hcl").read_text().replace('communicator = "none"', options or 'communicator = "none"')
    Path("t.pkr.hcl").write_text(f'variable "image" {{ default = "" }}\n{text.replace("null", kind)}')
    state = workshop.parent / "state"
    script = FLOOD.format(state=state, words=f"-var image={image}", mark=mark)
    shown = sane(on_small_disk(state, "9m", script))
    seen = Path("seen").read_text()
    assert shown.endswith("exit code 0\n"), seen[-2000:]
    assert Path("printing").read_text(), "nothing was left unread"
    assert "paused" in Path("during").read_text()
    told = (line for line in seen.splitlines(keepends=True) if line.startswith(("Error:", "Note:")))
    golden("full-state", "".join(told))
    monkeypatch.setenv("XDG_STATE_HOME", f"{state}.seen")
    kept = [
        line for line in sane(bakehouse("logs", RunDirectory.list()[0].run)).splitlines() if line.endswith(f" {mark}")
    ]
    assert kept == [f"    {kind}.a: {number} {mark}" for number in range(1, LINES + 1)]
    printed = [line for line in seen.splitlines() if line.endswith(f" {mark}")]
    assert printed == kept


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


def test_where_a_checkpoint_should_be(workshop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build goes on without it, and nothing half done is left."""
    steps = '"dd if=/dev/urandom of=/big bs=1M count=4 2>/dev/null", "echo made"'
    template(ROOTFS, f'provisioner "shell" {{ inline = [{steps}] }}\n  provisioner "shell" {{ inline = ["rm /big"] }}')
    cache = workshop.parent / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    build = BUILD.replace("t.pkr", "--checkpoints=each t.pkr")
    places = " ".join(f"{cache}/bakehouse/{place}" for place in ("machines", "checkpoints", "scratch"))
    done = on_small_disk(cache, "9m", f"{build} find {places} -mindepth 1")
    shown = sane(done)
    assert "No checkpoint before this step: " in shown
    assert "No space left on device" in shown
    assert done.stdout.endswith("exit code 0\n")
