"""Who may come in, tried by real other users: colleagues of a group watch or drive, and nobody else gets anything."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bakehouse.errors import Refused, SessionError
from bakehouse.record.events import DriverChanged, Presence, RunFinished
from bakehouse.record.fold import fold
from bakehouse.record.log import LogReader
from bakehouse.record.reader import read_events
from bakehouse.record.rundir import RunDirectory
from bakehouse.session import address, admission
from bakehouse.session.admission import Sharing
from bakehouse.session.client import Session
from bakehouse.session.server import Server, serve
from support.live_host import LiveHost, begin
from support.others import DAEMON, NOBODY, as_user

pytestmark = pytest.mark.needs("root", "ordinary-user")
GROUP = "nogroup"


@pytest.fixture
def place() -> Iterator[Path]:
    """For sockets, where everybody may go in."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def host(tmp_path: Path) -> LiveHost:
    (tmp_path / "run").mkdir(mode=0o700)
    return LiveHost(tmp_path / "run", "7f3k")


@asynccontextmanager
async def shared(host: LiveHost, place: Path, drives: bool = False) -> AsyncIterator[Server]:
    async with serve(host, root=place, watch=0.01, shared=admission.sharing(GROUP, drives=drives)) as server:
        begin(host, ["a.null.x"])
        yield server
        host.end()


async def test_the_door_of_a_shared_run_is_its_groups(host: LiveHost, place: Path) -> None:
    async with shared(host, place) as server:
        for path, mode in ((server.path.parent, 0o750), (server.path, 0o660)):
            facts = path.lstat()
            assert (stat.S_IMODE(facts.st_mode), facts.st_uid, facts.st_gid) == (mode, 0, NOBODY)
        assert server.path == place / f"bakehouse-0-{NOBODY}" / "7f3k"
        server.path.unlink()
        async with asyncio.timeout(5):
            while not server.path.exists():
                await asyncio.sleep(0.005)
        assert stat.S_IMODE(server.path.lstat().st_mode) == 0o660, "put back as it was"


async def test_a_colleague_watches_and_reads_the_log_over_the_socket(host: LiveHost, place: Path) -> None:
    long = "x" * 1000
    text = "".join(f"line {number} {long}\n" for number in range(2000)).encode()

    async with shared(host, place) as server:
        host.log("001-x", text)

        async def watch() -> dict[str, Any]:
            session = await Session.connect(server.path, client="dashboard")
            reader, kinds, roles = LogReader(session.directory / "logs" / "001-x.log"), set(), set()
            async for batch in session.events():
                kinds |= {fact.kind for fact in batch}
                roles |= {f"{viewer.role}{' guest' * viewer.guest}" for fact in batch if fact.kind == "Presence"
                          for viewer in fact.decode(Presence).viewers}  # fmt: skip
                if reader.refresh() == 2000 and {"BuildStarted", "Presence"} <= kinds:
                    break
            refused = {}
            for verb in ("shell", "retry", "open", "stop", "take-control"):
                try:
                    await session.send(verb, "001-x")
                except Refused as refusal:
                    refused[verb] = (refusal.code, str(refusal))
            await session.send("details", "001-x")
            stream = await session.stream(9)
            try:
                await stream.read()
            except Refused as refusal:
                refused["stream"] = (refusal.code, str(refusal))
            facts = os.stat(session.directory.parent)
            return {
                "roles": list(roles),
                "refused": refused,
                "last": reader.lines(1999, 1)[0].text.decode(),
                "mode": stat.S_IMODE(facts.st_mode),
                "mine": facts.st_uid == os.getuid(),
                "builds": list(fold(read_events(session.directory)).builds),
                "alive": RunDirectory.open(session.directory).alive,
                "copy": str(session.directory),
            }

        seen = await as_user(NOBODY, NOBODY, watch)
    assert seen["roles"] == ["watcher guest"]
    assert {code for code, _ in seen["refused"].values()} == {"role"}
    assert set(seen["refused"]) == {"shell", "retry", "open", "stop", "take-control", "stream"}
    assert "shared without the right to drive" in seen["refused"]["retry"][1]
    assert seen["last"] == f"line 1999 {long}"
    assert (seen["mode"], seen["mine"], seen["builds"], seen["alive"]) == (0o700, True, ["001-x"], True)
    assert [command.verb for command in host.commands] == ["details"]
    assert "nobody is attached and watches." in (host.directory / "events.jsonl").read_text()


async def test_a_watcher_hears_the_end_with_all_of_the_log(host: LiveHost, place: Path) -> None:
    async with shared(host, place) as server:
        began = asyncio.Event()

        async def watch() -> dict[str, Any]:
            session = await Session.connect(server.path, watch=True)
            async for _ in session.events():
                pass
            reader = LogReader(session.directory / "logs" / "001-x.log")
            state, directory = fold(read_events(session.directory)), RunDirectory.open(session.directory)
            return {"lines": reader.refresh(), "code": state.exit_code, "status": directory.status}

        async def end() -> None:
            await server_has(server, 1)
            began.set()
            host.log("001-x", b"one\ntwo\n")
            host.tell(RunFinished(0))
            host.end()

        async with asyncio.TaskGroup() as group:
            group.create_task(end())
            seen = await as_user(NOBODY, NOBODY, watch)
    assert seen == {"lines": 2, "code": 0, "status": "finished"}


async def server_has(server: Server, viewers: int) -> None:
    async with asyncio.timeout(10):
        async for batch in server.host.feed.follow(0):
            for fact in batch:
                if fact.kind == "Presence" and len(fact.decode(Presence).viewers) == viewers:
                    return


async def test_with_share_drive_a_colleague_drives(host: LiveHost, place: Path) -> None:
    async with shared(host, place, drives=True) as server:

        async def drive() -> int:
            session = await Session.connect(server.path)
            async for batch in session.events():
                if any(fact.kind == "Presence" for fact in batch):
                    break
            return (await session.send("shell", "001-x")).span

        assert await as_user(NOBODY, NOBODY, drive) == 9

        async def answer() -> str:
            session = await Session.connect(server.path, client="ctl")
            with pytest.raises(Refused) as refusal:
                await session.send("take-control", answer="give")
            return str(refusal.value)

        driver = await Session.connect(server.path)
        async with aclosing(driver.events()) as events:
            await anext(events)
            assert await as_user(NOBODY, NOBODY, answer) == "Only the driver can answer this.", "another user's command"
        await driver.close()
    (command,) = host.commands
    assert command.by == "nobody"
    driver = [fact.decode(DriverChanged).user for fact in read_events(host.directory) if fact.kind == "DriverChanged"]
    assert driver[0] == "nobody"


@pytest.mark.parametrize(
    ("sharing", "said"),
    [
        (Sharing(GROUP, NOBODY), "Run 7f3k of root is shared with the group nogroup, and daemon is not in it."),
        (None, "Run 7f3k belongs to root and is not shared: bakehouse build --share GROUP would do it."),
    ],
)
async def test_anybody_else_is_told_why_not(host: LiveHost, place: Path, sharing: Sharing | None, said: str) -> None:
    async with serve(host, root=place, shared=sharing) as server:
        for path in (server.path.parent, server.path):
            path.chmod(0o777)

        async def knock() -> str:
            try:
                await Session.connect(server.path)
            except SessionError as error:
                return str(error)
            return "came in"

        assert await as_user(DAEMON, DAEMON, knock) == said
        host.end()
    assert not host.commands


async def test_who_is_not_in_the_group_does_not_even_reach_the_door(host: LiveHost, place: Path) -> None:
    async with shared(host, place) as server:

        async def look() -> list[str]:
            found = [str(path) for _, path in address.others(place)]
            try:
                await Session.connect(server.path)
            except SessionError as error:
                found.append(str(error))
            return found

        assert await as_user(DAEMON, DAEMON, look) == [f"No run answers at {server.path}: Permission denied."]

        async def find() -> list[str]:
            return [str(path) for _, path in address.others(place)]

        assert await as_user(NOBODY, NOBODY, find) == [str(server.path)]
        (place / "bakehouse-7-8").mkdir()  # root's, whatever its name says
        with socket.socket(socket.AF_UNIX) as trap:
            trap.bind(str(place / "bakehouse-7-8" / "7f3k"))
        assert await as_user(NOBODY, NOBODY, find) == [str(server.path)]


async def test_an_engine_that_dies_is_given_up(host: LiveHost, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bakehouse.session.client.LOST", 0.05)

    async def watch() -> str:
        session = await Session.connect(server.path, watch=True)
        tries = 0
        while True:
            try:
                async for batch in session.events():
                    if not tries and any(fact.kind == "Presence" for fact in batch):
                        os.write(writing, b"x")
                return RunDirectory.open(session.directory).status
            except SessionError:
                tries += 1
                await asyncio.sleep(0.02)

    reading, writing = os.pipe()

    async def die() -> None:
        await asyncio.to_thread(os.read, reading, 1)
        assert server._server is not None
        server._server.close()
        server.path.unlink()
        for task in server._tasks:
            task.cancel()

    async with serve(host, root=place, watch=60, shared=admission.sharing(GROUP)) as server:
        begin(host, ["a.null.x"])
        async with asyncio.TaskGroup() as group:
            group.create_task(die())
            assert await as_user(NOBODY, NOBODY, watch) == "lost"
        host.end()
    for end in (reading, writing):
        os.close(end)


def test_a_group_that_is_not_there_or_not_ours() -> None:
    with pytest.raises(SessionError, match='There is no group "devz"'):
        admission.sharing("devz")


async def test_a_group_one_is_not_in() -> None:
    async def ask() -> str:
        try:
            admission.sharing("daemon")
        except SessionError as error:
            return str(error)
        return "shared"

    assert (await as_user(NOBODY, NOBODY, ask)).startswith('You are not in the group "daemon"')
