"""Signals and pipes at a headless run with a real machine: what stops, what is left, and what is said."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from support.faults import COMMAND, bakehouse, mounts, only_run, processes, sane, sockets, tree

MACHINE = 'source "rootfs" "a" { output = "out/a.tar" }\nbuild {\n  sources = ["rootfs.a"]\n'
NOTHING = 'source "null" "a" { communicator = "none" }\nbuild {\n  sources = ["null.a"]\n'
INSIDE = ["setsid sleep 31536501 &", "trap '' TERM INT HUP", "echo begun", "while :; do sleep 31536501; done"]
STUBBORN = ["trap '' TERM INT HUP", "echo begun", "while :; do sleep 31536502; done"]


def template(head: str, kind: str, *lines: str) -> None:
    Path("t.pkr.hcl").write_text(f'{head}  provisioner "{kind}" {{ inline = {json.dumps(lines)} }}\n}}\n')


@contextmanager
def begun(*flags: str) -> Iterator[subprocess.Popen[str]]:
    """A run that has come to its long command."""
    process = subprocess.Popen(
        [COMMAND, "build", *flags, "t.pkr.hcl"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        while "begun" not in (line := process.stdout.readline()):
            assert line, "it ended early"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        for pid in processes(f"BAKEHOUSE_CLAIM={only_run().run}-"):
            os.kill(pid, signal.SIGKILL)


def rest(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    shown = process.stdout.read()
    assert "Traceback" not in shown
    assert process.wait(timeout=20) == 1
    return shown


def nothing_is_left(workshop: Path) -> None:
    run = only_run()
    assert processes(f"BAKEHOUSE_CLAIM={run.run}-", f"-{run.run}-001-a") == []
    assert mounts(f"-{run.run}-001-a") == []
    assert sockets([run.run]) == []
    assert tree(workshop.parent / "tmp") | tree(workshop / "out") == set()
    machines = Path(os.environ["XDG_CACHE_HOME"]) / "bakehouse"
    assert [path for path in tree(machines) if run.run in path] == []
    assert sane(bakehouse("gc")) == "Nothing is left behind.\n"


@pytest.mark.needs("user-namespaces")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_takes_the_machine_away(workshop: Path, number: signal.Signals) -> None:
    template(MACHINE, "shell", *INSIDE)
    with begun() as process:
        process.send_signal(number)
        shown = rest(process)
    assert "Cancelling build after receiving interrupt" in shown
    assert "Removing machine " in shown
    assert shown.endswith("\nCleanly cancelled builds after being interrupted.\n")
    nothing_is_left(workshop)


@pytest.mark.needs("user-namespaces")
def test_ctrl_c_reaches_the_whole_group_and_is_still_one(workshop: Path) -> None:
    """A terminal sends it to every process in the foreground, helpers of machines too."""
    template(MACHINE, "shell", *INSIDE)
    with begun() as process:
        for pid in [process.pid, *processes(f"-{only_run().run}-001-a")]:
            os.kill(pid, signal.SIGINT)
        assert rest(process).endswith("\nCleanly cancelled builds after being interrupted.\n")
    nothing_is_left(workshop)


def test_the_third_interrupt_leaves_at_once_and_says_what_to_do(workshop: Path) -> None:
    template(NOTHING, "shell-local", *STUBBORN)
    with begun() as process:
        assert process.stdout is not None
        for said in ("Cancelling build", "Cutting short", ""):
            process.send_signal(signal.SIGINT)
            while said and said not in process.stdout.readline():
                pass
        assert rest(process) == "What is left stands in the ledger. Remove it with: bakehouse gc\n"
        run = only_run()
        assert run.status == "lost"
        assert sane(bakehouse("gc")).endswith(f"(run {run.run}, lost)\n")
        nothing_is_left(workshop)


def test_sigterm_waits_no_longer_than_it_was_told(workshop: Path) -> None:
    template(NOTHING, "shell-local", *STUBBORN)
    with begun("--stop-timeout=100ms") as process:
        process.terminate()
        shown = rest(process)
        assert "Ending at once; what is left stays in the ledger\n" in shown
        run = only_run()
        assert run.status == "finished"
        assert f"--> null.a: process {run.run}-" in shown
        assert shown.endswith("\nRemove it with: bakehouse gc\n")
        assert sane(bakehouse("gc")).endswith(f"(run {run.run}, finished)\n")
        nothing_is_left(workshop)


@pytest.mark.needs("user-namespaces")
def test_head_takes_what_it_wants_and_nothing_stays(workshop: Path) -> None:
    template(MACHINE, "shell", "sleep 31536503 & while :; do echo line; sleep 0.02; done")
    line = 'set -o pipefail; "$0" build t.pkr.hcl | head -1'
    done = subprocess.run(["bash", "-c", line, COMMAND], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.stdout == "==> rootfs.a: Preparing base busybox\n"
    assert done.stderr.endswith("nobody reads it any more. Stopping the run and cleaning up.\n")
    assert done.returncode == 1
    nothing_is_left(workshop)


@pytest.mark.needs("user-namespaces")
def test_a_pipe_ends_with_the_run_though_daemons_live_on(workshop: Path) -> None:
    template(MACHINE, "shell-local", "setsid sleep 31536504 & echo $! > daemon", "echo done")
    began = time.monotonic()
    line = '"$0" build t.pkr.hcl | cat; echo closed'
    try:
        done = subprocess.run(["sh", "-c", line, COMMAND], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.stdout.endswith("closed\n")
        assert time.monotonic() - began < 30
        assert len(processes("sleep 31536504")) == 1
    finally:
        os.kill(int(Path("daemon").read_text()), signal.SIGKILL)


@pytest.mark.needs("user-namespaces")
def test_everything_closed(workshop: Path) -> None:
    template(MACHINE, "shell", "echo hello")
    line = 'exec "$0" build t.pkr.hcl 0<&- 1>&- 2>&-'
    assert subprocess.run(["sh", "-c", line, COMMAND]).returncode == 0
    assert (workshop / "out/a.tar").is_file()
    assert sane(bakehouse("logs", only_run().run, "rootfs.a")).count("hello") >= 1


def test_a_hangup_that_is_ignored_at_the_start(workshop: Path) -> None:
    template(NOTHING, "shell-local", "echo begun; while [ ! -e go ]; do sleep 0.02; done; echo on")
    with subprocess.Popen(
        ["nohup", COMMAND, "build", "t.pkr.hcl"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        while "begun" not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGHUP)
        Path("go").touch()
        assert "    null.a: on\n" in process.stdout.read()
    assert process.returncode == 0
