"""A whole run whose scripts are followed: what stands in its record, and that nothing else changes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bakehouse.dashboard.pause.paused import where
from bakehouse.dashboard.pause.rollback import estimate
from bakehouse.dashboard.pause.verbs import verbs
from bakehouse.record.events import NANOSECONDS, CheckpointMade
from bakehouse.record.fold import fold
from bakehouse.record.reader import read_events
from bakehouse.record.state import RunState, SpanState, worked
from support.docker_shells import shells_container

__all__ = ["shells_container"]

BAKEHOUSE = str(Path(sys.executable).with_name("bakehouse"))
STEP = "build/provisioner:shell#1"
SETUP = """#!/bin/bash
secret=hunter2hunter2
echo one
false
i=0
while [ $i -lt 1000 ]; do
  i=$((i+1))
  :
done
ls /nonexistent 2>/dev/null | cat
false || true
sleep 0.2
echo "$secret" done
"""
TEMPLATES = {
    "rootfs": 'source "rootfs" "x" {\n  output = "image"\n}\n',
    "docker": 'source "docker" "x" {\n  image = "IMAGE"\n  pull = false\n' + "  discard = true\n}\n",
}
BUILD = """variable "password" {
  default   = "hunter2hunter2"
  sensitive = true
}
build {
  sources = ["BUILDER.x"]
PROVISIONER}
"""


def write(place: Path, builder: str, provisioner: str, image: str = "") -> None:
    text = TEMPLATES[builder].replace("IMAGE", image)
    body = BUILD.replace("BUILDER", builder).replace("PROVISIONER", provisioner)
    (place / "t.pkr.hcl").write_text(text + body)


def build(place: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    command = [BAKEHOUSE, "build", "--ui", "plain", *flags, "t.pkr.hcl"]
    return subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=60)


def events_file() -> Path:
    (found,) = (Path(os.environ["XDG_STATE_HOME"]) / "bakehouse/runs").glob("*/events.jsonl")
    return found


def state() -> RunState:
    return fold(read_events(events_file().parent))


def commands(of: RunState) -> list[SpanState]:
    return [span for span in of.spans.values() if span.type == "command"]


def lines(text: str) -> list[str]:
    """Without what differs between any two runs."""
    return [
        re.sub(r"\d+(\.\d+)? \w*seconds?( \d+ \w+)*|run \w+|[0-9a-f]{64}|172[.\d]+|attach \w+|[\w.]+ [kM]?B", "#", line)
        for line in text.splitlines()
    ]


@pytest.mark.needs("docker")
def test_a_bash_script_in_a_container(tmp_path: Path, shells_container: str) -> None:
    image = subprocess.run(
        ["docker", "inspect", "-f", "{{.Config.Image}}", shells_container], capture_output=True, text=True, check=True
    ).stdout.strip()
    (tmp_path / "setup.sh").write_text(SETUP)
    write(tmp_path, "docker", '  provisioner "shell" {\n    script = "setup.sh"\n  }\n', image)
    done = build(tmp_path, "--trace", "on")
    assert done.returncode == 0, done.stdout
    assert "hunter2" not in events_file().read_text()
    found = state()
    step = next(iter(found.builds.values())).steps[STEP]
    assert step.status == "ok"
    assert [(failure.line, failure.command, failure.exit_status, failure.how) for failure in step.swallowed] == [
        (4, "false", 1, "ignored"),
        (10, "ls /nonexistent 2>/dev/null | cat", 1, "pipe"),
    ]
    told = commands(found)
    assert all(span.parent == step.span and span.step == STEP and span.outcome for span in told)
    shown = [(span.line, span.title, span.exit_status) for span in told if span.line not in (5, 6, 7, 8)]
    assert shown == [
        (2, "secret=<sensitive>", 0),
        (3, "echo one", 0),
        (4, "false", 1),
        (10, "ls /nonexistent", 1),
        (10, "cat", 0),
        (11, "false", 1),
        (11, "true", 0),
        (12, "sleep 0.2", 0),
        (13, 'echo "$secret" done', 0),
        (0, "2,941 more commands, not told one by one", None),
    ]
    (sleep,) = (span for span in told if span.title == "sleep 0.2")
    assert 0.2 <= sleep.seconds < 1
    untraced = build(tmp_path, "--trace", "off")
    unnoticed = [line for line in lines(done.stdout) if "failed unnoticed" in line]
    assert [line.partition("line ")[2] for line in unnoticed] == [
        "4 failed unnoticed (exit code 1): false",
        "10 failed unnoticed (exit code 1): ls /nonexistent 2>/dev/null | cat",
    ]
    assert lines(untraced.stdout) == [line for line in lines(done.stdout) if line not in unnoticed]


def test_an_inline_script_in_an_embedded_machine(tmp_path: Path) -> None:
    write(tmp_path, "rootfs", '  provisioner "shell" {\n    inline = ["set +e", "echo one", "false", "ls /tmp"]\n  }\n')
    done = build(tmp_path, "--trace=on")
    assert done.returncode == 0, done.stdout
    found = state()
    step = next(iter(found.builds.values())).steps[STEP]
    assert [(span.line, span.title, span.exit_status) for span in commands(found)] == [
        (1, "set +e", 0),
        (2, "echo one", 0),
        (3, "false", 1),
        (4, "ls /tmp", 0),
    ]
    assert [(failure.line, failure.command) for failure in step.swallowed] == [(3, "false")]
    assert "==> rootfs.x: line 3 failed unnoticed (exit code 1): false" in done.stdout.splitlines()
    layers = subprocess.run(
        "for f in image/blobs/sha256/*; do zcat -f $f | strings; done", shell=True, cwd=tmp_path, capture_output=True
    )
    assert b"bakehouse-trace" not in layers.stdout


def test_a_failed_attempt_points_nothing_out(tmp_path: Path) -> None:
    write(tmp_path, "rootfs", '  provisioner "shell" {\n    inline = ["set +e", "false", "exit 3"]\n  }\n')
    done = build(tmp_path, "--trace=on")
    assert done.returncode == 1
    found = state()
    step = next(iter(found.builds.values())).steps[STEP]
    assert step.swallowed == []
    assert [(span.title, span.exit_status) for span in commands(found)] == [("set +e", 0), ("false", 1), ("exit 3", 3)]


def test_without_a_dashboard_scripts_are_not_followed_unless_asked(tmp_path: Path) -> None:
    write(tmp_path, "rootfs", '  provisioner "shell" {\n    inline = ["echo one"]\n  }\n')
    assert build(tmp_path).returncode == 0
    assert commands(state()) == []
    assert build(tmp_path, "--trace=maybe").returncode == 1


def test_what_is_not_followed_says_why(tmp_path: Path) -> None:
    write(tmp_path, "rootfs", '  provisioner "shell" {\n    inline = ["set -v", "echo one"]\n  }\n')
    assert build(tmp_path, "--trace=on").returncode == 0
    found = state()
    assert next(iter(found.builds.values())).steps[STEP].trace_note.startswith("it uses set -v")
    assert commands(found) == []


def test_a_breakpoint_on_a_command_of_an_inline_script(tmp_path: Path) -> None:
    write(tmp_path, "rootfs", '  provisioner "shell" {\n    inline = ["echo one", "# why", "echo two"]\n  }\n')
    command = [BAKEHOUSE, "build", "--ui", "plain", "--hold=1m", "--break", "shell:2", "t.pkr.hcl"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert paused() == (3, "echo two", "breakpoint")
            assert ctl(tmp_path, "continue")["accepted"]
            assert running.wait(30) == 0
        finally:
            running.kill()


def test_a_breakpoint_on_a_line_and_the_next(tmp_path: Path) -> None:
    (tmp_path / "setup.sh").write_text("#!/bin/sh\necho one\necho two\necho three\n")
    write(tmp_path, "rootfs", '  provisioner "shell" {\n    script = "setup.sh"\n  }\n')
    command = [BAKEHOUSE, "build", "--ui", "plain", "--hold=1m", "--break", "setup.sh:3", "t.pkr.hcl"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert paused() == (3, "echo two", "breakpoint")
            assert ctl(tmp_path, "next")["accepted"]
            assert paused(after=3) == (4, "echo three", "next")
            assert ctl(tmp_path, "continue")["accepted"]
            output = running.communicate(timeout=30)[0]
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGTERM)
    assert running.returncode == 0, output
    printed = [line.partition(": ")[2] for line in output.splitlines() if line.startswith("    rootfs.x: ")]
    assert printed == ["one", "two", "three"]


INLINE = ["echo L1", "echo L2 >/l2", "sleep 1", "echo L4"]


def test_sh_cannot_leave_a_command_out_and_says_so(tmp_path: Path) -> None:
    write(tmp_path, "rootfs", f'  provisioner "shell" {{\n    inline = {json.dumps(INLINE)}\n  }}\n')
    command = [BAKEHOUSE, "build", "--ui", "plain", "--hold=1m", "--break", "shell:2", "t.pkr.hcl"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert paused() == (2, "echo L2 >/l2", "breakpoint")
            answer = ctl(tmp_path, "skip")
            assert not answer["accepted"] and str(answer["reason"]).startswith("sh cannot leave a command out")
            texts = {verb.name: verb.reason for verb in verbs(next(iter(state().builds.values())), 120)}
            assert texts["skip"] == "sh cannot leave a line out" and not texts["next"]
            time.sleep(1.5)  # what a person takes to read
            assert ctl(tmp_path, "continue")["accepted"]
            assert running.wait(30) == 0
        finally:
            running.kill()
    found = state()
    build = next(iter(found.builds.values()))
    assert not build.tainted
    step = build.steps[STEP]
    assert step.finished - step.started > 2.5 * NANOSECONDS > worked(step, step.finished) > NANOSECONDS
    stood = next(span for span in commands(found) if span.line == 2)
    assert stood.finished - stood.started > 1.5 * NANOSECONDS > worked(stood, 0)
    made = CheckpointMade(1, STEP, "x")
    assert estimate([step], made) in ("~1 s", "~2 s")


@pytest.mark.needs("docker")
def test_a_command_left_out_in_bash_stops_before_the_next(tmp_path: Path, shells_container: str) -> None:
    image = subprocess.run(
        ["docker", "inspect", "-f", "{{.Config.Image}}", shells_container], capture_output=True, text=True, check=True
    ).stdout.strip()
    (tmp_path / "setup.sh").write_text("#!/bin/bash\nfor i in 1 2; do\n  echo $i\ndone\nfalse\nsleep 0.2\n")
    write(tmp_path, "docker", '  provisioner "shell" {\n    script = "setup.sh"\n  }\n', image)
    command = [BAKEHOUSE, "build", "--ui", "plain", "--hold=1m", "--break", "setup.sh:3", "t.pkr.hcl"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert paused() == (3, "echo $i", "breakpoint")
            assert ctl(tmp_path, "skip")["accepted"]
            assert paused(after=3) == (2, "for i in 1 2", "next")
            time.sleep(1.2)  # what a person takes to read
            assert ctl(tmp_path, "continue")["accepted"]
            assert paused(after=2) == (3, "echo $i", "breakpoint")
            build = next(iter(state().builds.values()))
            assert build.pause is not None and build.pause.round == 2
            assert where(build, "").startswith("setup.sh stands before line 3 for the 2nd time, attempt 1.")
            assert ctl(tmp_path, "continue")["accepted"]
            output = running.communicate(timeout=30)[0]
        finally:
            running.kill()
    assert running.returncode == 0, output
    printed = [line.partition(": ")[2] for line in output.splitlines() if line.startswith("    docker.x: ")]
    assert "1" not in printed and "2" in printed
    found = state()
    shown = [(span.line, span.outcome, span.exit_status) for span in commands(found)]
    assert shown == [
        (2, "ok", None),
        (3, "skipped", None),
        (2, "ok", None),
        (3, "ok", 0),
        (5, "failed", 1),
        (6, "ok", 0),
    ]
    assert all(span.seconds < 1 for span in commands(found))
    assert [failure.line for failure in next(iter(found.builds.values())).steps[STEP].swallowed] == [5]


def test_cancelling_at_a_line(tmp_path: Path) -> None:
    (tmp_path / "setup.sh").write_text("#!/bin/sh\necho one\necho two\n")
    write(tmp_path, "rootfs", '  provisioner "shell" {\n    script = "setup.sh"\n  }\n')
    command = [BAKEHOUSE, "build", "--ui", "plain", "--trace=on", "--hold=1m", "--break", "setup.sh:3", "t.pkr.hcl"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert paused() == (3, "echo two", "breakpoint")
            began = time.monotonic()
            assert ctl(tmp_path, "cancel")["accepted"]
            output = running.communicate(timeout=30)[0]
            assert time.monotonic() - began < 5
        finally:
            if running.poll() is None:
                running.send_signal(signal.SIGTERM)
    assert running.returncode == 1, output
    assert "    rootfs.x: two" not in output
    (command_span,) = (span for span in commands(state()) if span.line == 3)
    assert command_span.outcome == "cancelled"


def paused(after: int = 0) -> tuple[int, str, str]:
    """Wait for a pause at a line other than `after`: line, command, reason."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        files = list((Path(os.environ["XDG_STATE_HOME"]) / "bakehouse/runs").glob("*/events.jsonl"))
        for build in (fold(read_events(files[0].parent)).builds if files else {}).values():
            if build.pause is not None and build.pause.line != after:
                return build.pause.line, build.pause.command, build.pause.reason
        time.sleep(0.05)
    raise AssertionError("it does not pause")


def ctl(place: Path, verb: str) -> dict[str, object]:
    run = events_file().parent.name
    done = subprocess.run([BAKEHOUSE, "ctl", run, "001-x", verb], cwd=place, capture_output=True, text=True, timeout=20)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer
