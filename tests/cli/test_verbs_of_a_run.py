"""attach, ctl, runs and logs, as whole processes, against a live run that has no engine."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bakehouse.cli.verbs import dispatch
from bakehouse.record import events
from bakehouse.record.commands import Expects
from bakehouse.record.log import STDERR
from bakehouse.record.rundir import RunDirectory
from bakehouse.session import line
from bakehouse.session.protocol import Hello, encode
from bakehouse.session.server import serve
from support.live_host import START, LiveHost, begin
from support.terminals import OnTerminal, bakehouse_on_terminal


@dataclass
class Done:
    code: int
    out: str
    err: str


async def bakehouse(*words: str) -> Done:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bakehouse", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return Done(process.returncode or 0, out.decode(), err.decode())


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return RunDirectory.create("app.pkr.hcl", str(tmp_path), version="0.1.0")


@pytest.fixture
async def host(directory: RunDirectory) -> AsyncIterator[LiveHost]:
    host = LiveHost(directory.path, directory.run)
    async with serve(host) as server:
        directory.update(socket=str(server.path))
        yield host
        host.end()
    directory.close()


def pause(host: LiveHost, key: str) -> None:
    host.tell(events.SpanStarted("attempt", "shell", "b/provisioner:shell#1", attempt=1), key, 4)
    host.tell(events.SpanFinished("failed", "exit status 3", 3), key, 4)
    host.tell(events.BuildPaused("b/provisioner:shell#1", "failure", 1, "exit status 3", 3), key, 4)


@pytest.mark.parametrize("name", ["001-x", "a.docker.x", "docker"])
async def test_ctl_sends_what_the_record_says(host: LiveHost, name: str) -> None:
    first, _ = begin(host, ["a.docker.x", "a.null.y"])
    pause(host, first)
    done = await bakehouse("ctl", host.run, name, "hold", "--for=5m")
    assert (done.code, json.loads(done.out)) == (
        0, {"accepted": True, "run": host.run, "verb": "hold", "build": "001-x"},
    )  # fmt: skip
    (command,) = host.commands
    assert command.expects is not None
    assert (command.verb, command.build) == ("hold", "001-x")
    assert command.expects == Expects(4, "paused", command.expects.pause)
    assert command.expects.pause > START
    assert command.arguments == {"seconds": 300.0}


async def test_ctl_says_why_it_was_refused(host: LiveHost) -> None:
    begin(host, ["a.docker.x"])
    done = await bakehouse("ctl", host.run, "x", "retry", "--as-was")
    answer = json.loads(done.out)
    assert (done.code, answer["accepted"], answer["code"]) == (1, False, "stale")
    assert "Somebody else" in answer["reason"]
    assert host.commands[0].arguments == {"changed": False}


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        (("rollback",), {}),
        (("rollback", "2"), {"to": "2"}),
        (("rollback-retry", "setup", "--as-was"), {"to": "setup", "changed": False}),
        (("edit-retry", "setup"), {"to": "setup"}),
        (("edit-retry", "--as-is"), {"as_is": True}),
        (("break", "after:setup"), {"break": "after:setup"}),
        (("break",), {}),
        (("run", "dpkg -l | wc"), {"command": "dpkg -l | wc"}),
        (("run", "dpkg", "-l", "--for", "it's"), {"command": "dpkg -l --for 'it'\"'\"'s'"}),
        (("run", "--", "dpkg", "-l"), {"command": "dpkg -l"}),
        (("open", "/etc/passwd", "--before"), {"path": "/etc/passwd", "which": "before"}),
    ],
)
async def test_ctl_verbs_that_take_a_word_more(
    host: LiveHost, words: tuple[str, ...], arguments: dict[str, object]
) -> None:
    pause(host, *begin(host, ["a.docker.x"]))
    assert (await bakehouse("ctl", host.run, "x", *words)).code == 0
    assert (host.commands[0].verb, host.commands[0].arguments) == (words[0], arguments)


@pytest.mark.parametrize(
    ("words", "arguments"), [(("rollback", "3"), {"to": "3"}), (("run", "dpkg", "-l"), {"command": "dpkg -l"})]
)
async def test_ctl_of_a_run_with_one_build_needs_no_build(
    host: LiveHost, words: tuple[str, ...], arguments: dict[str, object]
) -> None:
    pause(host, *begin(host, ["a.docker.x"]))
    assert (await bakehouse("ctl", host.run, *words)).code == 0
    assert (host.commands[0].verb, host.commands[0].arguments) == (words[0], arguments)
    assert host.commands[0].build


async def test_ctl_takes_the_last_part_of_a_build_s_name(host: LiveHost) -> None:
    begin(host, ["dbg.docker.d", "dbg.rootfs.r"])
    done = await bakehouse("ctl", host.run, "d", "break", "setup")
    assert json.loads(done.out)["build"].endswith("-d"), done
    several = await bakehouse("ctl", host.run, "rollback", "3")
    assert "has 2 builds; say which" in json.loads(several.out)["reason"]


async def test_the_flags_of_a_command_are_its_own_without_a_build_too(host: LiveHost) -> None:
    pause(host, *begin(host, ["a.docker.x"]))
    assert (await bakehouse("ctl", host.run, "run", "ls", "-l")).code == 0
    assert (host.commands[0].build, host.commands[0].arguments) == ("001-x", {"command": "ls -l"})
    told = await bakehouse("ctl", host.run, "run", "--help")
    assert (told.code, told.out.split()[0], len(host.commands)) == (0, "usage:", 1)


async def test_ctl_clears_a_breakpoint_of_the_run(host: LiveHost) -> None:
    begin(host, ["a.docker.x"])
    assert (await bakehouse("ctl", host.run, "clear", "3")).code == 0
    assert (host.commands[0].verb, host.commands[0].build, host.commands[0].arguments) == (
        "clear",
        "",
        {"breakpoint": 3},
    )


async def test_ctl_waits_for_a_socket_that_was_taken_away(directory: RunDirectory) -> None:
    host = LiveHost(directory.path, directory.run)
    async with serve(host, watch=1) as server:
        directory.update(socket=str(server.path))
        server.path.unlink()
        assert (await bakehouse("ctl", host.run, "stop")).code == 0
        host.end()
    assert [command.verb for command in host.commands] == ["stop"]
    directory.close()


async def test_ctl_of_the_run(host: LiveHost) -> None:
    begin(host, ["a.docker.x"])
    assert (await bakehouse("ctl", host.run[:3], "stop-keep")).code == 0
    assert (host.commands[0].verb, host.commands[0].build) == ("stop-keep", "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("a.null", "skip"), '"a.null" is the name of 2 builds; say the key:\n  001-x   a.null.x\n  002-y   a.null.y'),
        (("web", "skip"), 'has no build "web". It has:\n  001-x   a.null.x'),
        (("001-x", "skip", "--keep"), "--keep is a flag of cancel, not of skip."),
        (("001-x", "retry", "--changed", "--as-was"), "exclude each other"),
        (("001-x", "shell"), "shell needs a terminal."),
        (("001-x", "skip", "4"), 'skip takes nothing more; got "4".'),
        (("001-x", "open", "/a", "/b"), 'open takes nothing more; got "/b".'),
        (("001-x", "contiune"), 'ctl has no verb "contiune". Did you mean "continue"?'),
        (("001-x", "open"), "open needs PATH: bakehouse ctl RUN ... open PATH"),
        (("clear", "three"), 'clear takes the number of a breakpoint, not "three".'),
    ],
)
async def test_ctl_is_told_what_it_cannot_do(host: LiveHost, words: tuple[str, ...], message: str) -> None:
    begin(host, ["a.null.x", "a.null.y"])
    done = await bakehouse("ctl", host.run, *words)
    assert done.code == 1
    assert message in done.err
    reply = json.loads(done.out)
    assert (reply["accepted"], reply["run"], reply["code"]) == (False, host.run, "usage")
    assert message in reply["reason"]
    assert not host.commands


async def test_ctl_answers_in_json_also_where_there_is_no_engine(directory: RunDirectory) -> None:
    none = await bakehouse("ctl", "zzzz", "stop")
    assert 'There is no run "zzzz"' in none.err
    assert json.loads(none.out) == {
        "accepted": False, "run": "zzzz", "verb": "stop", "code": "run",
        "reason": 'There is no run "zzzz". "bakehouse runs" lists them.',
    }  # fmt: skip
    directory.close()
    over = json.loads((await bakehouse("ctl", directory.run, "x", "retry")).out)
    assert (over["accepted"], over["code"]) == (False, "run")
    assert f"bakehouse logs {directory.run}" in over["reason"]
    assert json.loads((await bakehouse("ctl", "--no-such")).out)["code"] == "usage"


async def test_ctl_gives_up_on_an_engine_that_does_not_answer(
    directory: RunDirectory, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "GREETING", 0.2)
    with socket.socket(socket.AF_UNIX) as stopped:
        stopped.bind(str(tmp_path / "s"))
        stopped.listen()
        directory.update(socket=str(tmp_path / "s"))
        assert await asyncio.to_thread(dispatch, ["ctl", directory.run, "stop"]) == 1
    out, err = capfd.readouterr()
    said = f"The engine of run {directory.run}, process {os.getpid()}, does not answer. Was it stopped?"
    assert err == f"Error: {said}\n"
    assert (json.loads(out)["code"], json.loads(out)["reason"]) == ("silent", said)
    directory.close()


async def test_builds_are_listed_in_columns(host: LiveHost) -> None:
    begin(host, ["a.null.x", "a.null.longer"])
    done = await bakehouse("ctl", host.run, "web", "skip")
    assert done.err.endswith("It has:\n  001-x        a.null.x\n  002-longer   a.null.longer\nSee: bakehouse ctl -h\n")


async def test_a_paused_build_without_a_machine_is_said_to_be_that(host: LiveHost, tmp_path: Path) -> None:
    first, _ = begin(host, ["a.docker.x", "a.null.y"])
    host.tell(events.SpanStarted("attempt", "shell", "b/provisioner:shell#1"), first, 4)
    host.tell(events.BuildPaused("b/provisioner:shell#1", "breakpoint", 1, shell=False), first, 4)
    terminal = bakehouse_on_terminal("shell", host.run, cwd=tmp_path)
    assert await asyncio.to_thread(terminal.wait) == 1
    assert "A shell opens in a paused build, and none that is paused has a machine now:" in terminal.shown
    assert "  a.docker.x is paused at 1 shell" in terminal.shown
    assert "  a.null.y is running" in terminal.shown


async def test_attach_prints_to_a_pipe_until_the_run_ends(host: LiveHost) -> None:
    (key,) = begin(host, ["a.null.x"])
    host.log(key, b"hello\n")
    async with asyncio.TaskGroup() as group:
        attached = group.create_task(bakehouse("attach"))
        async for batch in host.feed.follow(0):
            if any(fact.kind == "Presence" for fact in batch):
                break
        host.tell(events.BuildFinished("failed", "exit status 1"), key)
        host.tell(events.RunFinished(1))
        host.end()
    done = attached.result()
    assert done.code == 1
    assert "    a.null.x: hello\n" in done.out
    assert "Build 'a.null.x' errored after" in done.out


async def viewer(host: LiveHost) -> None:
    """Wait until one has come."""
    async with asyncio.timeout(20):
        async for batch in host.feed.follow(0):
            if any(fact.kind == "Presence" for fact in batch):
                return


@pytest.mark.parametrize("variable", ["TERM=dumb", "CI=1", "BAKEHOUSE_UI=plain"])
async def test_attach_opens_the_dashboard_by_the_rules_of_build(
    host: LiveHost, directory: RunDirectory, variable: str
) -> None:
    (key,) = begin(host, ["a.null.x"])
    name, _, value = variable.partition("=")
    environment = {**os.environ, "TERM": "xterm", name: value}
    terminal = OnTerminal([sys.executable, "-m", "bakehouse", "attach"], directory.path, environment)
    await viewer(host)
    host.tell(events.SpanStarted("attempt", "shell", "b/provisioner:shell#1", attempt=1), key, 1)
    host.log(key, b"hello\n")
    await asyncio.to_thread(terminal.read_until, "a.null.x: hello")
    host.tell(events.RunFinished(0))
    host.end()
    assert await asyncio.to_thread(terminal.wait) == 0
    assert "\x1b[?1049h" not in terminal.shown


async def test_leaving_attach_early_is_exit_code_0(host: LiveHost, directory: RunDirectory) -> None:
    (key,) = begin(host, ["a.null.x"])
    pause(host, key)
    command = [sys.executable, "-m", "bakehouse", "attach", "--ui", "plain"]
    terminal = OnTerminal(command, directory.path, dict(os.environ))
    await asyncio.to_thread(terminal.read_until, "paused at 1 shell: exit status 3, machine kept")
    terminal.interrupt()
    assert await asyncio.to_thread(terminal.wait) == 0
    assert "Traceback" not in terminal.shown
    assert "bakehouse attach" not in terminal.shown


async def test_runs_tells_paused_from_lost(host: LiveHost, directory: RunDirectory) -> None:
    (key,) = begin(host, ["a.null.x"])
    pause(host, key)
    host.tell(events.HoldChanged(0, "mara"), key, at=directory.info.started + 90_500_000_000)
    assert f"|| {host.run}  paused" in (await bakehouse("runs")).out.replace("▮▮", "||")
    directory.close()
    row = json.loads((await bakehouse("runs", "--json")).out)
    assert (row["run"], row["status"], row["builds"]) == (host.run, "lost", {"paused": 1})
    assert row["seconds"] in (90, 91)
    assert "1 lost" in (await bakehouse("runs")).out
    lost = await bakehouse("attach", host.run)
    assert (lost.code, "is lost: its engine went away" in lost.err) == (1, True)


async def test_logs_of_one_build_of_one_step_and_of_all_by_time(host: LiveHost) -> None:
    x, y = begin(host, ["a.null.x", "a.null.y"])
    host.tell(events.SpanStarted("attempt", "shell", "b/provisioner:shell#1"), x, 1)
    host.tell(events.SpanStarted("sub-step", "inside", parent=1), x, 2)
    host.log(x, b"x one\n", span=1, at=START)
    host.log(y, b"y two\n", span=7, at=START + 1)
    host.log(x, b"x three\n", STDERR, span=2, at=START + 2)
    host.log(x, b"x four\n", span=9, at=START + 3)
    assert (await bakehouse("logs", host.run, "a.null.x")).out == "x one\nx three\nx four\n"
    assert (await bakehouse("logs", host.run, "001-x", "--step", "1")).out == "x one\nx three\n"
    assert (await bakehouse("logs", host.run)).out == (
        "    a.null.x: x one\n    a.null.y: y two\n    a.null.x: x three\n    a.null.x: x four\n"
    )
    missing = await bakehouse("logs", host.run, "001-x", "--step", "9")
    assert (missing.code, 'has no step "9". It has:\n  1 shell\n  2 x' in missing.err) == (1, True)


async def test_a_viewer_of_another_protocol_version(directory: RunDirectory, tmp_path: Path) -> None:
    over = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(encode(Hello(99, 98, "9.0.0", "/opt/new/bin/bakehouse", "7f3k", "/x")))
        await reader.read()
        writer.close()
        await writer.wait_closed()
        over.set()

    async with await asyncio.start_unix_server(greet, tmp_path / "s"):
        directory.update(socket=str(tmp_path / "s"))
        done = await bakehouse("attach")
        await over.wait()
    directory.close()
    golden = Path(__file__).parent / "golden" / "viewer-of-another-version.txt"
    assert (done.code, done.out + done.err) == (1, golden.read_text())


async def test_runs_tells_how_long_a_machine_is_kept_and_what_people_did(
    host: LiveHost, directory: RunDirectory
) -> None:
    (key,) = begin(host, ["a.null.x"])
    until = time.time_ns() + 600 * 10**9
    pause(host, key)
    host.tell(events.HoldChanged(until, "mara"), key)
    kept = time.strftime("%H:%M:%S", time.localtime(until // 10**9))
    assert f"1 paused, kept until {kept}\n" in (await bakehouse("runs")).out
    assert json.loads((await bakehouse("runs", "--json")).out)["until"] == until
    host.tell(events.RunStarted(host.run, "app.pkr.hcl", "/", 1, "0.1.0", "abcde", fail_tainted=True))
    host.tell(events.Tainted("opened a shell", by="mara"), key)
    host.tell(events.BuildFinished("succeeded"), key)
    host.tell(events.RunFinished(1))
    directory.close()
    row = json.loads((await bakehouse("runs", "--json")).out)
    assert (row["until"], row["tainted"]) == (0, {"a.null.x": ["opened a shell, by mara"]})
    assert row["failed_by_taint"] is True
    out = (await bakehouse("runs")).out
    assert "tainted  a.null.x: opened a shell, by mara\n" in out and "for that alone: --fail-tainted." in out
