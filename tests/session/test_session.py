"""Server and client over a real socket, with a host that has no engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from bakehouse.errors import Disconnected, Incompatible, Refused
from bakehouse.record import events
from bakehouse.record.commands import Expects
from bakehouse.record.rundir import RunDirectory
from bakehouse.session.client import Session
from bakehouse.session.line import Line
from bakehouse.session.protocol import LIMIT, PROTOCOL, Events, Goodbye, Hello, Join, decode_from_engine, encode
from bakehouse.session.server import Server, serve
from support.live_host import LiveHost, begin


@pytest.fixture
def host(tmp_path: Path) -> LiveHost:
    return LiveHost(tmp_path / "run", "7f3k")


@pytest.fixture
async def server(host: LiveHost, tmp_path: Path) -> AsyncIterator[Server]:
    async with serve(host, root=tmp_path, watch=0.01) as server:
        yield server
        host.end()


async def until_presence(session: Session, count: int) -> list[events.Viewer]:
    async for batch in session.events():
        for fact in batch:
            if fact.kind == "Presence":
                viewers = fact.decode(events.Presence).viewers
                if len(viewers) == count:
                    return viewers
    raise AssertionError("the events ended")


async def test_a_follower_hears_old_and_new_events_and_the_end(host: LiveHost, tmp_path: Path) -> None:
    async with serve(host, root=tmp_path) as server:
        begin(host, ["a.null.x"])
        session = await Session.connect(server.path, watch=True)
        kinds = []
        async for batch in session.events():
            kinds.extend(fact.kind for fact in batch if fact.seq)
            if "RunFinished" not in kinds:
                host.tell(events.RunFinished(0))
                host.end()
        assert kinds == ["RunStarted", "PlanRevised", "BuildStarted", "RunFinished"]
        assert (session.run, session.directory) == ("7f3k", host.directory)
        await session.close()
    assert not server.path.exists()


async def test_who_stays_to_the_end_is_told_that_it_is_the_end(host: LiveHost, tmp_path: Path) -> None:
    async with serve(host, root=tmp_path) as server:
        begin(host, ["a.null.x"])
        line = await Line.open(server.path, Join(PROTOCOL, "0", after=0))
        while not isinstance(message := await line.receive(), Goodbye):
            if not host.over:
                host.end()
        await line.close()
    assert message == Goodbye("The run has ended.", "ended")


async def test_a_follower_can_begin_in_the_middle(host: LiveHost, server: Server) -> None:
    begin(host, ["a.null.x", "a.null.y"])
    session = await Session.connect(server.path, watch=True)
    async for batch in session.events(after=2):
        seqs = [fact.seq for fact in batch if fact.seq]
        if seqs:
            assert seqs == [3, 4]
            break
    await session.close()


async def test_commands_carry_the_users_name_and_are_answered(host: LiveHost, server: Server) -> None:
    session = await Session.connect(server.path)
    answer = await session.send("shell", "001-x", Expects(4, "paused"), rows=50)
    assert answer.span == 9
    (command,) = host.commands
    assert (command.verb, command.build, command.expects, command.arguments) == (
        "shell", "001-x", Expects(4, "paused"), {"rows": 50},
    )  # fmt: skip
    assert command.by
    with pytest.raises(Refused, match="Somebody else") as refusal:
        await session.send("retry", "001-x")
    assert refusal.value.code == "stale"
    await session.close()


async def test_changes_and_lines(host: LiveHost, server: Server) -> None:
    host.log("001-x", b"one\ntwo\n\xff\n")
    session = await Session.connect(server.path)
    assert [change.path for change in (await session.changes()).files] == ["setup.sh"]
    lines = await session.lines("001-x", 1, 50)
    assert (lines.total, [line[3] for line in lines.lines]) == (3, ["two", "�"])
    assert (await session.lines("../../etc/passwd", 0, 10)).total == 0
    await session.close()


async def test_a_shell_is_typed_into_resized_and_ends(host: LiveHost, server: Server) -> None:
    session = await Session.connect(server.path)
    stream = await session.stream(9, rows=30, columns=100)
    await stream.write(b"ls\n")
    assert await stream.read() == b"LS\n"
    await stream.resize(40, 120)
    await stream.write(b"exit\n")
    assert await stream.read() == b""
    assert stream.exit_status == 7
    assert host.shell.sizes == [(30, 100), (40, 120)]
    await stream.close()
    assert host.shell.closed
    await session.close()


async def test_a_shell_that_is_not_there_is_refused(server: Server) -> None:
    session = await Session.connect(server.path)
    stream = await session.stream(3)
    with pytest.raises(Refused, match="no shell 3"):
        await stream.read()
    await stream.close()
    await session.close()


async def test_everyone_hears_who_is_attached(server: Server) -> None:
    first = await Session.connect(server.path, client="dashboard")
    second = await Session.connect(server.path, client="attach")
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        seen = group.create_task(until_presence(first, 2))
        viewers = await until_presence(second, 2)
        assert {viewer.client for viewer in viewers} == {"dashboard", "attach"}
        assert {viewer.client for viewer in await seen} == {"dashboard", "attach"}
    await first.close()
    await second.close()


async def test_garbage_ends_its_own_connection_only(server: Server) -> None:
    session = await Session.connect(server.path)
    for garbage in (b"GET / HTTP/1.1\n", b'{"type":"data","data":""}\n', b"x" * (LIMIT + 10)):
        reader, writer = await asyncio.open_unix_connection(server.path)
        await reader.readline()
        writer.write(garbage)
        goodbye = decode_from_engine(await reader.readline())
        assert isinstance(goodbye, Goodbye)
        assert goodbye.code == "garbage"
        assert await reader.read() == b""
        writer.close()
    assert (await session.send("shell")).span == 9
    await session.close()


async def test_a_fault_of_the_engine_ends_one_connection_and_is_logged(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    session = await Session.connect(server.path)
    with pytest.raises(Disconnected, match=r"engine\.log"):
        await session.send("hold", crash=True)
    assert "ZeroDivisionError" in caplog.text
    assert (await session.send("shell")).span == 9, "the session opens its line again"
    await session.close()


async def test_a_viewer_that_stalls_holds_up_nobody(host: LiveHost, server: Server) -> None:
    stalled = await asyncio.open_unix_connection(server.path, limit=1024)
    await stalled[0].readline()
    stalled[1].write(encode(Join(PROTOCOL, "0.1.0", after=0)))
    for _ in range(3000):
        host.tell(events.Diagnostic("note", "x" * 1000))
    session, seen = await Session.connect(server.path), 0
    async with asyncio.timeout(10):
        async for batch in session.events():
            seen += sum(fact.seq > 0 for fact in batch)
            if seen == 3000:
                break
    stalled[1].close()
    await session.close()


async def test_the_socket_comes_back_when_it_vanishes(server: Server) -> None:
    inside = await Session.connect(server.path)
    server.path.unlink()
    async with asyncio.timeout(5):
        while not server.path.exists():  # noqa: ASYNC110 (a file gives no event)
            await asyncio.sleep(0.005)
    outside = await Session.connect(server.path)
    assert (await outside.send("shell")).span == 9
    assert (await inside.send("shell")).span == 9
    await inside.close()
    await outside.close()


async def test_two_runs_of_one_id_do_not_meet(server: Server, tmp_path: Path) -> None:
    other = LiveHost(tmp_path / "other", "7f3k")
    async with serve(other, root=tmp_path) as second:
        assert second.path != server.path
        for door, directory in ((server, "run"), (second, "other")):
            session = await Session.connect(door.path)
            assert session.directory == tmp_path / directory
            await session.close()
        other.end()


async def test_an_older_viewer_is_told_what_to_use(server: Server) -> None:
    reader, writer = await asyncio.open_unix_connection(server.path)
    await reader.readline()
    writer.write(encode(Join(PROTOCOL + 1, "9.9.9", after=0)))
    goodbye = decode_from_engine(await reader.readline())
    assert isinstance(goodbye, Goodbye)
    assert goodbye.code == "version"
    assert "bakehouse attach 7f3k" in goodbye.reason
    writer.close()


async def test_an_engine_of_another_protocol_is_told_by_name(tmp_path: Path) -> None:
    over = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(encode(Hello(99, 98, "9.0.0", "/opt/new/bin/bakehouse", "7f3k", "/x")))
        await reader.read()
        writer.close()
        await writer.wait_closed()
        over.set()

    async with await asyncio.start_unix_server(greet, tmp_path / "s"):
        with pytest.raises(Incompatible, match="/opt/new/bin/bakehouse attach 7f3k"):
            await Session.connect(tmp_path / "s")
        await over.wait()


async def test_an_engine_that_turns_the_viewers_version_away_is_told_as_that(tmp_path: Path) -> None:
    over = asyncio.Event()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(encode(Hello(PROTOCOL, PROTOCOL, "0.1.1", "/opt/new/bin/bakehouse", "7f3k", "/x")))
        await reader.readline()
        writer.write(encode(Goodbye("Use: /opt/new/bin/bakehouse attach 7f3k", "version")))
        await reader.read()
        writer.close()
        over.set()

    async with await asyncio.start_unix_server(greet, tmp_path / "s"):
        with pytest.raises(Incompatible, match="/opt/new/bin/bakehouse attach 7f3k"):
            session = await Session.connect(tmp_path / "s")
            try:
                await anext(aiter(session.events()))
            finally:
                await session.close()
        await over.wait()


async def test_when_the_engine_is_gone_the_record_tells_the_rest(host: LiveHost, tmp_path: Path) -> None:
    async with serve(host, root=tmp_path) as server:
        begin(host, ["a.null.x"])
        session = await Session.connect(server.path)
        host.end()
    host.tell(events.RunFinished(0))
    rest = [fact.kind async for batch in session.events(after=2) for fact in batch]
    assert rest == ["BuildStarted", "RunFinished"]
    await session.close()


async def test_while_the_engine_is_alive_a_lost_socket_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    directory = RunDirectory.create("t", "/")
    host = LiveHost(directory.path, directory.run)
    async with serve(host, root=tmp_path) as server:
        session = await Session.connect(server.path)
        host.end()
    with pytest.raises(Disconnected):
        await anext(aiter(session.events()))
    await session.close()
    directory.close()


async def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(Disconnected, match="No run answers at"):
        await Session.connect(tmp_path / "nothing")


async def test_an_error_in_the_body_comes_out_as_it_is(host: LiveHost, tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        async with serve(host, root=tmp_path):
            host.end()
            raise KeyError("x")


async def test_large_batches_are_cut_to_messages(host: LiveHost, server: Server) -> None:
    for _ in range(50):
        host.tell(events.Diagnostic("note", "y" * 100_000))
    reader, writer = await asyncio.open_unix_connection(server.path, limit=1 << 26)
    await reader.readline()
    writer.write(encode(Join(PROTOCOL, "0.1.0", after=0)))
    seen = 0
    while seen < 50:
        line = await reader.readline()
        assert len(line) <= LIMIT
        message = decode_from_engine(line)
        assert isinstance(message, Events)
        assert json.loads(line)["type"] == "events"
        seen += sum(fact.seq > 0 for fact in message.events)
    writer.close()


async def test_a_newer_viewer_may_watch_continue_and_cancel(
    host: LiveHost, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("client", "line"):
        monkeypatch.setattr(f"bakehouse.session.{module}.PROTOCOL", PROTOCOL + 1)
    begin(host, ["a.null.x"])
    session = await Session.connect(server.path)
    async with aclosing(session.events()) as batches:
        assert (await anext(batches))[0].kind == "RunStarted"
        await session.send("continue", "001-x")
        await session.send("cancel", "001-x")
        with pytest.raises(Refused, match="from here you can watch, continue and cancel. For the rest: .* attach 7f3k"):
            await session.send("retry", "001-x")
    assert [command.verb for command in host.commands] == ["continue", "cancel"]
    await session.close()


async def test_an_answer_that_takes_long_holds_up_no_other_command(host: LiveHost, server: Server) -> None:
    session = await Session.connect(server.path)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        long = group.create_task(session.send("run", "001-x", command="sleep 100"))
        await host.asked.wait()
        assert (await session.send("shell")).span == 9
        assert not long.done()
        host.answered.set()
    assert long.done()
    await session.close()


async def test_what_a_viewer_calls_itself_is_made_fit_to_be_shown(server: Server) -> None:
    session = await Session.connect(server.path, client="evil\x1b[2J\r\n" + "x" * 100)
    (viewer,) = await until_presence(session, 1)
    assert viewer.client == "evil[2J" + "x" * 57
    await session.close()


async def test_a_command_that_is_too_large_is_refused_and_not_recorded(host: LiveHost, server: Server) -> None:
    session = await Session.connect(server.path)
    with pytest.raises(Refused, match="64 KiB at most"):
        await session.send("break", "001-x", **{"break": "x" * 100_000})
    assert not host.commands
    await session.close()
