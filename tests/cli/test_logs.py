"""`bakehouse logs`: a part of a run's output, as JSON, and as it comes."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from pathlib import Path

import pytest

from bakehouse.record import events
from bakehouse.record.log import STDERR, index_path
from bakehouse.record.rundir import RunDirectory
from support.live_host import LiveHost, begin
from support.past import past
from support.scenes import DOCKER


async def start(*words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bakehouse", "logs", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def logs(*words: str) -> tuple[int, str, str]:
    process = await start(*words)
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_step_by_number_title_or_in_every_build() -> None:
    past()
    for step in ("2", "Start container"):
        code, out, _ = await logs("7f3", DOCKER, "--step", step)
        assert (code, out) == (0, "".join(f"line {number} of Start container\n" for number in (1, 2, 3)))
    _, out, _ = await logs("7f3", "--step", "Start container")
    assert {line.split(":")[0].strip() for line in out.splitlines()} == {
        "web.docker.debian", "web.lxd.debian", "base.rootfs.busybox",
    }  # fmt: skip
    assert all(line.endswith("of Start container") for line in out.splitlines())


async def test_the_last_part_of_a_run_that_is_over_counts_from_its_end() -> None:
    past()
    _, out, _ = await logs("7f3", "docker", "--since", "45s")
    first, *_, last = out.splitlines()
    assert last == "E: Unable to locate package nginx-lite"
    assert first == "Get:3 http://mirror.example/security bookworm-security InRelease [48.0 kB]"


async def test_as_json() -> None:
    past()
    _, out, _ = await logs("7f3", "docker", "--step", "4", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert rows[-1]["kind"] == "Line" and rows[-1]["build"] == DOCKER
    assert rows[-1]["body"] == {"line": 234, "stream": "stderr", "text": "E: Unable to locate package nginx-lite"}
    _, everything, _ = await logs("7f3", "--json")
    times = [json.loads(line)["at"] for line in everything.splitlines()]
    assert times == sorted(times) and len(times) > len(rows)


async def test_a_recorded_shell_is_plain_text_in_a_pipe_unless_it_is_asked_for_raw(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    directory = RunDirectory.create("app.pkr.hcl", str(tmp_path), version="0.1.0")
    host = LiveHost(directory.path, directory.run)
    x, _ = begin(host, ["a.null.x", "a.null.y"])
    shell = b"\x1b[?2004h\x1b]0;root@host\x07\x1bP+q544e\x1b\\\x1b[31mred\x1b[0m\x1b[2Kls\x08\x07\r\n50%\r100%\n"
    host.log(x, shell, span=1, at=time.time_ns())
    host.tell(events.RunFinished(0))
    directory.close()
    _, out, _ = await logs(host.run, "x")
    assert out == "\x1b[31mred\x1b[0mls\n50%\r100%\n"
    _, out, _ = await logs(host.run, "x", "--raw")
    assert out.encode() == shell


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("docker", "--step", "instal-nginx"), 'has no step "instal-nginx". Did you mean "install-nginx"? It has:'),
        (("--step", "nothing"), 'No build of this run has a step "nothing". There are:\n  1 Pull image'),
        (("docker", "--since", "soon"), '"soon" is not a duration'),
        (("dokcer",), 'has no build "dokcer"'),
    ],
)
async def test_bad_words_are_refused(words: tuple[str, ...], message: str) -> None:
    past()
    code, out, err = await logs("7f3", *words)
    assert (code, out) == (1, "") and message in err


@pytest.mark.parametrize("step", ["", "1"])
async def test_following_a_run_shows_what_comes_and_ends_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    directory = RunDirectory.create("app.pkr.hcl", str(tmp_path), version="0.1.0")
    host = LiveHost(directory.path, directory.run)
    x, _ = begin(host, ["a.null.x", "a.null.y"])
    host.tell(events.SpanStarted("attempt", "shell", "b/provisioner:shell#1"), x, 1)
    host.log(x, b"first\n", span=1, at=time.time_ns())
    process = await start(host.run, "x", "-f", *(["--step", step] if step else []))
    assert process.stdout is not None
    assert await process.stdout.readline() == b"first\n"
    host.log(x, b"ahead of its event\n", span=2, at=time.time_ns())
    host.tell(events.SpanStarted("sub-step", "inside", parent=1), x, 2)
    assert await process.stdout.readline() == b"ahead of its event\n"
    host.log(x, b"last\n", STDERR, span=1, at=time.time_ns())
    host.tell(events.RunFinished(0))
    directory.close()
    out, _ = await process.communicate()
    assert (out, process.returncode) == (b"last\n", 0)


async def test_following_a_run_that_is_over_prints_it() -> None:
    past()
    code, out, _ = await logs("7f3", "docker", "-f")
    assert code == 0 and out.endswith("E: Unable to locate package nginx-lite\n")


@pytest.mark.parametrize("words", [("docker",), (), ("--json",)])
async def test_what_cannot_be_read_is_said(words: tuple[str, ...]) -> None:
    run = past()
    index_path(run.log(DOCKER)).write_bytes(random.Random(5).randbytes(4096))
    run.events.write_bytes(run.events.read_bytes()[:-5])
    code, out, err = await logs("7f3", *words)
    assert code == 0 and "Unable to locate" not in out and bool(out) == (words != ("docker",))
    first, second = err.splitlines()
    assert first.startswith("Warning: events.jsonl ends in the middle of line")
    assert second == f"Warning: logs/{DOCKER}.idx is damaged from line 1 on: what follows is not shown."


@pytest.mark.parametrize("content", [None, b"", b"\xff\x00" * 500])
async def test_a_record_of_nothing_is_an_error(content: bytes | None) -> None:
    run = past()
    run.events.unlink() if content is None else run.events.write_bytes(content)
    for words in (("one",), ()):
        code, out, err = await logs("7f3", *words)
        assert (code, out) == (1, "")
        assert err == f"Error: Run 7f3x has no events that can be read: {run.events}.\n"
