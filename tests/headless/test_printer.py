"""Whole transcripts, against golden files of Packer's shapes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec
import pytest

from bakehouse.headless.closing import closing
from bakehouse.headless.json_lines import JsonLines
from bakehouse.headless.output import Output
from bakehouse.headless.paint import Paint
from bakehouse.headless.printer import Printer
from bakehouse.record import events
from bakehouse.record.log import SAY, STDERR, WARN, LogWriter
from bakehouse.record.reader import read_events
from support.live_host import START, LiveHost, begin

GOLDEN = Path(__file__).parent / "golden"
SECOND = 1_000_000_000


class Paper:
    """An output that is read back."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


@pytest.fixture
def host(tmp_path: Path) -> LiveHost:
    return LiveHost(tmp_path, "7f3k")


async def play(host: LiveHost, printer: Printer | JsonLines) -> None:
    host.feed.close()
    async for batch in host.feed.follow(0):
        for fact in batch:
            printer.take([fact])


def shown(host: LiveHost, **how: bool) -> tuple[Paper, list[str], Printer]:
    paper, aside = Paper(), list[str]()
    return paper, aside, Printer(host.directory, paper, aside=aside.append, **how)  # type: ignore[arg-type]


def success(host: LiveHost) -> None:
    (key,) = begin(host, ["bb.null.loc"])
    host.tell(events.SpanStarted("attempt", "shell", "b/provisioner:shell#1"), key, 1)
    host.log(key, b"Running local shell script: /tmp/script\n", SAY)
    host.log(key, b"n=bb s=loc id=Null e=x\n")
    host.tell(events.SpanFinished("ok"), key, 1)
    host.tell(events.SpanStarted("attempt", "x", "b/post:x#1"), key, 2)
    host.tell(events.SpanStarted("sub-step", "inside", parent=2), key, 3)
    host.log(key, b"Running local shell script: /tmp/other\n", SAY, 3)
    text = "Did not export anything. This is the null builder"
    host.tell(events.ArtifactMade("fnoeding.null", "Null", text), key)
    host.tell(events.BuildFinished("succeeded"), key, at=START + 31_115_000)
    host.tell(events.RunFinished(0), at=START + 31_813_000)


async def test_one_build_that_succeeds(host: LiveHost) -> None:
    success(host)
    paper, aside, printer = shown(host)
    await play(host, printer)
    assert paper.data.decode() == (GOLDEN / "success.txt").read_text()
    assert aside == ["run 7f3k, 1 build. Attach with: bakehouse attach 7f3k"]
    assert printer.state.exit_code == 0


async def test_the_same_in_colour(host: LiveHost) -> None:
    success(host)
    paper, _, printer = shown(host, colour=True)
    await play(host, printer)
    assert paper.data.decode() == (GOLDEN / "colour.txt").read_text()


async def test_failures_pauses_taints_and_what_is_left(host: LiveHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    monkeypatch.setattr(time, "time_ns", lambda: START + 10 * SECOND)
    good, bad = begin(host, ["null.good", "null.bad"])
    host.tell(events.SpanStarted("attempt", "shell", "b/provisioner:shell#1"), bad, 1)
    host.log(bad, b"about to fail\n")
    host.log(bad, b"no such thing\n", STDERR)
    host.log(bad, b"Step failed\n", WARN)
    host.tell(events.SpanFinished("failed", "exit 3", 3), bad, 1)
    until = START + 910 * SECOND
    host.tell(events.BuildPaused("b/provisioner:shell#1", "failure", 1, "exit 3", 3, until), bad, 1)
    host.tell(events.BuildResumed("continue", "mara"), bad)
    host.tell(events.Tainted("went on after 1 shell failed"), bad)
    host.tell(events.ResourceClaimed("builder:docker", "container", "bakehouse-x"), bad)
    host.tell(events.BuildFinished("failed", "exit 3"), bad, at=START + 61 * SECOND)
    host.tell(events.BuildFinished("succeeded"), good, at=START + 62 * SECOND)
    host.tell(events.RunFinished(1), at=START + 63 * SECOND)
    paper, _, printer = shown(host)
    await play(host, printer)
    assert paper.data.decode() == (GOLDEN / "failure.txt").read_text()


def test_what_is_past_is_told_in_order_to_one_who_comes_later(host: LiveHost) -> None:
    (key,) = begin(host, ["null.x"])
    step, until = "b/provisioner:shell#1", START + 900 * SECOND
    for number, at in ((1, START), (2, START + 10 * SECOND)):
        host.tell(events.SpanStarted("attempt", "shell", step, attempt=number), key, number, at=at)
        host.log(key, b"try %d\n" % number, span=number, at=at + 1)
        host.tell(events.SpanFinished("failed", "It broke."), key, number, at=at + 2)
        host.tell(events.BuildPaused(step, "failure", number, "It broke.", 3, until), key, number, at=at + 3)
        if number == 1:
            host.log(key, b"said while it was paused\n", SAY, span=1, at=at + 4)
            host.tell(events.BuildResumed("retry", "mara"), key, 1, at=at + 5)
    paper, _, printer = shown(host, attached=True)
    printer.take(read_events(host.directory))
    kept = paper.data.decode().rpartition("It broke. Machine kept until ")
    assert kept[2].count("\n") == 1
    assert kept[0] + kept[1] == (
        "    null.x: try 1\n"
        "==> null.x: paused at 1 shell: It broke.\n"
        "==> null.x: said while it was paused\n"
        "==> null.x: retry, by mara\n"
        "    null.x: try 2\n"
        "==> null.x: paused at 1 shell: It broke. Machine kept until "
    )


def test_every_line_of_an_error_has_the_name_of_its_build(host: LiveHost) -> None:
    (key,) = begin(host, ["null.x"])
    host.tell(events.BuildFinished("failed", "exit 3\nNobody answered within 6 s."), key, at=START + SECOND)
    host.tell(events.RunFinished(1), at=START + SECOND)
    paper, _, printer = shown(host)
    printer.take(read_events(host.directory))
    text = paper.data.decode()
    assert "Build 'null.x' errored after 1 second: exit 3\n==> null.x: Nobody answered within 6 s.\n" in text
    assert "\n--> null.x: exit 3\n--> null.x: Nobody answered within 6 s.\n" in text


async def test_an_interrupted_run_lists_nothing(host: LiveHost) -> None:
    (key,) = begin(host, ["null.x"])
    host.tell(events.RunStopping("clean"))
    host.tell(events.BuildFinished("cancelled", "cancelled"), key, at=START + SECOND)
    host.tell(events.RunFinished(1), at=START + SECOND)
    paper, _, printer = shown(host)
    await play(host, printer)
    assert paper.data.decode() == (GOLDEN / "interrupted.txt").read_text()


def test_a_log_that_is_ahead_of_the_events_waits_for_them(host: LiveHost) -> None:
    (key,) = begin(host, ["null.x"])
    paper, _, printer = shown(host)
    host.log(key, b"from the post-processor\n", span=1)
    events_so_far = read_events(host.directory)
    grown = events.event(events.OutputGrew(1, 1), seq=0, at=START, build=key)
    printer.take([*events_so_far, grown])
    assert paper.data == b""
    printer.take([host.tell(events.SpanStarted("attempt", "x", "b/post:x#1"), key, 1), grown])
    announced, line = paper.data.splitlines()
    assert announced == b"==> null.x: Running post-processor:  (type shell-local)"
    assert line == b"    null.x (shell-local): from the post-processor"


async def test_json(host: LiveHost) -> None:
    success(host)
    paper = Paper()
    await play(host, JsonLines(host.directory, paper))  # type: ignore[arg-type]
    found = [msgspec.json.decode(line) for line in paper.data.splitlines()]
    recorded = [fact["kind"] for fact in found if "seq" in fact and fact["seq"]]
    assert recorded[0] == "RunStarted"
    assert recorded[-1] == "RunFinished"
    lines = [fact for fact in found if fact["kind"] == "Line"]
    assert [line["body"]["line"] for line in lines] == [0, 1, 2]
    assert lines[1] == {
        "at": START, "kind": "Line", "build": "001-loc", "span": 1,
        "body": {"line": 1, "stream": "stdout", "text": "n=bb s=loc id=Null e=x"},
    }  # fmt: skip
    assert found.index(lines[-1]) < next(n for n, fact in enumerate(found) if fact["kind"] == "BuildFinished")


async def test_a_million_lines_take_little_time(host: LiveHost) -> None:
    (key,) = begin(host, ["null.x"])
    writer, piece = LogWriter(host.directory / "logs" / f"{key}.log"), b"a line of forty bytes, as logs have them\n"
    for _ in range(100):
        writer.write(piece * 10_000, 0, 1, START)
    writer.close(START)
    host.tell(events.RunFinished(0))
    null = os.open(os.devnull, os.O_WRONLY)
    printer = Printer(host.directory, Output(null), aside=lambda text: None)
    before = time.process_time()
    await play(host, printer)
    os.close(null)
    assert time.process_time() - before < 2


async def test_a_reader_that_went_away_is_an_error(host: LiveHost) -> None:
    success(host)
    reader, writer = os.pipe()
    os.close(reader)
    printer = Printer(host.directory, Output(writer), aside=lambda text: None)
    with pytest.raises(BrokenPipeError):
        await play(host, printer)
    os.close(writer)


def test_a_longer_hold_is_said(host: LiveHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: START + 10 * SECOND)
    (key,) = begin(host, ["null.x"])
    host.tell(events.BuildPaused("b/provisioner:shell#1", "breakpoint", 1, until=START + 20 * SECOND), key, 1)
    host.tell(events.HoldChanged(START + 610 * SECOND, "mara"), key)
    paper, _, printer = shown(host)
    printer.take(read_events(host.directory))
    last = paper.data.decode().splitlines()[-1]
    assert last.startswith("==> null.x: machine kept until ") and last.endswith(" (10:00), by mara")


def test_who_waits_for_what_is_said_once_beside_the_output(host: LiveHost) -> None:
    keys = begin(host, ["null.x", "null.y", "null.z"])
    paper, aside, printer = shown(host)
    printer.take(read_events(host.directory))
    printed = paper.data
    for key in keys[1:]:
        host.tell(events.BuildWaits("a slot: 1 works at once (--parallel-builds)"), key)
    host.tell(events.BuildWaits("a machine slot"), keys[0])
    printer.take(read_events(host.directory)[-3:])
    printer.take([host.tell(events.BuildWaits(""), keys[0])])
    assert aside[1:] == [
        "2 builds wait for a slot: 1 works at once (--parallel-builds)", "null.x waits for a machine slot",
    ]  # fmt: skip
    assert paper.data == printed


@pytest.mark.parametrize("asked", [True, False])
def test_taint_alone_as_the_reason_of_exit_code_1_is_said(host: LiveHost, asked: bool) -> None:
    (key,) = begin(host, ["null.x"])
    host.tell(events.RunStarted(host.run, "app.pkr.hcl", "/", 1, "0.1.0", "abcde", fail_tainted=asked))
    host.tell(events.Tainted("opened a shell", by="mara"), key)
    host.tell(events.BuildFinished("succeeded"), key)
    host.tell(events.RunFinished(1))
    paper, _, printer = shown(host)
    printer.take(read_events(host.directory))
    reason = "The exit code is 1 for that alone: --fail-tainted."
    assert paper.data.decode().endswith(f"--> null.x: opened a shell, by mara\n{reason}\n") == asked
    closed = "\n".join(closing(printer.state, host.directory, START, Paint(colour=False, utf8=True)))
    assert (reason in closed) == asked
